"""The place of imports in the house, and the walls around what became of them."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

GIVEN = (
    "id", "kind", "store_id", "file_name", "size", "digest", "layout", "columns", "preview", "created_by_id",
    "created_at",
)  # fmt: skip
WALLS = (
    Wall("imports_import", frozen=GIVEN, unique=("job_id",), settled="OLD.state = 'done'"),
    Wall("imports_refusedrow", refers={"import_doc_id": "imports_import"}, unique=("import_doc_id, row, field",)),
)


class ImportsConfig(AppConfig):
    """Files of products and opening stock."""

    name = "tradepost.imports"

    def ready(self) -> None:
        """Keep the walls standing."""
        raise_walls(self, WALLS)
