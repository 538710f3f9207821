"""The picture of a person: one's own to give and take away, gone when the person leaves, told by field name only."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests import make
from tests.photos import photo, seen
from tradepost.audit.models import AuditEvent
from tradepost.lib.errors import Denied
from tradepost.lib.pictures import NotAPicture, Picture, PictureTooLarge
from tradepost.people import queries, services
from tradepost.people.errors import LastAdmin, MachineUser, NoSuchUser, PersonLeft
from tradepost.people.models import Profile, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder for the pictures of this test alone."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def drawn() -> Picture:
    return services.read_picture(BytesIO(photo()), actor=make.console())


def given(user: User) -> str:
    """The name of a picture somebody has taken as their own."""
    return str(services.set_picture(user.pk, drawn(), actor=make.actor(user), at=make.AT).profile.picture)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def both(name: str) -> set[str]:
    """The files of a picture."""
    return {f"{name}.webp", f"{name}-small.webp"}


def test_ones_picture_is_kept_in_two_sizes_and_seen_by_others(folder: Path) -> None:
    ann = make.customer("ann")
    name = given(ann)
    assert name.startswith("people/")
    assert files(folder) == both(name)
    assert seen((folder / f"{name}.webp").read_bytes()).size == (60, 40)
    others = queries.public_profile(ann.pk)
    assert (others.picture, others.thumbnail) == (f"/media/{name}.webp", f"/media/{name}-small.webp")


def test_the_log_tells_that_it_changed_and_not_to_what() -> None:
    ann = make.customer("ann")
    name = given(ann)
    services.set_picture(ann.pk, None, actor=make.actor(ann), at=make.AT)
    services.set_picture(ann.pk, None, actor=make.actor(ann), at=make.AT)
    events = list(AuditEvent.objects.filter(action="people.profile_changed"))
    assert [(event.before, event.after) for event in events] == [(None, {"changed": ["picture"]})] * 2
    assert not AuditEvent.objects.filter(after__icontains=name).exists()


def test_another_one_takes_its_place_and_taken_away_it_is_gone(folder: Path) -> None:
    ann = make.customer("ann")
    first, second = given(ann), given(ann)
    assert first != second
    assert files(folder) == both(second)
    assert services.set_picture(ann.pk, None, actor=make.actor(ann), at=make.AT).profile.thumbnail_url == ""
    assert files(folder) == set()


def test_what_is_rolled_back_leaves_the_old_picture(folder: Path) -> None:
    ann = make.customer("ann")
    name = given(ann)

    def change_of_mind() -> None:
        with transaction.atomic():
            given(ann)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_of_mind()
    assert Profile.objects.get(user=ann).picture == name
    assert both(name) <= files(folder)


def test_nobody_gives_another_a_picture_but_an_administrator(folder: Path) -> None:
    ann, picture, store = make.customer("ann"), drawn(), make.store()
    name = given(ann)
    before = files(folder)
    for somebody in (make.customer(), make.manager(store), make.auditor()):
        for one in (picture, None):
            with pytest.raises(Denied):
                services.set_picture(ann.pk, one, actor=make.actor(somebody), at=make.AT)
    with pytest.raises(Denied):
        services.read_picture(BytesIO(photo()), actor=make.visitor())
    with pytest.raises(Denied):
        services.set_picture(ann.pk, picture, actor=make.visitor(), at=make.AT)
    assert Profile.objects.get(user=ann).picture == name
    assert files(folder) == before
    assert services.set_picture(ann.pk, None, actor=make.actor(make.admin()), at=make.AT).profile.picture == ""


def test_what_is_no_picture_is_refused_and_so_is_nobody(folder: Path) -> None:
    ann, console, picture = make.customer("ann"), make.console(), drawn()
    for content, refusal in ((b"<svg/>", NotAPicture), (photo() + b"\0" * 5 * 2**20, PictureTooLarge)):
        with pytest.raises(refusal):
            services.read_picture(BytesIO(content), actor=make.actor(ann))
    for user_id, error in ((10**9, NoSuchUser), (console.user_id, MachineUser)):
        with pytest.raises(error):
            services.set_picture(user_id, picture, actor=console, at=make.AT)
    assert files(folder) == set()


def test_who_leaves_takes_the_picture_along(folder: Path) -> None:
    ann = make.customer("ann")
    given(ann)
    services.anonymise_user(ann.pk, actor=make.actor(ann), at=make.AT)
    assert Profile.objects.get(user=ann).picture == ""
    assert files(folder) == set()
    with pytest.raises(PersonLeft):
        services.set_picture(ann.pk, drawn(), actor=make.console(), at=make.AT)
    assert files(folder) == set()


def test_who_could_not_leave_keeps_the_picture(folder: Path) -> None:
    ada = make.admin("ada")
    name = given(ada)

    def change_of_mind() -> None:
        with transaction.atomic():
            services.anonymise_user(make.admin("eve").pk, actor=make.console(), at=make.AT)
            services.anonymise_user(ada.pk, actor=make.console(), at=make.AT)

    with pytest.raises(LastAdmin):
        change_of_mind()
    assert Profile.objects.get(user=ada).picture == name
    assert files(folder) == both(name)
