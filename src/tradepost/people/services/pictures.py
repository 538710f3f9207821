"""The picture of a person."""

from datetime import datetime
from typing import BinaryIO

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.lib import pictures
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied
from tradepost.people.models import Profile, User
from tradepost.people.services._person import locked_person

FOLDER = "people"


def read_picture(file: BinaryIO, *, actor: Actor) -> pictures.Picture:
    """The picture in a file, to be given to `set_picture`; nothing changes. It takes a while: not in a transaction.

    Raises Denied (a visitor), NotAPicture, PictureTooLarge.
    """
    if not actor.user_id:
        raise Denied("Log in first")
    return pictures.draw(file)


@transaction.atomic
def set_picture(user_id: int, picture: pictures.Picture | None, *, actor: Actor, at: datetime) -> User:
    """Take a picture as one's own in place of the one of before, or with None none; an administrator also for others.

    The audit log tells that it changed, not to what. Raises Denied, NoSuchUser, PersonLeft, MachineUser.
    """
    if actor.user_id != user_id:
        actor.require_admin()
    user = locked_person(user_id)
    profile, _ = Profile.objects.get_or_create(user=user)
    before = profile.picture
    if picture or before:
        profile.picture = pictures.exchange(before, picture, FOLDER)
        profile.save(update_fields=["picture"])
        audit.record("people.profile_changed", subject=user, actor=actor, at=at, after={"changed": ["picture"]})
    user.profile = profile
    return user
