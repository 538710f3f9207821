"""The picture of a product or a person over HTTP: sent in a form, refused without a trace, served for ever."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.api.caller import Caller, Form, problem_of
from tests.photos import photo, seen, sent
from tradepost.audit.models import AuditEvent
from tradepost.catalog.models import Product
from tradepost.intake.models import IdempotencyKey
from tradepost.lib import pictures
from tradepost.people.models import Profile

pytestmark = pytest.mark.django_db
NEW = {"sku": "MUG", "name": "Robin mug", "price": "9.50"}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder for the pictures of this test alone."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def ada(db: None) -> Caller:
    return Caller(make.admin())


def state(folder: Path) -> list[Any]:
    """What a refusal must leave as it is."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    rows = [*Product.objects.order_by("id").values_list(), *Profile.objects.order_by("user").values_list()]
    return [*rows, AuditEvent.objects.count(), files]


def test_a_product_is_added_with_its_picture_in_one_form(ada: Caller) -> None:
    assert ada.post("products/", NEW | {"sku": "PLAIN"}).json()["picture"] == ""
    answer = ada.post("products/", Form(**NEW, picture=sent()))
    assert answer.status_code == 201, answer.content
    product = answer.json()
    assert (product["sku"], product["price"]) == ("MUG", "9.50")
    assert seen(Client().get(product["picture"]).content).size == (60, 40)
    assert Client().get(product["thumbnail"]).status_code == 200
    assert Caller(make.customer()).get(f"products/{product['id']}/").json()["picture"] == product["picture"]


def test_a_picture_is_served_to_be_kept_for_ever_and_taken_for_nothing_else(ada: Caller) -> None:
    address = ada.post("products/", Form(**NEW, picture=sent())).json()["picture"]
    answer = Client().get(address)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not {"Vary", "Set-Cookie"} & answer.headers.keys()
    assert Client().post(address).status_code == 405
    assert Client().head(address).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["products/", "products/x.webp", f"products/{'a' * 22}.webp", f"../{'a' * 22}.webp", "..%2f..%2fsecret-key",
     f"products/{'a' * 22}.svg", "secret-key", f"products/%2e%2e/{'a' * 22}.webp"],
)  # fmt: skip
def test_nothing_else_is_served(ada: Caller, path: str) -> None:
    assert Client().get(f"/media/{path}").status_code == 404


def test_a_change_may_bring_a_picture_alone_or_take_it_away(ada: Caller, folder: Path) -> None:
    number = ada.post("products/", NEW).json()["id"]
    first = ada.patch(f"products/{number}/", Form(picture=sent())).json()
    second = ada.patch(f"products/{number}/", Form(picture=sent(), name="Robin jug")).json()
    assert (first["name"], second["name"]) == ("Robin mug", "Robin jug")
    assert first["picture"] != second["picture"]
    assert Client().get(first["picture"]).status_code == 404
    put = ada.put(f"products/{number}/", NEW).json()
    assert put["picture"] == second["picture"]
    gone = ada.patch(f"products/{number}/", {"picture": None}).json()
    assert (gone["picture"], gone["thumbnail"]) == ("", "")
    assert Client().get(second["picture"]).status_code == 404
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_no_picture_changes_nothing(ada: Caller, folder: Path) -> None:
    number = ada.post("products/", Form(**NEW, picture=sent())).json()["id"]
    before = state(folder)
    too_large = sent(photo() + b"\0" * pictures.MOST_BYTES)
    for path, call in ((f"products/{number}/", ada.patch), ("products/", ada.post)):
        form = {**NEW, "name": "Other", "sku": "OTHER"}
        script = sent(b"<svg onload='alert(1)'/>", "mug.svg")
        problem_of(call(path, Form(**form, picture=script)), 400, "not_a_picture")
        problem_of(call(path, Form(**form, picture=too_large)), 400, "picture_too_large")
        problem_of(call(path, Form(**form, picture=sent(b""))), 400, "invalid_fields")
        problem_of(call(path, {**form, "picture": "words"}), 400, "invalid_fields")
        too_large.seek(0)
    assert state(folder) == before
    manager = Caller(make.manager(make.store()))
    before = state(folder)
    problem_of(manager.patch(f"products/{number}/", Form(picture=sent())), 403, "denied")
    problem_of(manager.post("products/", Form(**NEW, picture=sent())), 403, "denied")
    assert state(folder) == before


