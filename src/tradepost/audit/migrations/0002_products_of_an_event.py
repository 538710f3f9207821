"""Events are found by the products they name. Of those written before, the ones about a product itself are known."""

import django.db.models.deletion
from django.db import migrations, models

KNOWN = (
    "INSERT INTO audit_eventproduct (product_id, event_id) SELECT CAST(subject_id AS bigint), id FROM audit_auditevent "
    "WHERE subject_type = 'catalog.product' AND subject_id <> 'many'"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="EventProduct",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "product_id",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("product_id", models.BigIntegerField()),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="audit.auditevent",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
