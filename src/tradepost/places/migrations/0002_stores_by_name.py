"""Lists by store walk the stores in the order of their names, which the unique index on the lower case does not give."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [migrations.AddIndex(model_name="store", index=models.Index(fields=["name"], name="stores_by_name"))]
