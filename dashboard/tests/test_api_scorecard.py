"""The scorecard over the API."""

from datetime import timedelta
from typing import Any

import pytest

from orders.states import Stage
from testing.api import Api, errors_of
from testing.factories import OrderFactory, StoreFactory, at

pytestmark = pytest.mark.django_db


def test_the_rate_counts_clocks_that_stopped_in_the_period() -> None:
    store = StoreFactory(seller__time_zone="Asia/Shanghai")
    paid = at("2026-11-02 00:00")
    for stopped in ("2026-11-03 10:00", "2026-11-05 10:00", "2026-12-05 10:00"):
        OrderFactory(
            store=store,
            stage=Stage.UPLOADED,
            paid_at=paid,
            ship_by=paid + timedelta(days=2),
            uploaded_at=at(stopped),
        )
    OrderFactory(store=store)
    query = {"from": "2026-11-01", "to": "2026-12-01"}
    told = Api(store.seller).get("/scorecard", **query).json()
    assert told["late_shipment_rate"] == {"numerator": 1, "denominator": 2, "rate": "0.5000"}
    assert (told["stages"]["new"], told["stages"]["uploaded"]) == (1, 3)
    assert (told["from"], told["to"]) == ("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z")


def test_nothing_counted_has_no_rate() -> None:
    told = Api(StoreFactory().seller).get("/scorecard").json()
    assert told["late_shipment_rate"] == {"numerator": 0, "denominator": 0, "rate": None}
    assert set(told["stages"]) == set(Stage.values)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"from": "soon"}, "from"),
        ({"from": "2026-13-01"}, "from"),
        ({"to": "0001-01-01"}, "to"),
        ({"to": "2026-11-01T00:00:00"}, "to"),
        ({"from": "2026-12-01", "to": "2026-11-01"}, "to"),
        ({"since": "2026-11-01"}, "since"),
    ],
)
def test_a_wrong_period_is_named(query: dict[str, Any], name: str) -> None:
    response = Api(StoreFactory().seller).get("/scorecard", **query)
    assert (response.status_code, list(errors_of(response))) == (422, [name])
