"""Stock movements by the million, written set-wise by SQL: what recording them one after the other would have left.

Posting, goods moved, money, the till's document with its line, the movement, the level after it: every row that
`inventory.record_movements` writes, by formula instead of by draw, so that each value is known without the one before.
The runs a worker would have closed say their postings and moments, the days are counted and the accounts carried
forward. What is not made: digests and seals. So `reconcile`, which reads journals and kept figures, finds no difference
(the bench asks it), and `verify`, which reads digests, is not asked. Triggers are off meanwhile.
"""

from typing import Any

import psycopg

CHUNK = 1_000_000
SPAN_S = 30 * 86_400  # the month that they are spread over

# Ranks instead of ids, so that a formula can name stores and products.
RANKS = """
CREATE UNLOGGED TABLE fill_stores AS
SELECT row_number() OVER (ORDER BY store.id) - 1 AS rank, store.id AS store_id, place.id AS location_id,
  cash.id AS cash_id, revenue.id AS revenue_id, stock.id AS stock_id, loss.id AS loss_id
FROM places_store AS store
JOIN books_location AS place ON place.code = 'store:' || store.id
JOIN books_account AS cash ON cash.code = '~cash:' || store.id
JOIN books_account AS revenue ON revenue.code = '~revenue:' || store.id
JOIN books_account AS stock ON stock.code = '~stock:' || store.id
JOIN books_account AS loss ON loss.code = '~loss:' || store.id;
CREATE UNLOGGED TABLE fill_products AS
SELECT row_number() OVER (ORDER BY id) - 1 AS rank, id AS product_id, price_minor, cost_minor, reorder_level,
  supplier_id, power(10, decimals)::bigint AS steps
FROM catalog_product;
ALTER TABLE fill_stores ADD PRIMARY KEY (rank);
ALTER TABLE fill_products ADD PRIMARY KEY (rank);
ANALYZE fill_stores, fill_products;
"""
PLACES = """
INSERT INTO books_location (code, kind, bounded, store_id)
SELECT 'store:' || id, 'store', true, id FROM places_store ON CONFLICT (code) DO NOTHING;
INSERT INTO books_location (code, kind, bounded)
SELECT 'world:' || name, 'world', false FROM unnest(ARRAY['supplier', 'customer', 'loss']) AS name
ON CONFLICT (code) DO NOTHING;
INSERT INTO books_account (code, kind)
SELECT kind || ':' || id, kind FROM places_store, unnest(ARRAY['~cash', '~revenue', '~stock', '~loss']) AS kind
ON CONFLICT (code) DO NOTHING;
"""
# A pair of store and product goes round: a delivery, then sales (or now and then a loss) until what came is gone. The
# twentieth part of the pairs, the first products in all stores, has half of the movements.
MOVED = """
CREATE UNLOGGED TABLE fill_moved AS
WITH numbered AS (
  SELECT n, CASE WHEN n % 2 = 0 THEN (n / 2 % {hot}) * 7919 % {hot}
                 ELSE {hot} + (n / 2 % {cold}) * 7919 % {cold} END AS pair,
    n / 2 / CASE WHEN n % 2 = 0 THEN {hot} ELSE {cold} END AS turn
  FROM generate_series({first}, {last}::bigint) AS n
), turned AS (
  SELECT n, pair, turn, turn % (3 + pair % 8) AS phase, 3 + pair % 8 AS cycle, 1 + pair % 5 AS lot,
    greatest(0, pair * 31 % 50 - 5) AS spare
  FROM numbered
)
SELECT 1 + n AS id, store.*, product.product_id, product.price_minor, product.cost_minor, product.supplier_id,
  product.steps,
  CASE WHEN phase = 0 THEN 'IN' WHEN hashint8(n) % 40 = 0 THEN 'REM' ELSE 'OUT' END AS kind,
  product.steps * CASE WHEN phase = 0 THEN lot * (cycle - 1) + CASE WHEN turn = 0 THEN spare ELSE 0 END
                       ELSE lot END AS quantity,
  product.steps * (spare + lot * (cycle - 1 - phase)) AS after,
  now() - interval '1 second' * {span} * (1 - n / {total}::float) AS at
FROM turned
JOIN fill_stores AS store ON store.rank = pair % {stores}
JOIN fill_products AS product ON product.rank = pair / {stores};
"""
BOOKED = """
INSERT INTO books_posting (id, key, digest, kind, actor_id, at, memo) OVERRIDING SYSTEM VALUE
SELECT id, 'till:BENCH-' || id || ':' || {verb}, decode(repeat('00', 36), 'hex'), 'till.' || {till_kind}, {actor},
  at, ''
FROM fill_moved ORDER BY id;
INSERT INTO books_movement (posting_id, product_id, source_id, destination_id, quantity, source_after,
                            destination_after)
SELECT moved.id, product_id, CASE WHEN moved.kind = 'IN' THEN world.id ELSE location_id END,
  CASE WHEN moved.kind = 'IN' THEN location_id ELSE world.id END, quantity,
  CASE WHEN moved.kind <> 'IN' THEN after END, CASE WHEN moved.kind = 'IN' THEN after END
FROM fill_moved AS moved JOIN books_location AS world ON world.code = 'world:' ||
  CASE moved.kind WHEN 'IN' THEN 'supplier' WHEN 'OUT' THEN 'customer' ELSE 'loss' END
ORDER BY moved.id;
INSERT INTO books_transfer (posting_id, source_id, destination_id, amount_minor)
SELECT id, CASE WHEN kind = 'OUT' THEN cash_id ELSE stock_id END,
  CASE WHEN kind = 'OUT' THEN revenue_id ELSE loss_id END,
  quantity * CASE WHEN kind = 'OUT' THEN price_minor ELSE cost_minor END / steps
FROM fill_moved WHERE kind <> 'IN' ORDER BY id;
INSERT INTO till_sale (id, number, store_id, operator_id, at, business_date, posting_id, total_minor, tender,
                       received_minor) OVERRIDING SYSTEM VALUE
SELECT id, 'BENCH-' || id, store_id, {actor}, at, (at AT TIME ZONE 'UTC')::date, id, quantity * price_minor / steps,
  'cash', quantity * price_minor / steps
FROM fill_moved WHERE kind = 'OUT' ORDER BY id;
INSERT INTO till_saleline (sale_id, position, product_id, quantity, unit_price_minor, amount_minor, cost_minor)
SELECT id, 1, product_id, quantity, price_minor, quantity * price_minor / steps, quantity * cost_minor / steps
FROM fill_moved WHERE kind = 'OUT' ORDER BY id;
INSERT INTO till_stockentry (id, number, store_id, operator_id, at, business_date, posting_id, kind, supplier_id,
                             reason, total_cost_minor) OVERRIDING SYSTEM VALUE
SELECT id, 'BENCH-' || id, store_id, {actor}, at, (at AT TIME ZONE 'UTC')::date, id, {till_kind},
  CASE WHEN kind = 'IN' THEN supplier_id END, CASE WHEN kind = 'IN' THEN '' ELSE 'Broken' END,
  quantity * cost_minor / steps
FROM fill_moved WHERE kind <> 'OUT' ORDER BY id;
INSERT INTO till_stockentryline (entry_id, position, product_id, quantity, cost_minor)
SELECT id, 1, product_id, quantity, quantity * cost_minor / steps FROM fill_moved WHERE kind <> 'OUT' ORDER BY id;
INSERT INTO inventory_stockmovement (id, number, store_id, product_id, supplier_id, movement_type, quantity, note,
  asked_by_id, at, state, settled_at, refusal, detail, posting_id) OVERRIDING SYSTEM VALUE
SELECT id, 'BENCH-' || id, store_id, product_id, CASE WHEN kind = 'IN' THEN supplier_id END, kind, quantity,
  CASE WHEN kind = 'REM' THEN 'Broken' ELSE '' END, {actor}, at, 'applied', at, '', '', id
FROM fill_moved ORDER BY id;
INSERT INTO books_level (location_id, product_id, quantity, low_at, changed_at)
SELECT location_id, product.product_id, after, product.reorder_level, at
FROM (SELECT DISTINCT ON (location_id, product_id) location_id, product_id, after, at FROM fill_moved
      ORDER BY location_id, product_id, id DESC) AS last
JOIN fill_products AS product ON product.product_id = last.product_id
ON CONFLICT (location_id, product_id) DO UPDATE SET quantity = excluded.quantity, changed_at = excluded.changed_at;
INSERT INTO till_averagecost (store_id, product_id, average_e4)
SELECT DISTINCT store_id, product_id, cost_minor * 10000 FROM fill_moved
ON CONFLICT (store_id, product_id) DO NOTHING;
INSERT INTO books_placeversion (location_id, shard, number) SELECT DISTINCT location_id, 0, 1 FROM fill_moved
ON CONFLICT (location_id, shard) DO UPDATE SET number = books_placeversion.number + 1;
"""
RUNS = """
INSERT INTO books_run (first_posting_id, last_posting_id, postings, transfers, movements, amount_minor, quantity,
                       seals, digest, first_at, last_at)
SELECT lag(last, 1, 0::bigint) OVER (ORDER BY last) + 1, last, postings, 0, 0, 0, 0, '', '', first_at, last_at
FROM (SELECT max(id) AS last, count(*) AS postings, min(at) AS first_at, max(at) AS last_at
      FROM books_posting GROUP BY id / 2000) AS run
"""
CHECKPOINTS = """
INSERT INTO books_checkpoint (account_id, last_posting_id, balance_minor)
SELECT side.account_id, run.last, SUM(side.amount)
FROM (SELECT MAX(last_posting_id) AS last FROM books_run) AS run,
     (SELECT destination_id AS account_id, amount_minor AS amount FROM books_transfer
      UNION ALL SELECT source_id, -amount_minor FROM books_transfer) AS side
JOIN books_account AS account ON account.id = side.account_id AND account.balance_minor IS NULL
GROUP BY side.account_id, run.last
"""
# As a worker closes a run, but for its seals.
RUN = """
INSERT INTO books_run (first_posting_id, last_posting_id, postings, transfers, movements, amount_minor, quantity,
                       seals, digest, first_at, last_at)
SELECT min(id), max(id), count(*), 0, 0, 0, 0, '', sha256(max(id)::text::bytea), min(at), max(at)
FROM books_posting WHERE id > (SELECT max(last_posting_id) FROM books_run) HAVING count(*) > 0
"""
DAYS = """
INSERT INTO books_placeday (location_id, day, received, sold, removed)
SELECT location_id, (at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE kind = 'IN'),
  count(*) FILTER (WHERE kind = 'OUT'), count(*) FILTER (WHERE kind = 'REM')
FROM fill_moved GROUP BY 1, 2
ON CONFLICT (day, location_id) DO UPDATE SET received = books_placeday.received + excluded.received,
  sold = books_placeday.sold + excluded.sold, removed = books_placeday.removed + excluded.removed;
"""
VERB = "CASE kind WHEN 'IN' THEN 'received' WHEN 'OUT' THEN 'sold' ELSE 'written-off' END"
TILL_KIND = "CASE kind WHEN 'IN' THEN 'received' WHEN 'OUT' THEN 'sale' ELSE 'written_off' END"
NUMBERED = ("books_posting", "till_sale", "till_stockentry", "inventory_stockmovement")


