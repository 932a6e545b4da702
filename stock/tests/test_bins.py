"""Bins: codes of a shelf, what lies where, and what the database refuses."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from core.actor import Actor
from core.errors import Forbidden, Invalid, NotFound, Refused
from sellers.access import scopes_of
from sellers.models import Membership, Role, User
from stock.actions.bins import assign_bins, create_bins, delete_bins, set_bins
from stock.bin_codes import expand
from stock.models import Bin, StockLevel, Warehouse
from testing.factories import (
    STAFF,
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    WarehouseFactory,
)

URL = reverse("stock_settings:bins")


def test_each_group_runs_from_its_first_to_its_last() -> None:
    assert expand("A-09-1", "b-10-2") == [
        *("A-09-1", "A-09-2", "A-10-1", "A-10-2"),
        *("B-09-1", "B-09-2", "B-10-1", "B-10-2"),
    ]


def test_every_second_aisle_may_be_walked_from_its_end() -> None:
    assert expand("A-1", "C-3", snake=True) == [
        *("A-1", "A-2", "A-3", "B-3", "B-2", "B-1", "C-1", "C-2", "C-3"),
    ]


@pytest.mark.parametrize(
    ("first", "last", "pointer"),
    [
        ("", "A-2", "/first"),
        ("A 1", "A-2", "/first"),
        ("A-1", "A-2-3", "/last"),
        ("A-2", "A-1", "/last"),
        ("A-1", "A-10", "/last"),
        ("AA-1", "AB-1", "/last"),
        ("A-0001-1", "B-9999-9", "/last"),
        ("A-0000000000", "A-9999999999", "/last"),
        ("A" * 41, "A" * 41, "/first"),
    ],
)
def test_what_is_no_range_says_where(first: str, last: str, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        expand(first, last)
    assert {e.pointer for e in caught.value.errors} & {pointer}


@pytest.fixture
def house(db: None) -> Warehouse:
    return WarehouseFactory.create()


def test_bins_are_made_once_and_in_walking_order(house: Warehouse) -> None:
    seller = house.seller
    assert create_bins(
        seller=seller, warehouse=house, first="B-1", last="B-2", actor=STAFF
    ) == 2  # fmt: skip
    assert create_bins(
        seller=seller, warehouse=house, first="A-1", last="B-2", actor=STAFF
    ) == 2  # fmt: skip
    assert list(Bin.objects.order_by("walk_order").values_list("code", "walk_order")) == [
        *(("B-1", 10), ("B-2", 20), ("A-1", 30), ("A-2", 40)),
    ]


def test_a_packer_makes_no_bins(house: Warehouse) -> None:
    packer = Actor("user", 1, "p", scopes_of(Role.PACKER))
    with pytest.raises(Forbidden):
        create_bins(seller=house.seller, warehouse=house, first="A-1", last="A-2", actor=packer)
    assert not Bin.objects.exists()


def test_skus_are_put_into_bins_by_code_or_barcode(house: Warehouse) -> None:
    seller = house.seller
    create_bins(seller=seller, warehouse=house, first="A-1", last="A-2", actor=STAFF)
    mug = SkuFactory.create(seller=seller, code="MUG")
    cup = StockLevelFactory.create(
        seller=seller, warehouse=house, sku=SkuFactory(seller=seller, barcode="6901")
    )
    places = {"MUG": "a-1", "6901": "A-1"}
    assert assign_bins(seller=seller, warehouse=house, places=places, actor=STAFF) == 2
    assert set(StockLevel.objects.values_list("sku", "bin__code")) == {
        (mug.pk, "A-1"),
        (cup.sku_id, "A-1"),
    }
    assert assign_bins(seller=seller, warehouse=house, places={"MUG": ""}, actor=STAFF) == 1
    assert StockLevel.objects.get(sku=mug).bin is None


def test_one_wrong_line_changes_nothing_and_is_named(house: Warehouse) -> None:
    seller = house.seller
    create_bins(seller=seller, warehouse=house, first="A-1", last="A-2", actor=STAFF)
    SkuFactory.create(seller=seller, code="MUG")
    SkuFactory.create(code="THEIRS")
    with pytest.raises(Invalid) as caught:
        assign_bins(
            seller=seller,
            warehouse=house,
            places={"MUG": "A-1", "THEIRS": "A-2", "CUP": "A-1"},
            actor=STAFF,
        )
    assert [e.pointer for e in caught.value.errors] == ["/1", "/2"]
    assert not StockLevel.objects.filter(bin__isnull=False).exists()


def test_a_bin_of_another_warehouse_is_not_found(house: Warehouse) -> None:
    other = WarehouseFactory.create(seller=house.seller)
    create_bins(seller=house.seller, warehouse=other, first="A-1", last="A-1", actor=STAFF)
    sku = SkuFactory.create(seller=house.seller)
    with pytest.raises(NotFound):
        set_bins(
            seller=house.seller,
            places={(sku.pk, house.pk): Bin.objects.get().pk},
            actor=STAFF,
        )
    assert not StockLevel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_bin_of_another_warehouse() -> None:
    level = StockLevelFactory.create()
    other = WarehouseFactory.create(seller=level.seller)
    bin_ = Bin.objects.create(seller=level.seller, warehouse=other, code="A-1")
    with (
        pytest.raises(DatabaseError, match="level_bin_of_its_warehouse"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE stock_stocklevel SET bin_id = %s WHERE id = %s", [bin_.pk, level.pk])


def test_a_bin_with_goods_stays(house: Warehouse) -> None:
    create_bins(seller=house.seller, warehouse=house, first="A-1", last="A-2", actor=STAFF)
    full, empty = Bin.objects.order_by("code")
    StockLevelFactory.create(seller=house.seller, warehouse=house, bin=full)
    with pytest.raises(Refused) as caught:
        delete_bins(seller=house.seller, bins=[full.pk, empty.pk], actor=STAFF)
    assert caught.value.code == "bin_in_use"
    assert Bin.objects.count() == 2
    assert delete_bins(seller=house.seller, bins=[empty.pk], actor=STAFF) == 1


# --- the page ----------------------------------------------------------------------------------


@pytest.fixture
def owner(house: Warehouse) -> Membership:
    return MembershipFactory.create(seller=house.seller, role=Role.OWNER)


@pytest.fixture
def page(owner: Membership, client: Client) -> Client:
    client.force_login(owner.user)
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_renders_in_both_languages(
    page: Client, owner: Membership, house: Warehouse, language: str
) -> None:
    User.objects.filter(pk=owner.user.pk).update(language=language)
    assert page.get(URL).status_code == 200
    create_bins(seller=house.seller, warehouse=house, first="A-1", last="A-9", actor=STAFF)
    html = page.get(URL).content.decode()
    assert f'<html lang="{language}"' in html
    assert "A-9" in html


def test_a_shelf_is_added_and_filled_on_the_page(page: Client, house: Warehouse) -> None:
    SkuFactory.create(seller=house.seller, code="MUG")
    assert page.post(URL, {"what": "shelf", "first": "A-1", "last": "A-2"}).status_code == 302
    answer = page.post(URL, {"what": "assign", "places": "MUG\tA-2\r\n"})
    assert answer.status_code == 302
    assert StockLevel.objects.get().bin == Bin.objects.get(code="A-2")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("MUG\tA-1\nCUP\n", "Line 2: a SKU and a bin."),
        ('MUG\tA-1\n"CUP\tA-1', "Line 2: a SKU and a bin."),
        ("MUG\tA-1\nMUG\tA-1", "Line 2: “MUG” is named twice."),
        ("\nMUG\tA-1\n\nTEA\tA-1", "Line 4: There is no SKU “TEA”."),
        ("MUG\tZ-9", "Line 1: There is no bin “Z-9”"),
    ],
)
def test_a_torn_sheet_is_answered_line_by_line(
    page: Client, house: Warehouse, text: str, says: str
) -> None:
    create_bins(seller=house.seller, warehouse=house, first="A-1", last="A-1", actor=STAFF)
    SkuFactory.create(seller=house.seller, code="MUG")
    answer = page.post(URL, {"what": "assign", "places": text})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not StockLevel.objects.exists()


def test_another_shops_warehouse_is_not_found(page: Client) -> None:
    other = WarehouseFactory.create()
    assert page.get(URL, {"warehouse": other.public_id}).status_code == 404


def test_the_bin_is_set_on_the_page_of_a_sku(page: Client, house: Warehouse) -> None:
    create_bins(seller=house.seller, warehouse=house, first="A-1", last="A-1", actor=STAFF)
    level = StockLevelFactory.create(seller=house.seller, warehouse=house)
    url = reverse("stock:reorder", args=[level.sku.public_id])
    page.post(url, {f"bin-{house.public_id}": "A-1", f"point-{house.public_id}": "7"})
    level.refresh_from_db()
    assert (level.bin, level.reorder_point) == (Bin.objects.get(), 7)
    page.post(url, {f"bin-{house.public_id}": "A-7", f"point-{house.public_id}": "9"})
    level.refresh_from_db()
    assert (level.bin, level.reorder_point) == (Bin.objects.get(), 7)
