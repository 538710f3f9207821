"""Alerts press until they are seen or over, say what stood on the shelf, and are found by product and moment."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_product_pictures"),
        ("inventory", "0005_movements_by_moment"),
        ("places", "0002_stores_by_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="stockalert",
            name="over_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="stockalert",
            index=models.Index(fields=["product", "-id"], name="alerts_by_product"),
        ),
        migrations.AddIndex(
            model_name="stockalert",
            index=models.Index(fields=["at", "id"], name="alerts_by_moment"),
        ),
        migrations.AddIndex(
            model_name="stockalert",
            index=models.Index(
                condition=models.Q(("over_at__isnull", True), ("seen_at__isnull", True)),
                fields=["-id"],
                name="alerts_pressing",
            ),
        ),
        migrations.AddIndex(
            model_name="stockalert",
            index=models.Index(
                condition=models.Q(("over_at__isnull", True), ("seen_at__isnull", True)),
                fields=["store", "product"],
                name="alerts_pressing_by_shelf",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "out"), ("quantity", 0)),
                    models.Q(("kind", "low"), ("quantity__gt", 0), ("quantity__lt", models.F("low_at"))),
                    _connector="OR",
                ),
                name="alert_of_what_is_short",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockalert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seen_at__isnull", True), ("seen_by__isnull", True)),
                    models.Q(("seen_at__isnull", False), ("seen_by__isnull", False)),
                    _connector="OR",
                ),
                name="alert_seen_by_somebody",
            ),
        ),
    ]
