"""How a refusal becomes one sentence on stderr, an exit code, and with `--json` a problem object on stdout.

1 a difference was found, 2 what was asked makes no sense, 3 there is no such thing, 4 refused or denied, 5 busy.
"""

from typing import Any

from tradepost.cli import output
from tradepost.lib.errors import Busy, Invalid, Missing, TradepostError

INVALID, MISSING, REFUSED, BUSY = 2, 3, 4, 5
STEPS = {"available", "required", "short", "sold", "returned", "on_its_way", "asked"}


def exit_code_of(error: TradepostError) -> int:
    """The exit code of a refusal."""
    if isinstance(error, Invalid):
        return INVALID
    if isinstance(error, Missing):
        return MISSING
    return BUSY if isinstance(error, Busy) else REFUSED


def refuse(error: TradepostError, *, as_json: bool) -> int:
    """Answer a refusal with its figures; the exit code."""
    figures = _figures(error.details)
    sentence = error.message
    if told := [f"{name} {figures[name]}" for name in figures if name in STEPS | {"due", "received"}]:
        sentence = f"{sentence.rstrip('.')}: {', '.join(told)}"
    return answer(error.code, sentence, exit_code_of(error), as_json=as_json, title=error.title, **figures)


def answer(code: str, sentence: str, exit_code: int, *, as_json: bool, **more: Any) -> int:
    """One sentence, and where JSON is wanted the same as an object; the exit code."""
    output.tell(f"{sentence.rstrip('.')}.")
    if as_json:
        output.write_json({"code": code, "detail": sentence, "exit_code": exit_code, **more})
    return exit_code


def _figures(details: dict[str, Any]) -> dict[str, Any]:
    """Details as people write them: amounts of money instead of minor units, quantities instead of steps."""
    from tradepost.lib import money, quantity

    decimals = _decimals(details.get("product_id"))
    figures: dict[str, Any] = {}
    for name, value in details.items():
        if name.endswith("_minor"):
            figures[name.removesuffix("_minor")] = money.plain(value)
        elif name in STEPS and decimals is not None:
            figures[name] = quantity.plain(value, decimals)
        else:
            figures[name] = value
    return figures


def _decimals(product_id: int | None) -> int | None:
    if product_id is None:
        return None
    from tradepost.catalog import queries

    found = queries.by_id([product_id]).get(product_id)
    return found.decimals if found else None
