"""Limits of rates: presets for everybody, a seller's own before them."""

from decimal import Decimal

import pytest

from core.actor import Actor
from core.errors import Forbidden, Invalid
from orders.actions.limits import save_limits
from orders.models import RateLimit
from orders.queries.limits import limits_for
from testing.factories import STAFF, SellerFactory, StoreFactory

pytestmark = pytest.mark.django_db

LATE = "late_shipment"


@pytest.fixture
def seller():
    return StoreFactory(marketplace="aliexpress").seller


def own(seller, percent="3", days=30, **named):
    save_limits(
        seller=seller,
        marketplace="aliexpress",
        limits={LATE: (Decimal(percent), days)},
        actor=STAFF,
        **named,
    )


def test_only_the_marketplaces_of_the_stores_are_answered(seller):
    found = limits_for(seller)
    assert set(found) == {"aliexpress"}
    assert found["aliexpress"][LATE].percent == Decimal(4)
    assert found["aliexpress"][LATE].is_example


def test_a_sellers_own_limit_goes_before_the_preset(seller):
    own(seller)
    assert limits_for(seller)["aliexpress"][LATE].percent == Decimal(3)
    other = StoreFactory(marketplace="aliexpress").seller
    assert limits_for(other)["aliexpress"][LATE].percent == Decimal(4)


def test_taking_it_back_brings_the_preset_back(seller):
    own(seller)
    save_limits(seller=seller, marketplace="aliexpress", limits={LATE: None}, actor=STAFF)
    assert limits_for(seller)["aliexpress"][LATE].percent == Decimal(4)


@pytest.mark.parametrize(
    ("percent", "days", "pointer"),
    [("101", 30, f"/{LATE}"), ("-1", 30, f"/{LATE}"), ("3", 6, f"/{LATE}_days")],
)
def test_a_limit_out_of_range_is_refused(seller, percent, days, pointer):
    with pytest.raises(Invalid) as caught:
        own(seller, percent, days)
    assert [e.pointer for e in caught.value.errors] == [pointer]
    assert not RateLimit.objects.filter(seller=seller).exists()


def test_it_needs_the_permission(seller):
    reader = Actor("user", 1, "somebody", frozenset({"settings:read"}))
    with pytest.raises(Forbidden):
        save_limits(
            seller=seller, marketplace="aliexpress", limits={LATE: (Decimal(3), 30)}, actor=reader
        )
    assert not RateLimit.objects.filter(seller=seller).exists()


def test_a_seller_without_stores_has_no_limits():
    assert limits_for(SellerFactory()) == {}
