"""The journal of a product on a shelf is found by index; and accounts have room to be written anew in place."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def leave_room(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An account is written anew with every posting: on a full page that takes new entries in all its indexes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE books_account SET (fillfactor = 50)")


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
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
