"""A run says which moments it holds, and the levels have an index for each of their orders."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

MOMENTS = """
UPDATE books_run SET
  first_at = (SELECT min(at) FROM books_posting WHERE id BETWEEN first_posting_id AND last_posting_id),
  last_at = (SELECT max(at) FROM books_posting WHERE id BETWEEN first_posting_id AND last_posting_id)
"""


def say_moments(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # On SQLite the walls are down while it migrates; on PostgreSQL they step aside.
    is_postgres = schema_editor.connection.vendor == "postgresql"
    if is_postgres:
        schema_editor.execute("ALTER TABLE books_run DISABLE TRIGGER USER")
    schema_editor.execute(MOMENTS)
    if is_postgres:
        schema_editor.execute("ALTER TABLE books_run ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0004_set_wise_references"),
    ]

    operations = [
        migrations.AddField("run", "first_at", models.DateTimeField(null=True)),
        migrations.AddField("run", "last_at", models.DateTimeField(null=True)),
        migrations.RunPython(say_moments, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("run", "first_at", models.DateTimeField()),
        migrations.AlterField("run", "last_at", models.DateTimeField()),
        migrations.RemoveConstraint("run", "run_ends_where_it_began_or_later"),
        migrations.AddConstraint(
            "run",
            models.CheckConstraint(
                condition=models.Q(
                    ("first_at__lte", models.F("last_at")), ("first_posting_id__lte", models.F("last_posting_id"))
                ),
                name="run_ends_where_it_began_or_later",
            ),
        ),
        migrations.AddIndex("level", models.Index(fields=["quantity", "id"], name="levels_by_quantity")),
        migrations.AddIndex(
            "level",
            models.Index(fields=["quantity", "id"], name="low_levels_by_quantity", condition=models.Q(("state", 1))),
        ),
        migrations.AddIndex("level", models.Index(fields=["changed_at", "id"], name="levels_by_change")),
    ]