def fill(url: str, *, stores: int, products: int, movements: int, actor: int) -> None:
    """Move goods so many times between the stores and products of a new database, which are so many."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        connection.execute(PLACES)
        connection.execute(RANKS)
        pairs = stores * products
        hot = max(1, pairs // 20)
        given: dict[str, Any] = {
            "hot": hot,
            "cold": max(1, pairs - hot),
            "stores": stores,
            "span": SPAN_S,
            "total": movements,
            "actor": actor,
            "verb": VERB,
            "till_kind": TILL_KIND,
        }
        for first in range(0, movements, CHUNK):
            connection.execute("DROP TABLE IF EXISTS fill_moved")
            last = min(first + CHUNK, movements) - 1
            connection.execute(_text(MOVED, given | {"first": first, "last": last}))
            connection.execute(_text(BOOKED, given))
            connection.execute(DAYS)
        connection.execute(RUNS)
        connection.execute(CHECKPOINTS)
        for table in NUMBERED:
            highest = f"(SELECT max(id) FROM {table})"
            connection.execute(_text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {highest})", {}))
        connection.execute("DROP TABLE fill_moved, fill_stores, fill_products")
        connection.execute("VACUUM (ANALYZE)")  # as autovacuum has done to tables that grew in a month
        connection.execute("CHECKPOINT")  # which a month's growth has behind it: nothing of it is written meanwhile


def _text(template: str, given: dict[str, Any]) -> bytes:
    return template.format(**given).encode()
