"""What can be wrong with a change to a store."""

from tradepost.lib.errors import Missing, Refused


class NoSuchStore(Missing):
    """No store has this number or name."""

    code = "no_such_store"
    title = "There is no such store"


class StoreNameTaken(Refused):
    """Another store has this name, upper and lower case being the same."""

    code = "store_name_taken"
    title = "Another store has this name"


class StoreArchived(Refused):
    """The store is archived: it keeps its history and takes no changes."""

    code = "store_archived"
    title = "This store is archived"
