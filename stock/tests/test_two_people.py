"""Two people on one settings form: the second is told, and nothing is lost."""

import re
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from sellers.models import Seller, Store
from stock.models import Sku, Warehouse
from testing.factories import (
    MembershipFactory,
    SkuFactory,
    StoreFactory,
    WarehouseFactory,
)

pytestmark = pytest.mark.django_db


def open_form(client: Client, url: str) -> dict[str, str]:
    """What a browser would post back from the page as it stands."""
    form = client.get(url).content.decode().split("<form", 3)
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", "".join(form)):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if values.get("type") != "checkbox" or " checked" in tag:
            fields[values.get("name", "")] = values.get("value", "")
    for name, options in re.findall(
        r'<select name="(\w+)"[^>]*>(.*?)</select>', "".join(form), re.S
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


@pytest.fixture(params=["sku", "warehouse", "store", "shop"])
def form(request: pytest.FixtureRequest) -> tuple[Seller, type[Model], Any, str]:
    """A seller, a row with a name, and the address of its form."""
    member = MembershipFactory()
    seller = member.seller
    if request.param == "sku":
        sku = SkuFactory(seller=seller)
        return seller, Sku, sku.pk, reverse("stock:edit", args=[sku.public_id])
    if request.param == "warehouse":
        place = WarehouseFactory(seller=seller)
        return (
            seller,
            Warehouse,
            place.pk,
            reverse("stock_settings:warehouse", args=[place.public_id]),
        )
    if request.param == "store":
        store = StoreFactory(seller=seller)
        return seller, Store, store.pk, reverse("sellers:store", args=[store.public_id])
    return seller, Seller, seller.pk, reverse("sellers:shop")


def test_the_second_is_told_and_decides(form: tuple[Seller, type[Any], Any, str]) -> None:
    seller, model, pk, url = form
    one, two = Client(), Client()
    for client in (one, two):
        client.force_login(MembershipFactory(seller=seller).user)
    typed = [open_form(client, url) for client in (one, two)]
    assert one.post(url, typed[0] | {"name": "First"}).status_code == 302
    answer = two.post(url, typed[1] | {"name": "Second"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody has saved this meanwhile." in body
    assert "“First”" in body
    assert model.objects.get(pk=pk).name == "First"
    seen = re.search(r'name="seen" value="([^"]+)"', body)
    assert seen
    again = two.post(url, typed[1] | {"name": "Second", "seen": seen[1]})
    assert again.status_code == 302
    assert model.objects.get(pk=pk).name == "Second"


def test_who_saves_the_same_is_not_bothered(form: tuple[Seller, type[Any], Any, str]) -> None:
    seller, model, pk, url = form
    client = Client()
    client.force_login(MembershipFactory(seller=seller).user)
    typed = open_form(client, url) | {"name": "Same"}
    assert client.post(url, typed).status_code == 302
    assert client.post(url, typed).status_code == 302
    assert model.objects.get(pk=pk).name == "Same"
