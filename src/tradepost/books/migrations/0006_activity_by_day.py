"""Movements are counted by store and business day as their runs are closed; those of the runs that stand, here."""

from collections import Counter
from datetime import date
from zoneinfo import ZoneInfo

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

KINDS = ("received", "sold", "removed")
WORLDS = {"world:customer": "sold", "world:loss": "removed"}


def count_what_is_closed(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    place_day, run = apps.get_model("books", "PlaceDay"), apps.get_model("books", "Run")
    sealed = run.objects.order_by("-id").values_list("last_posting_id", flat=True).first() or 0
    closed = apps.get_model("books", "Movement").objects.filter(posting_id__lte=sealed).order_by("id")
    rows = closed.values_list(
        "posting__at", "source_id", "source__code", "source__store__time_zone",
        "destination_id", "destination__code", "destination__store__time_zone",
    )  # fmt: skip
    counts: Counter[tuple[int, date, str]] = Counter()
    for at, source, source_code, source_zone, goal, goal_code, goal_zone in rows.iterator(chunk_size=5_000):
        came = source_code == "world:supplier"
        kind = "received" if came else WORLDS.get(goal_code)
        place, zone = (goal, goal_zone) if came else (source, source_zone)
        if kind and zone:
            counts[place, at.astimezone(ZoneInfo(zone)).date(), kind] += 1
    days = sorted({(place, day) for place, day, _ in counts})
    found = [place_day(location_id=p, day=d, **{kind: counts[p, d, kind] for kind in KINDS}) for p, d in days]
    place_day.objects.bulk_create(found, batch_size=1_000)


class Migration(migrations.Migration):
    dependencies = [
        ("books", "0005_runs_know_their_moments"),
        ("places", "0002_stores_by_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlaceDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("received", models.BigIntegerField()),
                ("sold", models.BigIntegerField()),
                ("removed", models.BigIntegerField()),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days",
                        to="books.location",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["location", "day"], name="days_by_place")],
                "constraints": [models.UniqueConstraint(fields=["day", "location"], name="one_day_a_place")],
            },
        ),
        migrations.RunPython(count_what_is_closed, migrations.RunPython.noop, elidable=True),
    ]
