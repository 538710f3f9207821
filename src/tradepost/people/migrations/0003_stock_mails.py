"""Whether a manager wants mails about stock that runs low."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_second_factor_and_reset_mail")]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="stock_mails",
            field=models.BooleanField(default=True),
        ),
    ]
