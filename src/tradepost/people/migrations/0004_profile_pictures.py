"""A profile names its picture as a product does: two sizes, drawn anew, under a name nobody guesses."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_stock_mails")]

    operations = [
        migrations.AlterField(
            model_name="profile",
            name="picture",
            field=models.CharField(blank=True, max_length=60),
        ),
    ]
