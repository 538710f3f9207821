"""Events are found by the stores they concern. Of those written before, the ones of a single store are known."""

import django.db.models.deletion
from django.db import migrations, models

KNOWN = (
    "INSERT INTO audit_eventstore (store_id, event_id) SELECT store_id, id FROM audit_auditevent "
    "WHERE store_id IS NOT NULL"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_products_of_an_event")]

    operations = [
        migrations.CreateModel(
            name="EventStore",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "store_id",
                        "event_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("store_id", models.BigIntegerField()),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stores",
                        to="audit.auditevent",
                    ),
                ),
                ("parts", models.JSONField(null=True)),
            ],
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_store"),
    ]