def test_a_wrong_field_leaves_the_old_picture(ada: Caller, folder: Path) -> None:
    number = ada.post("products/", Form(**NEW, picture=sent())).json()["id"]
    ada.post("products/", NEW | {"sku": "TAKEN"})
    before = state(folder)
    problem_of(ada.patch(f"products/{number}/", Form(sku="TAKEN", picture=sent())), 409, "sku_taken")
    problem_of(ada.patch(f"products/{number}/", Form(price="-1", picture=sent())), 400, "invalid_fields")
    assert state(folder) == before


def test_a_body_over_the_limit_is_turned_away_unread(ada: Caller) -> None:
    answer = ada.patch("products/1/", Form(picture=sent(b"\0" * 9 * 2**20)))
    problem_of(answer, 413, "too_large")


def test_the_same_form_again_is_answered_once_and_another_picture_is_another_form(ada: Caller, folder: Path) -> None:
    first = ada.post("products/", Form(**NEW, picture=sent()), key="k")
    before = state(folder)
    again = ada.post("products/", Form(**NEW, picture=sent(name="other-name.jpg")), key="k")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    other = Form(**NEW, picture=sent(photo((80, 80))))
    problem_of(ada.post("products/", other, key="k"), 422, "idempotency_key_reused")
    assert state(folder) == before
    assert IdempotencyKey.objects.filter(key="k").count() == 1


def test_a_file_where_none_belongs_is_ignored(ada: Caller) -> None:
    assert ada.post("stores/", Form(name="Leeds", file=sent())).status_code == 201


def test_one_sends_a_picture_of_oneself_and_others_see_it(ada: Caller) -> None:
    ann = Caller(make.customer("ann"))
    assert [ann.get("me/").json()[name] for name in ("picture", "thumbnail")] == ["", ""]
    told = ann.patch("me/", Form(picture=sent(), bio="I sell tea")).json()
    assert told["bio"] == "I sell tea"
    assert seen(Client().get(told["picture"]).content).size == (60, 40)
    assert Client().get(told["thumbnail"]).status_code == 200
    assert ann.get("me/").json() == told
    address = f"users/{told['id']}/profile/"
    seen_by_others = {"id", "name", "picture", "thumbnail", "bio"}
    profile = Caller(make.customer()).get(address).json()
    assert profile == {name: told[name] for name in seen_by_others if name in told} | {"name": "ann"}
    assert ada.get(f"users/{told['id']}/").json()["picture"] == told["picture"]
    words = ann.patch("me/", {"bio": "I sell coffee"}).json()
    assert words["picture"] == told["picture"]
    gone = ann.patch("me/", {"picture": None}).json()
    assert (gone["picture"], gone["thumbnail"], gone["bio"]) == ("", "", "I sell coffee")
    assert Client().get(told["picture"]).status_code == 404


def test_an_administrator_takes_a_picture_away_and_who_leaves_has_none(ada: Caller, folder: Path) -> None:
    user = make.customer("ann")
    ann = Caller(user)
    ann.patch("me/", Form(picture=sent()))
    assert ada.patch(f"users/{user.pk}/", {"picture": None}).json()["picture"] == ""
    picture = ann.patch("me/", Form(picture=sent())).json()["picture"]
    assert ann.delete(f"users/{user.pk}/").status_code == 204
    assert Client().get(picture).status_code == 404
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_no_picture_of_a_person_changes_nothing(ada: Caller, folder: Path) -> None:
    user = make.customer("ann")
    ann = Caller(user)
    ann.patch("me/", Form(picture=sent()))
    make.customer("bob")
    other = Caller(make.customer())
    before = state(folder)
    form = {"bio": "Other"}
    script, too_large = sent(b"<svg onload='alert(1)'/>", "me.svg"), sent(photo() + b"\0" * pictures.MOST_BYTES)
    problem_of(ann.patch("me/", Form(**form, picture=script)), 400, "not_a_picture")
    problem_of(ann.patch("me/", Form(**form, picture=too_large)), 400, "picture_too_large")
    problem_of(ann.patch("me/", Form(**form, picture=sent(b""))), 400, "invalid_fields")
    problem_of(ann.patch("me/", {**form, "picture": "words"}), 400, "invalid_fields")
    problem_of(ann.patch("me/", Form(email="bob@example.com", picture=sent())), 409, "email_taken")
    problem_of(other.patch(f"users/{user.pk}/", Form(picture=sent())), 403, "denied")
    problem_of(Caller().patch("me/", Form(picture=sent())), 401, "not_authenticated")
    assert state(folder) == before


def test_the_same_picture_sent_twice_is_one_change(folder: Path) -> None:
    ann = Caller(make.customer("ann"))
    first = ann.patch("me/", Form(picture=sent()), key="k")
    before = state(folder)
    again = ann.patch("me/", Form(picture=sent()), key="k")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert state(folder) == before
