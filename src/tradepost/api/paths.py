"""What may stand in an address: `<id:name>` is the number of a row that a database can hold. Anything else is 404."""


class IdConverter:
    """1 to 18 digits, not starting with 0."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Its digits."""
        return str(value)
