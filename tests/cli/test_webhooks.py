"""`tradepost webhook`: added with a secret on the last line, listed, tried, removed."""

from tests import make, picture
from tests.cli.conftest import Tradepost
from tests.notify.receiver import Receiver
from tests.notify.work import work
from tradepost.lib import clock
from tradepost.notify.models import Webhook
from tradepost.notify.signing import secret_of

URL = "https://example.com/hook"


def test_the_last_line_is_the_secret_and_it_is_shown_once(tradepost: Tradepost) -> None:
    make.store("Corner")
    run = tradepost("webhook", "add", URL, "--event", "stock.out", "--store", "Corner", "--key", "one")
    hook = Webhook.objects.get()
    assert (run.code, run.last_line) == (0, secret_of(hook))
    again = tradepost("webhook", "add", URL, "--event", "stock.out", "--store", "Corner", "--key", "one", "--json")
    assert again.data["secret"] is None
    listed = tradepost("webhook", "list", "--json")
    assert listed.data["results"] == [
        {"id": hook.pk, "url": URL, "events": "stock.out", "store": "Corner", "state": "on", "off_because": ""}
    ]
    assert secret_of(hook) not in f"{again}{listed}{picture.of_everything()}"


def test_without_events_it_hears_of_all_there_is(tradepost: Tradepost) -> None:
    secret = tradepost("webhook", "add", URL, "--json").data["secret"]
    hook = Webhook.objects.get()
    assert (hook.events, secret) == (["stock.low", "stock.out"], secret_of(hook))


def test_it_is_tried_and_removed(tradepost: Tradepost, receiver: Receiver) -> None:
    hook = make.webhook(receiver.url)
    delivery = tradepost("webhook", "test", str(hook.pk), "--json").data["delivery"]
    work(clock.now())
    assert [heard.number for heard in receiver.heard] == [delivery]
    assert tradepost("webhook", "remove", str(hook.pk)).out == f"Webhook {hook.pk} is removed.\n"
    assert tradepost("webhook", "test", str(hook.pk)).code == 3
    assert tradepost("webhook", "list").out == "No webhook yet: `tradepost webhook add`.\n"


def test_nonsense_and_others_are_refused(tradepost: Tradepost) -> None:
    make.manager(make.store(), "nadia")
    assert tradepost("webhook", "add", "http://example.com/").code == 2
    assert tradepost("webhook", "add", URL, "--event", "moon.full").code == 2
    assert tradepost("webhook", "add", URL, "--as", "nadia").code == 4
    assert tradepost("webhook", "list", "--as", "nadia").code == 4
    assert not Webhook.objects.exists()
