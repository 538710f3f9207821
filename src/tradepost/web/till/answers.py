"""One document out of a list form: the first answer, or its refusal raised so that everything rolls back."""

from collections.abc import Sequence
from typing import TypeVar

from tradepost.books.services import Refusal

T = TypeVar("T")


def only(answers: Sequence[T | Refusal]) -> T:
    """The single answer of a list of one. Raises its refusal."""
    (answer,) = answers
    if isinstance(answer, Refusal):
        raise answer.error
    return answer
