"""The peer on PostgreSQL: pgbench doing a posting (balance, posting with its key, transfer) in one statement."""

import re
import subprocess
import tempfile
from pathlib import Path

from devtools import servers

POSTING = """
WITH paid AS (
  UPDATE books_account SET balance_minor = balance_minor - 1 WHERE id = {account} AND balance_minor - 1 >= floor_minor
  RETURNING id, balance_minor
), posted AS (
  INSERT INTO books_posting (key, digest, kind, actor_id, at, memo)
  SELECT 'pgbench:' || :client_id || ':' || :a || ':' || :b, decode(repeat('00', 36), 'hex'), 'bench', {actor},
    now(), ''
  FROM paid RETURNING id
)
INSERT INTO books_transfer (posting_id, source_id, destination_id, amount_minor, source_after_minor)
SELECT posted.id, paid.id, {destination}, 1, paid.balance_minor FROM posted, paid;
"""


def postings_a_second(
    url: str, *, first: int, accounts: int, destination: int, actor: int, connections: int, seconds: float
) -> float:
    """Postings a second from accounts drawn at random from `first` on, over so many connections, at least 5 seconds."""
    draws = f"\\set which random(0, {accounts - 1})\n\\set a random(1, 2000000000)\n\\set b random(1, 2000000000)\n"
    account = f"{first}::bigint" + (" + :which::bigint" if accounts > 1 else "")
    sql = POSTING.format(actor=actor, destination=destination, account=account)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "posting.sql")
        script.write_text(draws + " ".join(sql.split()) + "\n")
        command = [servers.postgres_program("pgbench"), "-n", "-M", "prepared", "-c", str(connections), "-j", "2"]
        done = subprocess.run(
            [*command, "-T", str(max(5, round(seconds))), "-f", script, url],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return float(re.findall(r"tps = ([\d.]+)", done.stdout)[0])
