"""`tradepost generate`: stores, products and movements in any number, to try the house at the size it is to have."""

from typing import Annotated, Any

import typer

from tradepost.cli.base import Session, command
from tradepost.cli.output import Card
from tradepost.cli.progress import bar

app = typer.Typer()

MOST_STORES, MOST_PRODUCTS, MOST_MOVEMENTS = 100_000, 1_000_000, 1_000_000_000
MOST_DAYS, MOST_PROCESSES = 3_650, 64


@command(app, "generate")
def generate(
    session: Session,
    stores: Annotated[int, typer.Option("--stores", min=1, max=MOST_STORES, help="So many stores.")] = 10,
    products: Annotated[int, typer.Option("--products", min=1, max=MOST_PRODUCTS, help="So many products.")] = 200,
    movements: Annotated[
        int, typer.Option("--movements", min=0, max=MOST_MOVEMENTS, help="So many movements in all.")
    ] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same history.")] = 1,
    days: Annotated[int, typer.Option("--days", min=1, max=MOST_DAYS, help="Over so many days up to now.")] = 30,
    processes: Annotated[
        int, typer.Option("--processes", min=1, max=MOST_PROCESSES, help="Record by so many processes; PostgreSQL.")
    ] = 1,
    add: Annotated[bool, typer.Option("--add", help="Beside the data that are there.")] = False,
) -> Card:
    """Make stores, products, and movements that went through the books: some products hot, some low, some out.

    Refuses to begin in a database that has stores or products, unless told to add.
    """
    from tradepost.cli.generating import runner

    wish = runner.Wish(stores=stores, products=products, movements=movements, days=days, seed=seed, processes=processes)
    runner.check(wish, add=add, actor=session.actor)
    with bar("Recording movements") as progress:
        outcome = runner.generate(wish, actor=session.actor, progress=progress)
    data: dict[str, Any] = {
        "stores": stores,
        "products": products,
        "movements": outcome.kinds.total(),
        "by_type": dict(sorted(outcome.kinds.items())),
        "movements_a_second": round(outcome.movements_a_second),
        "seconds": {"stores_and_products": round(outcome.goods_s, 2), "movements": round(outcome.movements_s, 2)},
    }
    types = ", ".join(f"{count:,} {kind}" for kind, count in data["by_type"].items())
    facts = {
        "Stores": f"{stores:,}",
        "Products": f"{products:,}",
        "Movements": f"{data['movements']:,}" + (f" ({types})" if types else ""),
        "Movements a second": f"{data['movements_a_second']:,}",
        "Seconds for stores and products": data["seconds"]["stores_and_products"],
    }
    return Card(data, facts)
