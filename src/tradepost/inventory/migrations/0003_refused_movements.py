"""Refused movements are few among millions: an index of their own finds them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inventory", "0002_stocktakes")]

    operations = [
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(condition=models.Q(("state", "refused")), fields=["-id"], name="stock_moves_refused"),
        ),
    ]
