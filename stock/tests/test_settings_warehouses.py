"""Settings: warehouses."""

import pytest
from django.test import Client
from django.urls import reverse

from sellers.models import Membership, Role, User
from stock.models import Warehouse
from testing.factories import MembershipFactory, WarehouseFactory

URL = reverse("stock_settings:warehouses")


@pytest.fixture
def owner(db: None) -> Membership:
    return MembershipFactory.create(role=Role.OWNER)


@pytest.fixture
def page(owner: Membership, client: Client) -> Client:
    client.force_login(owner.user)
    return client


def _names(owner: Membership) -> list[tuple[str, str]]:
    rows = Warehouse.objects.filter(seller=owner.seller).order_by("pk")
    return list(rows.values_list("code", "name"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_renders_in_both_languages(page: Client, owner: Membership, language: str) -> None:
    User.objects.filter(pk=owner.user.pk).update(language=language)
    mine = WarehouseFactory.create(seller=owner.seller, name="Shenzhen")
    WarehouseFactory.create(name="Of others")
    html = page.get(URL).content.decode()
    assert f'<html lang="{language}"' in html
    assert mine.name in html
    assert "Of others" not in html


def test_a_warehouse_is_added(page: Client, owner: Membership) -> None:
    assert page.post(URL, {"code": "SZ-1", "name": "Shenzhen"}).status_code == 302
    assert _names(owner) == [("SZ-1", "Shenzhen")]


def test_a_code_is_used_once(page: Client, owner: Membership) -> None:
    WarehouseFactory.create(seller=owner.seller, code="SZ-1", name="First")
    response = page.post(URL, {"code": "SZ-1", "name": "Second"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["code"]
    assert 'value="Second"' in response.content.decode()
    assert _names(owner) == [("SZ-1", "First")]


def test_another_seller_may_use_the_same_code(page: Client, owner: Membership) -> None:
    WarehouseFactory.create(code="SZ-1")
    page.post(URL, {"code": "SZ-1", "name": "Mine"})
    assert _names(owner) == [("SZ-1", "Mine")]


def test_a_warehouse_is_renamed(page: Client, owner: Membership) -> None:
    row = WarehouseFactory.create(seller=owner.seller, code="SZ-1", name="Old")
    page.post(reverse("stock_settings:warehouse", args=[row.public_id]), {"name": "New"})
    assert _names(owner) == [("SZ-1", "New")]


def test_a_warehouse_gets_the_address_that_labels_name(page: Client, owner: Membership) -> None:
    row = WarehouseFactory.create(seller=owner.seller, code="SZ-1", name="Old")
    address = {
        "sender_name": "Lingnan",
        "address": "固戍二路 88 号",
        "city": "深圳市",
        "state": "广东省",
        "postcode": "518101",
        "phone": "+86 755 2345",
    }
    page.post(reverse("stock_settings:warehouse", args=[row.public_id]), {"name": "New", **address})
    row.refresh_from_db()
    assert {field: getattr(row, field) for field in address} == address
    assert (row.name, row.country) == ("New", "CN")


def test_an_empty_name_is_refused(page: Client, owner: Membership) -> None:
    row = WarehouseFactory.create(seller=owner.seller, code="SZ-1", name="Old")
    response = page.post(reverse("stock_settings:warehouse", args=[row.public_id]), {"name": " "})
    assert response.status_code == 422
    assert _names(owner) == [("SZ-1", "Old")]


def test_a_packer_has_no_settings(client: Client, db: None) -> None:
    packer = MembershipFactory.create(role=Role.PACKER)
    client.force_login(packer.user)
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"code": "X", "name": "X"}).status_code == 403
    assert _names(packer) == []
