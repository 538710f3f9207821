"""The four families of refusal, and `Denied`. Each class has a stable `code`, each face a table from family to answer.

A refusal is raised before or instead of a change: whoever catches one may rely on nothing having changed.
"""

from typing import Any, ClassVar


class TradepostError(Exception):
    """A refusal with a stable code, a sentence for a person and figures for a program."""

    code: str = "error"
    title: ClassVar[str] = "It could not be done"

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or self.title)
        self.message = message or self.title
        self.details = details


class Invalid(TradepostError):
    """What was sent makes no sense by itself: HTTP 400, exit code 2."""

    code = "invalid"
    title = "What was sent is not valid"


class Missing(TradepostError):
    """There is no such thing, or none that this actor may know of: HTTP 404, exit code 3."""

    code = "missing"
    title = "There is no such thing"


class Refused(TradepostError):
    """It makes sense, but the state of things does not allow it: HTTP 409, exit code 4."""

    code = "refused"
    title = "The state of things does not allow it"


class Denied(TradepostError):
    """The actor lacks the right: HTTP 403, exit code 4."""

    code = "denied"
    title = "You may not do this"


class Busy(TradepostError):
    """Somebody else holds what is needed; the same request may be sent again: HTTP 503, exit code 5."""

    code = "busy"
    title = "Others are at work on the same thing; try again in a moment"
    retry_after_s: ClassVar[int] = 1


class FieldErrors(Invalid):
    """Several fields of one form are wrong; `details["fields"]` maps each name to its sentences."""

    code = "invalid_fields"
    title = "Some fields need another look"

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in fields.items()), fields=fields)
