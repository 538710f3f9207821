"""What was ever moved stays goods: a product whose goods the journal knows is never made a service, by whatever way.

Otherwise its goods would stand on shelves where nobody sees, sells or counts them. The other half is the wall around
the movements: of a service none is written. A service may become goods, for nothing of it was ever moved.
"""

from tradepost.lib.walls import Consequence

RULE = "moved_goods_stay_goods"

# The levels are locked as the engine locks them: who moves the product at this moment is waited for, and then seen.
POSTGRES = """
PERFORM 1 FROM books_level WHERE product_id = ANY(changed) ORDER BY location_id, product_id FOR NO KEY UPDATE;
IF EXISTS (
  SELECT 1 FROM catalog_product AS product
  CROSS JOIN LATERAL (SELECT 1 FROM books_movement WHERE product_id = product.id LIMIT 1) AS moved
  WHERE product.id = ANY(changed) AND NOT product.stocked
) THEN RAISE EXCEPTION 'moved_goods_stay_goods' USING ERRCODE = 'restrict_violation'; END IF"""
SQLITE = """
SELECT RAISE(ABORT, 'moved_goods_stay_goods')
WHERE NOT NEW.stocked AND EXISTS (SELECT 1 FROM books_movement WHERE product_id = NEW.id)"""

STAY = Consequence("catalog_product", "keeps_goods", ("stocked",), POSTGRES, SQLITE)
