"""Whatever the OpenAPI document allows, and much that it does not, is answered and never a 500."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok

from tests import make
from tests.api.caller import lost, returned, sold, stocked, token_of
from tradepost.books import services as books
from tradepost.lib import clock
from tradepost.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def api(db: None) -> schemathesis.BaseSchema:
    """The API over a database with one of each thing, so that the number 1 means something everywhere."""
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
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def never_500(case: Any) -> None:
        case.call_and_validate(checks=[not_a_server_error], headers={"Authorization": f"Token {token}"})

    never_500()
