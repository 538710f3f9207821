"""Reading imports: one's own, those of the stores one manages, and for auditors and administrators all."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from tradepost.imports.errors import NoSuchImport
from tradepost.imports.models import DONE, FAILED, RUNNING, STOCK, Import, RefusedRow
from tradepost.lib.actor import MANAGER, Actor


def imports(actor: Actor, *, kind: str = "", state: str = "", store: int | None = None) -> QuerySet[Import]:
    """The imports this actor may know of, newest first, with store, job and who brought the file."""
    found = Import.objects.select_related("store", "job", "created_by")
    if not actor.reads_all:
        managed = [store_id for role, store_id in actor.grants if role == MANAGER]
        found = found.filter(Q(created_by_id=actor.user_id) | Q(store_id__in=managed))
    given_up = Q(state=RUNNING, job__done_at__isnull=False)
    if state:
        found = found.filter(Q(state=FAILED) | given_up) if state == FAILED else found.filter(~given_up, state=state)
    wanted = {"kind": kind or None, "store_id": store}
    return found.filter(**{name: value for name, value in wanted.items() if value is not None})


def import_(number: int, actor: Actor) -> Import:
    """One import. Raises NoSuchImport for one that is not there or not this actor's to know of."""
    found = imports(actor).filter(pk=number).first()
    if found is None:
        raise NoSuchImport(f"There is no import {number}")
    return found


def refused_rows(number: int, actor: Actor) -> QuerySet[RefusedRow]:
    """The rows of an import that were refused, in the order of the file. Raises NoSuchImport."""
    return RefusedRow.objects.filter(import_doc=import_(number, actor)).order_by("row", "field")


def unfinished(actor: Actor, *, kind: str, store: int | None, digest: str) -> Import | None:
    """This actor's latest import of the same file that was begun and is not done, to be gone on with."""
    mine = imports(actor, kind=kind, store=store).filter(created_by_id=actor.user_id, digest=digest)
    return mine.filter(started_at__isnull=False).exclude(state=DONE).first()


def received_before(store_id: int | None, digest: str, *, but: int = 0) -> Import | None:
    """The latest import `but` this, by anybody, that took goods of this very file into the store, or is at it.

    A file of products that is run again changes nothing; a file of stock receives everything once more.
    """
    if store_id is None:
        return None
    same = Import.objects.filter(kind=STOCK, store_id=store_id, digest=digest, started_at__isnull=False)
    took = same.filter(Q(added__gt=0) | Q(changed__gt=0) | Q(state=RUNNING)).exclude(pk=but)
    return took.select_related("created_by").order_by("-id").first()


def refused_table(number: int, actor: Actor) -> Iterator[tuple[int, str, str, str, str, str]]:
    """The refused rows as a table: row, SKU, name, field, value, why. Raises NoSuchImport when first asked."""
    columns = ("row", "sku", "name", "field", "value", "detail")
    yield from refused_rows(number, actor).values_list(*columns).iterator(chunk_size=1000)
