"""The row of a person, locked for a change."""

from tradepost.people.errors import MachineUser, NoSuchUser, PersonLeft
from tradepost.people.models import User


def locked_person(user_id: int) -> User:
    """Somebody who is still here, locked until the commit. Raises NoSuchUser, MachineUser, PersonLeft."""
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NoSuchUser(user_id=user_id)
    if user.is_machine:
        raise MachineUser
    if user.anonymised_at is not None:
        raise PersonLeft
    return user
