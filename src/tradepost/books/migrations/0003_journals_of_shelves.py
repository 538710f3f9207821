from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0002_marks_states_and_versions"),
        ("catalog", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                condition=models.Q(("source_after__isnull", False)),
                fields=["source", "product", "posting"],
                name="movements_from_shelves",
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(
                condition=models.Q(("destination_after__isnull", False)),
                fields=["destination", "product", "posting"],
                name="movements_to_shelves",
            ),
        ),
    ]
