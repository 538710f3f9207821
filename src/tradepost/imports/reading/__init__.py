"""Files as rows of text: what kind they are, which columns they have, row after row without holding all of them."""

from tradepost.imports.reading.files import rows, survey
from tradepost.imports.reading.shapes import Layout, Row

__all__ = ["Layout", "Row", "rows", "survey"]
