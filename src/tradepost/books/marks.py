"""A product's reorder level is the mark of all its levels that have none of their own: the database sees to it.

Whoever changes a product, by whatever way, the levels follow in the same transaction, and so do the versions of their
places: also where a product left the catalogue or its shelves, since it no longer counts there. Nor does anything count
in a store that is archived, so its version grows with that, and when it opens again.
"""

from tradepost.lib.db import SQLITE_NOW
from tradepost.lib.walls import Consequence

# Levels are locked in the order in which the engine locks them; each statement sees what was committed before it.
POSTGRES = """
PERFORM 1 FROM books_level WHERE product_id = ANY(changed) ORDER BY location_id, product_id FOR NO KEY UPDATE;
UPDATE books_level AS level SET low_at = product.reorder_level, changed_at = statement_timestamp()
FROM catalog_product AS product
WHERE product.id = level.product_id AND product.id = ANY(changed) AND NOT level.own_mark
  AND level.low_at <> product.reorder_level;
INSERT INTO books_placeversion (location_id, shard, number)
SELECT DISTINCT location_id, mod(pg_backend_pid(), 8), 1 FROM books_level WHERE product_id = ANY(changed)
ORDER BY location_id
ON CONFLICT (location_id, shard) DO UPDATE SET number = books_placeversion.number + 1"""
SQLITE = """
INSERT INTO books_placeversion (location_id, shard, number)
SELECT location_id, 0, 1 FROM books_level WHERE product_id = NEW.id
ON CONFLICT (location_id, shard) DO UPDATE SET number = number + 1;
UPDATE books_level SET low_at = NEW.reorder_level, changed_at = now()
WHERE product_id = NEW.id AND NOT own_mark AND low_at <> NEW.reorder_level""".replace("now()", SQLITE_NOW)

CLOSED_POSTGRES = """
INSERT INTO books_placeversion (location_id, shard, number)
SELECT id, mod(pg_backend_pid(), 8), 1 FROM books_location WHERE store_id = ANY(changed) ORDER BY id
ON CONFLICT (location_id, shard) DO UPDATE SET number = books_placeversion.number + 1"""
CLOSED_SQLITE = """
INSERT INTO books_placeversion (location_id, shard, number)
SELECT id, 0, 1 FROM books_location WHERE store_id = NEW.id
ON CONFLICT (location_id, shard) DO UPDATE SET number = number + 1"""

FOLLOW = Consequence("catalog_product", "moves_marks", ("reorder_level", "stocked", "archived_at"), POSTGRES, SQLITE)
CLOSE = Consequence("places_store", "counts_shelves", ("archived_at",), CLOSED_POSTGRES, CLOSED_SQLITE)
