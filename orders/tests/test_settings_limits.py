"""The settings page of the limits."""

from decimal import Decimal

import pytest
from django.test import Client

from orders.models import RateLimit
from orders.queries.limits import limits_for
from testing.factories import MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db

URL = "/settings/limits/"
POST = {
    "marketplace": "aliexpress",
    "aliexpress-late_shipment": "3.5",
    "aliexpress-late_shipment_days": "14",
    "aliexpress-cancellation": "2.5",
    "aliexpress-cancellation_days": "30",
    "aliexpress-valid_tracking": "95",
    "aliexpress-valid_tracking_days": "30",
}


@pytest.fixture
def seller():
    return StoreFactory(marketplace="aliexpress").seller


def login(client: Client, seller, role: str = "owner") -> Client:
    client.force_login(MembershipFactory(seller=seller, role=role).user)
    return client


def test_only_what_was_changed_becomes_an_own_limit(client, seller):
    response = login(client, seller).post(URL, POST)
    assert response.status_code == 302
    (own,) = RateLimit.objects.filter(seller=seller)
    assert (own.kind, own.percent, own.days) == ("late_shipment", Decimal("3.50"), 14)


def test_an_emptied_limit_goes_back_to_the_preset(client, seller):
    login(client, seller).post(URL, POST)
    client.post(URL, POST | {"aliexpress-late_shipment": ""})
    assert not RateLimit.objects.filter(seller=seller).exists()
    assert limits_for(seller)["aliexpress"]["late_shipment"].percent == Decimal(4)


def test_a_limit_out_of_range_is_refused_at_its_field(client, seller):
    response = login(client, seller).post(URL, POST | {"aliexpress-late_shipment_days": "3"})
    assert response.status_code == 422
    assert not RateLimit.objects.filter(seller=seller).exists()


def test_a_reader_may_look_and_not_write(client, seller):
    login(client, seller, "viewer")
    assert "Valid tracking" in client.get(URL).content.decode()
    assert client.post(URL, POST).status_code == 403
    assert not RateLimit.objects.filter(seller=seller).exists()


def test_a_marketplace_without_a_store_is_not_written(client, seller):
    login(client, seller).post(URL, POST | {"marketplace": "temu"})
    assert not RateLimit.objects.filter(seller=seller).exists()
