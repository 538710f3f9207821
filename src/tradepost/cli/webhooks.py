"""`tradepost webhook`: programs of others that are told what happens."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Limit, Session, command
from tradepost.cli.output import Column, Fact, Listing, tell

if TYPE_CHECKING:
    from tradepost.notify.models import Webhook

app = typer.Typer(no_args_is_help=True, help="Programs of others that are told what happens.")

Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="The webhook.")]
COLUMNS = [
    Column("id", "No.", is_number=True),
    Column("url", "Address"),
    Column("events", "Events"),
    Column("store", "Store"),
    Column("state", "State"),
    Column("off_because", "Why it is off"),
]


@command(app, "add", changes=True)
def add(
    session: Session,
    url: Annotated[str, typer.Argument(help="Where the program listens.")],
    events: Annotated[
        list[str] | None, typer.Option("--event", metavar="NAME", help="What it hears of; all there is if left out.")
    ] = None,
    store: Annotated[str | None, typer.Option("--store", metavar="NAME|ID", help="Only of this store.")] = None,
) -> Fact:
    """Add a webhook; its secret is shown this once, on the last line."""
    from tradepost.notify import services as notify
    from tradepost.notify.events import EVENTS

    wanted, store_id = events or list(EVENTS), read.store(store).pk if store else None
    secrets: list[str] = []

    def work() -> dict[str, Any]:
        webhook, secret = notify.add_webhook(
            url=url, events=wanted, store_id=store_id, actor=session.actor, at=session.at
        )
        secrets.append(secret)  # the answer that is kept has no secret in it
        return _row(webhook)

    body = session.change(work)
    if not secrets:
        return Fact(f"Webhook {body['id']} was added before; its secret was shown then.", {**body, "secret": None})
    if not session.as_json:
        tell(f"Webhook {body['id']} hears of {body['events']}. What it gets is signed with this secret.")
    return Fact(secrets[-1], {**body, "secret": secrets[-1]})


@command(app, "list")
def list_webhooks(session: Session, limit: Limit = 100) -> Listing:
    """List webhooks, and how they are."""
    from tradepost.notify import queries

    rows = [_row(webhook) for webhook in queries.webhooks(session.actor)[: limit + 1]]
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit, empty="No webhook yet: `tradepost webhook add`.")


@command(app, "remove", changes=True)
def remove(session: Session, webhook_id: Number) -> Fact:
    """Remove a webhook; it hears nothing any more."""
    from tradepost.notify import services as notify

    def work() -> dict[str, Any]:
        return _row(notify.remove_webhook(webhook_id, actor=session.actor, at=session.at))

    body = session.change(work)
    return Fact(f"Webhook {body['id']} is removed.", body)


@command(app, "test", changes=True)
def test(session: Session, webhook_id: Number) -> Fact:
    """Send a webhook the event `ping`; a worker does it."""
    from tradepost.notify import services as notify

    def work() -> dict[str, Any]:
        sent = notify.send_ping(webhook_id, actor=session.actor, at=session.at)
        return {"webhook": webhook_id, "delivery": str(sent.number)}

    body = session.change(work)
    return Fact(f"A ping is on its way. Delivery {body['delivery']}", body)


def _row(webhook: "Webhook") -> dict[str, Any]:
    return {
        "id": webhook.pk,
        "url": webhook.url,
        "events": ", ".join(webhook.events),
        "store": webhook.store.name if webhook.store else None,
        "state": webhook.state,
        "off_because": webhook.off_because,
    }
