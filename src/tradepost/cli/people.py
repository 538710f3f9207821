"""`tradepost user`: people, their roles and their tokens. A password comes by standard input, never as an argument."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli.base import Limit, Search, Session, command
from tradepost.cli.output import Column, Fact, Listing, tell
from tradepost.lib.actor import PER_STORE

if TYPE_CHECKING:
    from tradepost.people.models import Grant, User

app = typer.Typer(no_args_is_help=True, help="People, their roles and their tokens.")

Name = Annotated[str, typer.Argument(help="Username, e-mail address or number.")]
Role = Annotated[str, typer.Argument(help="staff, manager, admin or auditor.")]
AtStore = Annotated[str | None, typer.Option("--store", metavar="NAME|ID", help="Needed for staff and manager.")]
PasswordByStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]

COLUMNS = [
    Column("id", "No.", is_number=True),
    Column("username", "Username"),
    Column("name", "Name"),
    Column("email", "E-mail"),
    Column("roles", "Roles"),
    Column("is_active", "Active"),
]


@command(app, "add", changes=True)
def add(
    session: Session,
    name: Annotated[str, typer.Argument(help="The username.")],
    email: Annotated[str | None, typer.Option("--email", help="E-mail address.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="staff, manager, admin or auditor.")] = None,
    store: AtStore = None,
    password_stdin: PasswordByStdin = False,
    first_name: Annotated[str, typer.Option("--first-name")] = "",
    last_name: Annotated[str, typer.Option("--last-name")] = "",
    phone: Annotated[str, typer.Option("--phone")] = "",
) -> Fact:
    """Add a user, at once with a role if wanted."""
    from tradepost.people import services as people

    password = _password() if password_stdin else None
    store_id = _store_id(store)

    def work() -> dict[str, Any]:
        user = people.add_user(
            username=name,
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            actor=session.actor,
            at=session.at,
        )
        if role:
            people.grant_role(user.pk, role, store_id, actor=session.actor, at=session.at)
        return _row(user, fresh=True)

    body = session.change(work)
    return Fact(f"Added {body['username']}{_as_whom(body)}.", body)


@command(app, "token", changes=False)
def token(
    session: Session,
    name: Name,
    rate: Annotated[int | None, typer.Option("--rate", help="Requests a minute of its own.", min=1)] = None,
) -> Fact:
    """Issue a token for the API; its text is shown this once, on the last line."""
    from tradepost.people import queries
    from tradepost.people import services as people

    user = queries.user_named(name)
    texts: list[str] = []

    def work() -> dict[str, Any]:
        issued, text = people.issue_token(user, rate=rate, actor=session.actor, at=session.at)
        texts.append(text)  # the answer that is kept has no token in it
        return {"username": user.username, "expires_at": issued.expiry.isoformat()}

    body = session.change(work)
    if not session.as_json:
        tell(f"Send it as `Authorization: Token …`; it acts as {user.username} until {body['expires_at'][:10]}.")
    return Fact(texts[0], {**body, "token": texts[0]})


@command(app, "list")
def list_users(
    session: Session,
    search: Search = "",
    role: Annotated[str | None, typer.Option("--role", help="Only who holds this role.")] = None,
    store: Annotated[str | None, typer.Option("--store", metavar="NAME|ID", help="Only who works there.")] = None,
    limit: Limit = 100,
) -> Listing:
    """List people with their roles."""
    from tradepost.people import queries

    found = queries.users(session.actor, search=search, role=role, store_id=_store_id(store))
    rows = [_row(user) for user in found[: limit + 1]]
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit, empty="Nobody found.")


@command(app, "grant", changes=True)
def grant(session: Session, name: Name, role: Role, store: AtStore = None) -> Fact:
    """Give somebody a role."""
    from tradepost.people import queries
    from tradepost.people import services as people

    user, store_id = queries.user_named(name), _store_id(store)

    def work() -> dict[str, Any]:
        people.grant_role(user.pk, role, store_id, actor=session.actor, at=session.at)
        return _row(user, fresh=True)

    body = session.change(work)
    return Fact(f"{body['username']} is now {body['roles']}.", body)


@command(app, "revoke", changes=True)
def revoke(session: Session, name: Name, role: Role, store: AtStore = None) -> Fact:
    """Take a role from somebody."""
    from tradepost.people import queries
    from tradepost.people import services as people

    user, store_id = queries.user_named(name), _store_id(store)

    def work() -> dict[str, Any]:
        people.revoke_role(user.pk, role, store_id, actor=session.actor, at=session.at)
        return _row(user, fresh=True)

    body = session.change(work)
    return Fact(f"{body['username']} is no longer {role}; now {body['roles'] or 'without a role'}.", body)


@command(app, "deactivate", changes=True)
def deactivate(session: Session, name: Name) -> Fact:
    """Shut somebody out: tokens and sessions end, roles rest."""
    from tradepost.people import queries
    from tradepost.people import services as people

    user = queries.user_named(name)

    def work() -> dict[str, Any]:
        return _row(people.deactivate_user(user.pk, actor=session.actor, at=session.at), fresh=True)

    body = session.change(work)
    return Fact(f"{body['username']} cannot log in any more.", body)


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _store_id(text: str | None) -> int | None:
    from tradepost.places import queries as places

    return places.store_named(text).pk if text else None


def _row(user: "User", *, fresh: bool = False) -> dict[str, Any]:
    from tradepost.people import queries

    grants = queries.grants_of(user.pk) if fresh else user.grants.all()
    return {
        "id": user.pk,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "is_active": user.is_active,
        "roles": ", ".join(_held(grant) for grant in grants),
    }


def _held(grant: "Grant") -> str:
    return f"{grant.role} of {grant.store}" if grant.role in PER_STORE else grant.role


def _as_whom(body: dict[str, Any]) -> str:
    return f" as {body['roles']}" if body["roles"] else ""
