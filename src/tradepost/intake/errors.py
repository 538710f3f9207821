"""What the way in refuses."""

from tradepost.lib.errors import Invalid


class KeyMismatch(Invalid):
    """An idempotency key came back with another request behind it. The API answers 422."""

    code = "idempotency_key_reused"
    title = "This idempotency key was used for another request; make up a new one"


class KeyTooLong(Invalid):
    """An idempotency key of more than 200 characters or with control characters."""

    code = "idempotency_key_invalid"
    title = "An idempotency key has 1 to 200 printable characters"
