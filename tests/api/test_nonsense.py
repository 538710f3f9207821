"""Whatever the OpenAPI document allows, and much that it does not, is answered and never a 500."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from tests import make
from tests.api.caller import lost, returned, sold, stocked, token_of
from tradepost.books import services as books
from tradepost.lib import clock
from tradepost.wsgi import application

THINGS = {"store", "product", "customer", "supplier", "category", "sale_line", "seller"}
pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def api(db: None) -> schemathesis.BaseSchema:
    """The API over a database with one of each thing, so that the number 1 means something everywhere."""
    seller = make.seller(limit_minor=10**9)
    make.charge(seller)
    make.credit_request(seller)
    store, product = make.store(), make.product()
    stocked(store, product)
    returned(sold(store, product, 9))
    lost(store, product)
    books.prove(actor=make.console(), at=clock.now())
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)


@pytest.fixture
def token(api: schemathesis.BaseSchema) -> str:
    """Of somebody who may do everything."""
    return token_of(make.admin())


def test_no_request_whatever_is_answered_with_500(api: schemathesis.BaseSchema, token: str) -> None:
    operations = [
        result.ok() for result in api.exclude(path="/api/logout/").get_all_operations() if isinstance(result, Ok)
    ]
    assert len(operations) > 60
    for operation in operations:
        attempt(operation, token)


def attempt(operation: Any, token: str) -> None:
    """Try an operation with what Hypothesis thinks of."""

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        real=strategies.booleans(),
    )
    def never_500(case: Any, real: bool) -> None:
        if real:
            name_what_is_there(case.path_parameters)
            name_what_is_there(case.body)
        case.call_and_validate(checks=[not_a_server_error], headers={"Authorization": f"Token {token}"})

    never_500()


def name_what_is_there(part: Any) -> None:
    """Let numbers of stores, products, people and lines be those of things that exist, however deep they stand."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in THINGS or name.endswith("_id"):
                part[name] = 1
            name_what_is_there(value)
    elif isinstance(part, list):
        for value in part:
            name_what_is_there(value)
