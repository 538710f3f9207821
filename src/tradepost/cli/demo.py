"""`tradepost demo`: a small chain of gift shops with two weeks of trade, to try everything on."""

import os
import webbrowser
from typing import Annotated

import typer

from tradepost.cli import server, setup, static
from tradepost.cli.base import process
from tradepost.cli.output import Fact, show, tell
from tradepost.cli.serve import default_port

app = typer.Typer()

HOST = "127.0.0.1"


@process(app, "demo")
def demo(
    as_json: bool,
    database: str | None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Start a demonstration: three shops, two weeks of sales, prepaid credit, and somebody of every role."""
    port = default_port()
    os.environ.setdefault("TRADEPOST_LOG_LEVEL", "WARNING")
    setup.prepare(database)
    from tradepost.cli import demo_story

    server.check_address(HOST, port)
    demo_story.fill()
    static.gather()
    url = server.address_of(HOST, port)
    logins = [
        {"username": person.username, "password": person.password, "role": person.about} for person in demo_story.PEOPLE
    ]

    def started() -> None:
        lines = [f"{login['username']:<10}{login['password']:<24}{login['role']}" for login in logins]
        text = "\n".join([f"Tradepost is at {url}", "", "Log in as", *lines, "", "Ctrl-C ends it; the data stay."])
        show(Fact(text, {"url": url, "logins": logins}), as_json=as_json)
        if not no_browser:
            webbrowser.open(url)

    server.serve(HOST, port, processes=1, with_worker=True, started=started)
    tell("Stopped.")
