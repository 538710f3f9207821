"""Changes by keyword: what is left out stays, and what is not on the list is refused when running, not only by mypy."""

from collections.abc import Mapping
from typing import Any


def require_known(changes: Mapping[str, Any], shape: type) -> None:
    """Raises TypeError, as for any keyword a function does not have, for a name that the TypedDict `shape` has not."""
    if unknown := sorted(changes.keys() - shape.__annotations__.keys()):
        raise TypeError(f"cannot change {', '.join(unknown)}")
