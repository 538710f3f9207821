"""Levels know their mark and their state, places their version and whose shelves they are."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give every level the mark of its product, and every store's shelves their store."""
    location, level, product = (
        apps.get_model(*name) for name in (("books", "Location"), ("books", "Level"), ("catalog", "Product"))
    )
    mark = product.objects.filter(id=OuterRef("product_id")).values("reorder_level")
    level.objects.update(low_at=Subquery(mark))
    for shelves in location.objects.filter(kind="store"):
        number = shelves.code.partition(":")[2]
        if number.isdecimal():
            location.objects.filter(id=shelves.id).update(store_id=int(number))


def leave_room(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A level is written anew with every movement: room on its page lets PostgreSQL do that in place."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE books_level SET (fillfactor = 80)")
        schema_editor.execute("ALTER TABLE books_placeversion SET (fillfactor = 50)")


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0001_initial"),
        ("catalog", "0001_initial"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="location",
            name="store",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="places.store",
            ),
        ),
        migrations.AddField(
            model_name="level",
            name="low_at",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="level",
            name="own_mark",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="level",
            name="changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddField(
            model_name="level",
            name="state",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(quantity=0, then=2), models.When(quantity__lt=models.F("low_at"), then=1), default=0
                ),
                output_field=models.SmallIntegerField(),
            ),
        ),
        migrations.AddIndex(
            model_name="level",
            index=models.Index(
                condition=models.Q(("state__gt", 0)),
                fields=["location", "state", "product"],
                name="short_levels_by_place",
            ),
        ),
        migrations.AddIndex(
            model_name="level",
            index=models.Index(
                condition=models.Q(("state__gt", 0)),
                fields=["product", "state", "location"],
                name="short_levels_by_product",
            ),
        ),
        migrations.AddConstraint(
            model_name="level",
            constraint=models.CheckConstraint(condition=models.Q(("low_at__gte", 0)), name="mark_not_below_zero"),
        ),
        migrations.CreateModel(
            name="PlaceVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shard", models.SmallIntegerField()),
                ("number", models.BigIntegerField()),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="books.location",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("location", "shard"), name="one_version_a_place_and_shard")
                ],
            },
        ),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
