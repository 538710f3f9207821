"""`tradepost audit`: the log in brief, and an event with all it says."""

from tests import make
from tests.cli.conftest import Tradepost
from tests.inventory import moves
from tradepost.audit.models import AuditEvent
from tradepost.inventory import services as inventory


def test_the_command_line_lists_it_in_brief_and_shows_it_whole(tradepost: Tradepost) -> None:
    store, mug = make.store("Corner"), make.product()
    drafts = [moves.draft(store, mug) for _ in range(400)]
    inventory.record_movements(drafts, actor=make.console(), at=make.AT)
    long = AuditEvent.objects.latest("id")
    listed = tradepost("audit", "list", "--action", "inventory.moved", "--json").data["results"][0]
    assert (listed["id"], listed["is_whole"], listed["after"]) == (long.pk, False, None)
    assert tradepost("audit", "show", str(long.pk), "--json").data["after"] == long.after
    shown = tradepost("audit", "show", str(long.pk)).out
    assert all(number in shown for number, *_ in (long.after or {})["movements"])
    assert "Corner" in shown
    opened = AuditEvent.objects.filter(action="places.store_opened").latest("id")
    assert "Corner" in tradepost("audit", "show", str(opened.pk)).out
    assert (tradepost("audit", "show", "999999").code, tradepost("audit", "show", str(2**70)).code) == (3, 3)
