"""The pages of stock, by what people do there."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from sellers.models import Membership, Role, User
from stock.models import Sku, StockLevel, StockMovement, Warehouse
from testing.factories import (
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    WarehouseFactory,
    make_orders,
)


@pytest.fixture
def owner(db: None) -> Membership:
    return MembershipFactory.create(role=Role.OWNER)


@pytest.fixture
def page(owner: Membership, client: Client) -> Client:
    client.force_login(owner.user)
    return client


@pytest.fixture
def level(owner: Membership) -> StockLevel:
    return StockLevelFactory.create(
        seller=owner.seller, sku=SkuFactory(seller=owner.seller, code="CUP-1"), on_hand=10
    )


def login(client: Client, owner: Membership, role: str) -> Client:
    client.force_login(MembershipFactory.create(seller=owner.seller, role=role).user)
    return client


def urls_of(sku: Sku) -> list[str]:
    return [
        reverse("stock:levels"),
        reverse("stock:movements"),
        reverse("stock:receive"),
        reverse("stock:new"),
        reverse("stock:sku", args=[sku.public_id]),
        reverse("stock:edit", args=[sku.public_id]),
        reverse("shortages:list"),
        reverse("shortages:unmapped"),
        reverse("shortages:sku", args=[sku.public_id]),
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_page_renders_in_both_languages_without_inline_style_or_script(
    page: Client, owner: Membership, level: StockLevel, language: str
) -> None:
    User.objects.filter(pk=owner.user.pk).update(language=language)
    make_orders(2, seller=owner.seller, lines=[(level.sku, 8), ("STRANGE", 1)])
    for url in urls_of(level.sku):
        response = page.get(url)
        html = response.content.decode()
        assert response.status_code == 200, url
        assert f'<html lang="{language}"' in html
        assert "style=" not in html, url
        assert "<script>" not in html, url


def test_pages_render_for_a_shop_without_anything(page: Client) -> None:
    for name in ("stock:levels", "stock:movements", "stock:receive", "shortages:list",
                 "shortages:unmapped"):  # fmt: skip
        assert page.get(reverse(name)).status_code == 200


def test_a_stranger_finds_no_sku(client: Client, level: StockLevel) -> None:
    client.force_login(MembershipFactory.create(role=Role.OWNER).user)
    sku = level.sku.public_id
    for name in ("stock:sku", "stock:edit", "shortages:sku"):
        assert client.get(reverse(name, args=[sku])).status_code == 404
    for name in ("stock:post", "stock:reorder", "stock:edit"):
        assert client.post(reverse(name, args=[sku])).status_code == 404
    assert StockMovement.objects.count() == 1


@pytest.mark.parametrize("text", ["nonsense", "sku_", "ord_abc", "sku_zzzzzzzzzz"])
def test_what_is_no_id_is_not_found(page: Client, text: str) -> None:
    assert page.get(reverse("stock:sku", args=[text])).status_code == 404
    assert page.get(reverse("shortages:sku", args=[text])).status_code == 404


def test_support_sees_no_stock(client: Client, owner: Membership, level: StockLevel) -> None:
    login(client, owner, Role.SUPPORT)
    for url in urls_of(level.sku):
        assert client.get(url).status_code == 403, url


def test_a_packer_sees_stock_without_prices_and_changes_nothing(
    client: Client, owner: Membership, level: StockLevel
) -> None:
    Sku.objects.update(price="88.31", price_currency="USD")
    make_orders(1, seller=owner.seller, lines=[(level.sku, 30)])
    login(client, owner, Role.PACKER)
    sku = level.sku.public_id
    html = client.get(reverse("stock:sku", args=[sku])).content.decode()
    assert "CUP-1" in html
    assert "88.31" not in html
    assert "Fine" not in client.get(reverse("shortages:sku", args=[sku])).content.decode()
    for name in ("stock:edit", "stock:post"):
        assert client.post(reverse(name, args=[sku])).status_code == 403
    assert client.get(reverse("stock:receive")).status_code == 403


def test_the_list_tells_on_hand_reserved_available_wanted_and_short(
    page: Client, owner: Membership, level: StockLevel
) -> None:
    StockLevel.objects.filter(pk=level.pk).update(reserved=3)
    make_orders(2, seller=owner.seller, lines=[(level.sku, 5)])
    (row,) = page.get(reverse("stock:levels")).context["rows"]
    assert (row.on_hand, row.reserved, row.available) == (10, 3, 7)
    assert (row.want.units, row.want.orders, row.want.ready, row.short) == (10, 2, 0, 3)


@pytest.mark.parametrize("q", ["cup", "6901", "Celadon", "青瓷"])
def test_a_sku_is_found_by_code_barcode_and_names(page: Client, owner: Membership, q: str) -> None:
    SkuFactory(
        seller=owner.seller, code="CUP-9", barcode="6901", name="Celadon mug", name_zh="青瓷杯"
    )
    SkuFactory(seller=owner.seller, code="BOX", name="Box")
    rows = page.get(reverse("stock:levels"), {"q": q}).context["rows"]
    assert [row.sku.code for row in rows] == ["CUP-9"]


def test_the_list_narrows_to_low_out_short_and_off_sale(page: Client, owner: Membership) -> None:
    seller, warehouse = owner.seller, WarehouseFactory(seller=owner.seller)
    skus = {c: SkuFactory(seller=seller, code=c) for c in ("LOW", "OUT", "SHORT", "OFF", "FINE")}
    for code, n, point in (("LOW", 5, 5), ("SHORT", 2, 0), ("OFF", 9, 0), ("FINE", 9, 3)):
        StockLevelFactory(
            seller=seller, sku=skus[code], warehouse=warehouse, on_hand=n, reorder_point=point
        )
    Sku.objects.filter(code="OFF").update(on_sale=False)
    make_orders(1, seller=seller, lines=[(skus["SHORT"], 3)])

    def shown(show: str) -> list[str]:
        rows = page.get(reverse("stock:levels"), {"show": show}).context["rows"]
        return [row.sku.code for row in rows]

    assert shown("low") == ["LOW"]
    assert shown("out") == ["OUT"]
    assert shown("short") == ["SHORT"]
    assert shown("off_sale") == ["OFF"]
    assert len(shown("")) == len(shown("nonsense")) == 5


def test_a_list_can_be_read_to_its_end(page: Client, owner: Membership) -> None:
    Sku.objects.bulk_create(Sku(seller=owner.seller, code=f"S{i:03}") for i in range(120))
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        context = page.get(reverse("stock:levels"), {"cursor": cursor}).context
        seen += [row.sku.code for row in context["rows"]]
        cursor = context["page"].next_cursor
    assert seen == [f"S{i:03}" for i in range(120)]
    assert cursor == ""


def test_a_movement_is_booked_from_the_page(page: Client, level: StockLevel) -> None:
    url = reverse("stock:post", args=[level.sku.public_id])
    said = {"kind": "write_off", "warehouse": level.warehouse.pk, "quantity": 4, "reason": "wet"}
    assert page.post(url, said).status_code == 302
    level.refresh_from_db()
    assert level.on_hand == 6
    newest = StockMovement.objects.latest("pk")
    assert (newest.kind, newest.on_hand, newest.reason) == ("write_off", -4, "wet")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "write_off", "quantity": "4"}, "reason"),
        ({"kind": "receive", "quantity": "-4"}, "quantity"),
        ({"kind": "receive", "quantity": "0"}, "quantity"),
        ({"kind": "receive", "quantity": "many"}, "quantity"),
        ({"kind": "ship", "quantity": "1"}, "kind"),
        ({"kind": "write_off", "quantity": "9999", "reason": "x"}, "__all__"),
    ],
)
def test_a_movement_that_cannot_be_says_why_beside_the_field(
    page: Client, level: StockLevel, said: dict[str, str], field: str
) -> None:
    url = reverse("stock:post", args=[level.sku.public_id])
    response = page.post(url, {"warehouse": level.warehouse.pk, **said})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    level.refresh_from_db()
    assert level.on_hand == 10


def test_nothing_is_booked_into_a_warehouse_of_somebody_else(
    page: Client, level: StockLevel
) -> None:
    other = WarehouseFactory()
    url = reverse("stock:post", args=[level.sku.public_id])
    response = page.post(url, {"kind": "receive", "quantity": 1, "warehouse": other.pk})
    assert list(response.context["form"].errors) == ["warehouse"]
    assert StockMovement.objects.count() == 1


def test_a_delivery_is_booked_by_code_and_by_barcode(
    page: Client, owner: Membership, level: StockLevel
) -> None:
    SkuFactory(seller=owner.seller, code="BOX 1", barcode="6901234")
    lines = "CUP-1\t5\n\n6901234, 7\r\nBOX 1 2\n"
    said = {"warehouse": level.warehouse.pk, "reference": "PO-7", "lines": lines}
    response = page.post(reverse("stock:receive"), said, follow=True)
    assert [str(m) for m in response.context["messages"]] == ["14 units received."]
    assert dict(StockLevel.objects.values_list("sku__code", "on_hand")) == {
        "CUP-1": 15,
        "BOX 1": 9,
    }
    assert StockMovement.objects.filter(reference="PO-7").count() == 3


def test_a_delivery_with_a_wrong_line_books_nothing_and_names_the_lines(
    page: Client, level: StockLevel
) -> None:
    lines = "CUP-1\t5\nNONE\t3\nCUP-1\nCUP-1\t0\nCUP-1\t-3"
    said = {"warehouse": level.warehouse.pk, "lines": lines}
    response = page.post(reverse("stock:receive"), said)
    assert response.status_code == 422
    assert sorted(e.split(":")[0] for e in response.context["form"].errors["lines"]) == [
        "Line 2", "Line 3", "Line 4", "Line 5",
    ]  # fmt: skip
    assert StockMovement.objects.count() == 1


def test_after_a_delivery_the_orders_that_wait_are_offered_and_allocated(
    page: Client, owner: Membership, level: StockLevel
) -> None:
    orders = make_orders(3, seller=owner.seller, lines=[(level.sku, 8)], stage="accepted")
    said = {"warehouse": level.warehouse.pk, "lines": "CUP-1 6"}
    response = page.post(reverse("stock:receive"), said, follow=True)
    assert response.context["ready"] == 3
    assert "3 accepted orders wait for this" in response.content.decode()
    result = page.post(reverse("shortages:allocate"), {"sku": [level.sku.public_id]})
    assert result.context["outcome"].summary == {"done": 2, "already": 0, "refused": 1}
    stages = [type(o).objects.get(pk=o.pk).stage for o in orders]
    assert sorted(stages) == ["accepted", "stocked", "stocked"]


def test_nobody_allocates_for_another_shop(client: Client, owner: Membership) -> None:
    level = StockLevelFactory.create(seller=owner.seller)
    order = make_orders(1, seller=owner.seller, lines=[(level.sku, 1)], stage="accepted")[0]
    client.force_login(MembershipFactory.create(role=Role.OWNER).user)
    client.post(reverse("shortages:allocate"), {"sku": [level.sku.public_id]})
    order.refresh_from_db()
    assert order.stage == "accepted"


def test_shortages_tell_what_is_missing_for_how_many_orders(
    page: Client, owner: Membership, level: StockLevel
) -> None:
    make_orders(2, seller=owner.seller, lines=[(level.sku, 8)], stage="accepted")
    make_orders(1, seller=owner.seller, lines=[(level.sku, 1)])
    make_orders(1, seller=owner.seller, lines=[(level.sku, 5)], stage="cancelled")
    make_orders(1, lines=None)
    (found,) = page.get(reverse("shortages:list")).context["rows"]
    row = found["row"]
    assert found["sku"] == level.sku
    assert (row.missing, row.wanted, row.available, row.orders, row.ready) == (7, 17, 10, 3, 2)


def test_the_page_of_a_shortage_lists_exactly_the_orders_that_wait(
    page: Client, owner: Membership, level: StockLevel
) -> None:
    waiting = make_orders(2, seller=owner.seller, lines=[(level.sku, 8)], stage="accepted")
    make_orders(1, seller=owner.seller, lines=[(level.sku, 1)], stage="stocked")
    context = page.get(reverse("shortages:sku", args=[level.sku.public_id])).context
    assert [row["order"].pk for row in context["rows"]] == [o.pk for o in waiting]
    assert [row["units"] for row in context["rows"]] == [8, 8]
    assert context["waiting"] == 2


def test_unknown_codes_lead_to_a_new_sku_with_that_code(page: Client, owner: Membership) -> None:
    make_orders(2, seller=owner.seller, lines=[("GIFT-1", 3)])
    make_orders(1, lines=[("OTHERS", 3)])
    context = page.get(reverse("shortages:unmapped")).context
    ((row, orders),) = context["rows"]
    assert (row.code, row.units, row.orders, len(orders)) == ("GIFT-1", 6, 2, 2)
    form = page.get(reverse("stock:new"), {"code": "GIFT-1"}).context["form"]
    assert form["code"].value() == "GIFT-1"


def test_a_sku_is_added_and_changed(page: Client, owner: Membership) -> None:
    said = {
        "code": "NEW-1", "name": "Thing", "declared_value": "2.5", "declared_currency": "USD",
        "price_currency": "CNY", "weight_grams": "120", "length_mm": "0", "width_mm": "0",
        "height_mm": "0", "on_sale": "on",
    }  # fmt: skip
    assert page.post(reverse("stock:new"), said).status_code == 302
    sku = Sku.objects.get(seller=owner.seller)
    assert (sku.code, sku.weight_grams, sku.on_sale) == ("NEW-1", 120, True)
    said |= {"name": "Other", "on_sale": ""}
    page.post(reverse("stock:edit", args=[sku.public_id]), said)
    sku.refresh_from_db()
    assert (sku.name, sku.version, sku.on_sale) == ("Other", 2, False)


def test_a_code_that_exists_is_said_beside_the_code(page: Client, level: StockLevel) -> None:
    response = page.post(reverse("stock:new"), {
        "code": "CUP-1", "name": "Thing", "declared_value": "2.5", "declared_currency": "USD",
        "price_currency": "CNY", "weight_grams": "0", "length_mm": "0", "width_mm": "0",
        "height_mm": "0",
    })  # fmt: skip
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["code"]
    assert Sku.objects.count() == 1


def test_reorder_points_are_saved_per_warehouse(page: Client, level: StockLevel) -> None:
    other = WarehouseFactory(seller=level.seller)
    url = reverse("stock:reorder", args=[level.sku.public_id])
    page.post(url, {
        f"point-{level.warehouse.public_id}": "12", f"point-{other.public_id}": "3",
    })  # fmt: skip
    found = dict(StockLevel.objects.values_list("warehouse", "reorder_point"))
    assert found == {level.warehouse.pk: 12, other.pk: 3}
    level.refresh_from_db()
    assert level.on_hand == 10


@pytest.mark.parametrize("text", ["-1", "much", "99999999"])
def test_a_reorder_point_that_is_none_changes_nothing(
    page: Client, level: StockLevel, text: str
) -> None:
    url = reverse("stock:reorder", args=[level.sku.public_id])
    page.post(url, {f"point-{level.warehouse.public_id}": text})
    level.refresh_from_db()
    assert level.reorder_point == 0


def test_a_reorder_point_of_somebody_elses_warehouse_is_not_found(
    page: Client, level: StockLevel
) -> None:
    url = reverse("stock:reorder", args=[level.sku.public_id])
    response = page.post(url, {f"point-{WarehouseFactory().public_id}": "5"})
    assert response.status_code == 404
    assert StockLevel.objects.count() == 1


@pytest.fixture
def fill(owner: Membership) -> Callable[[int], Sku]:
    """A shop with so many SKUs, all short, each with an order, and so many movements of one."""

    def make(n: int) -> Sku:
        seller = owner.seller
        warehouses = Warehouse.objects.bulk_create(
            Warehouse(seller=seller, code=c, name=c) for c in ("A", "B")
        )
        skus = Sku.objects.bulk_create(Sku(seller=seller, code=f"S{i:04}") for i in range(n))
        levels = StockLevel.objects.bulk_create(
            StockLevel(seller=seller, sku=sku, warehouse=w, on_hand=1)
            for sku in skus
            for w in warehouses
        )
        StockMovement.objects.bulk_create(
            StockMovement(
                seller=seller, level=levels[0], kind="receive", on_hand=1, reserved=0, actor="x"
            )
            for _ in range(n)
        )
        make_orders(1, seller=seller, lines=[(sku, 5) for sku in skus])
        make_orders(1, seller=seller, lines=[(f"U{i}", 1) for i in range(n)])
        make_orders(n, seller=seller, lines=[(skus[0], 1)])
        return skus[0]

    return make


@pytest.mark.parametrize("n", [1, 120])
def test_every_list_takes_the_same_queries_whatever_it_holds(
    page: Client, fill: Callable[[int], Sku], n: int
) -> None:
    sku = fill(n)
    taken = {}
    for url in urls_of(sku):
        with CaptureQueriesContext(connection) as queries:
            assert page.get(url).status_code == 200
        taken[resolve(url).view_name] = len(queries)
    assert taken == {
        "stock:levels": 6,
        "stock:movements": 3,
        "stock:receive": 5,
        "stock:new": 2,
        "stock:sku": 14,
        "stock:edit": 3,
        "shortages:list": 8,
        "shortages:unmapped": 4,
        "shortages:sku": 12,
    }
