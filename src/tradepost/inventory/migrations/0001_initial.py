import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("books", "0003_journals_of_shelves"),
        ("catalog", "0001_initial"),
        ("intake", "0001_initial"),
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AlertCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="StockTransfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=60, unique=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("sent_at", models.DateTimeField()),
                ("state", models.CharField(default="open", max_length=6)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "destination",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.store"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.store"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="StockTransferLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("sent", models.BigIntegerField()),
                ("cost_minor", models.BigIntegerField()),
                ("received", models.BigIntegerField(db_default=0, default=0)),
                ("returned", models.BigIntegerField(db_default=0, default=0)),
                ("lost", models.BigIntegerField(db_default=0, default=0)),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="inventory.stocktransfer",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="StockTransferStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "posting",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="books.posting"
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="inventory.stocktransfer",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="StockAlert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("movement_id", models.BigIntegerField(unique=True)),
                ("kind", models.CharField(max_length=3)),
                ("quantity", models.BigIntegerField()),
                ("low_at", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                (
                    "seen_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.store"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["store", "-id"], name="alerts_by_store"),
                    models.Index(
                        condition=models.Q(("seen_at__isnull", True)), fields=["store", "-id"], name="alerts_unseen"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("kind__in", ["low", "out"])), name="alert_kind_known")
                ],
            },
        ),
        migrations.CreateModel(
            name="StockMovement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=60, unique=True)),
                ("movement_type", models.CharField(max_length=3)),
                ("quantity", models.BigIntegerField()),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("state", models.CharField(default="queued", max_length=8)),
                ("settled_at", models.DateTimeField(null=True)),
                ("refusal", models.CharField(blank=True, max_length=40)),
                ("detail", models.CharField(blank=True, max_length=300)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intake.job",
                    ),
                ),
                (
                    "posting",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="books.posting",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="inventory.stockmovement",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.store",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.supplier",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["store", "-id"], name="stock_moves_by_store"),
                    models.Index(fields=["product", "store", "-id"], name="stock_moves_by_product"),
                    models.Index(
                        condition=models.Q(("supplier__gt", 0)),
                        fields=["supplier", "-id"],
                        name="stock_moves_by_supplier",
                    ),
                    models.Index(fields=["at", "id"], name="stock_moves_by_moment"),
                    models.Index(
                        condition=models.Q(("state", "queued")), fields=["job", "id"], name="stock_moves_queued"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="stock_move_above_zero"),
                    models.CheckConstraint(
                        condition=models.Q(("movement_type__in", ["IN", "OUT", "REM"])), name="stock_move_type_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("movement_type", "REM"), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            ("reverses__isnull", False),
                            _connector="OR",
                        ),
                        name="stock_removal_has_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("job__isnull", False),
                                ("posting__isnull", True),
                                ("refusal", ""),
                                ("settled_at__isnull", True),
                                ("state", "queued"),
                            ),
                            models.Q(
                                ("posting__isnull", False),
                                ("refusal", ""),
                                ("settled_at__isnull", False),
                                ("state", "applied"),
                            ),
                            models.Q(
                                ("posting__isnull", True),
                                ("settled_at__isnull", False),
                                ("state", "refused"),
                                models.Q(("refusal", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="stock_move_applied_once_or_refused",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="stocktransfer",
            index=models.Index(fields=["source", "-id"], name="transfers_by_source_store"),
        ),
        migrations.AddIndex(
            model_name="stocktransfer",
            index=models.Index(fields=["destination", "-id"], name="transfers_by_goal_store"),
        ),
        migrations.AddIndex(
            model_name="stocktransfer",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["destination", "-id"], name="transfers_on_their_way"
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", models.F("destination")), _negated=True),
                name="transfer_between_two_stores",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("state", "open")),
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    _connector="OR",
                ),
                name="transfer_open_until_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktransferline",
            constraint=models.UniqueConstraint(fields=("transfer", "position"), name="one_line_a_place_on_a_transfer"),
        ),
        migrations.AddConstraint(
            model_name="stocktransferline",
            constraint=models.UniqueConstraint(fields=("transfer", "product"), name="one_line_a_product_on_a_transfer"),
        ),
        migrations.AddConstraint(
            model_name="stocktransferline",
            constraint=models.CheckConstraint(
                condition=models.Q(("cost_minor__gte", 0), ("sent__gt", 0)), name="transfer_line_above_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktransferline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lost__gte", 0),
                    ("received__gte", 0),
                    ("returned__gte", 0),
                    (
                        "sent__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("received"), "+", models.F("returned")
                            ),
                            "+",
                            models.F("lost"),
                        ),
                    ),
                ),
                name="transfer_line_not_above_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="stocktransferstep",
            index=models.Index(fields=["transfer", "id"], name="steps_by_transfer"),
        ),
        migrations.AddConstraint(
            model_name="stocktransferstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["sent", "received", "returned", "lost"])), name="transfer_step_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="stocktransferstep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "lost"), _negated=True), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="lost_in_transit_has_reason",
            ),
        ),
    ]
