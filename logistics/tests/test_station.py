"""The pack station: scans in, parcels out, and nothing wrong leaves."""

import io
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from core.actor import Actor
from core.errors import Forbidden
from logistics import command_sheet
from logistics.actions.boxes import add_check, save_box, save_pack_settings
from logistics.actions.station import enter
from logistics.actions.station_base import Answer
from logistics.actions.waves import make_wave
from logistics.models import (
    PackOrder,
    PackPhoto,
    PackSession,
    Pick,
    Scan,
    Shipment,
    ShipmentLine,
    Wave,
)
from logistics.tests.conftest import Shop
from logistics.tests.test_waves import sound
from orders.actions.cancel import cancel_units
from orders.models import Order, OrderEvent
from sellers.access import scopes_of
from sellers.models import Membership, Role, User
from stock.models import StockMovement
from testing.factories import (
    STAFF,
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    make_orders,
)

_ids = count(1)


def person(member: Membership) -> Actor:
    return Actor("user", member.user_id, str(member.user), scopes_of(member.role))


@pytest.fixture
def member(shop: Shop) -> Membership:
    return MembershipFactory.create(seller=shop.seller, role=Role.PACKER)


class Table:
    """A packer at a table."""

    def __init__(self, shop: Shop, member: Membership) -> None:
        self.shop, self.member, self.actor = shop, member, person(member)

    def scan(self, text: str, *, client_id: str = "", **more: Any) -> Answer:
        return enter(
            seller=self.shop.seller,
            actor=self.actor,
            text=text,
            client_id=client_id or f"c{next(_ids)}",
            **more,
        )

    def tell(self, what: str, **fields: str) -> Answer:
        return self.scan("", what=what, fields=fields)

    def right(self, *texts: str) -> Answer:
        for text in texts:
            answer = self.scan(text)
            assert answer.result != "wrong", (text, answer.message)
        return answer

    def wrong(self, text: str, **more: Any) -> str:
        answer = self.scan(text, **more)
        assert answer.result == "wrong", (text, answer.message)
        return answer.message


@pytest.fixture
def table(shop: Shop, member: Membership) -> Table:
    """A table of a shop that asks for nothing but the units."""
    save_pack_settings(seller=shop.seller, actor=STAFF, ask_box=False, ask_weight=False)
    shop.sku.barcode = "6900000000001"
    shop.sku.save()
    return Table(shop, member)


@pytest.fixture
def careful(shop: Shop, member: Membership) -> Table:
    """A table of a shop with boxes, scales and 300 g SKUs of 10 × 10 × 10 cm."""
    type(shop.sku).objects.filter(pk=shop.sku.pk).update(
        length_mm=100, width_mm=100, height_mm=100, barcode="6900000000001"
    )
    for code, mm, limit in (("S", 110, None), ("M", 220, None), ("L", 400, 700)):
        save_box(seller=shop.seller, actor=STAFF, code=code, length_mm=mm, width_mm=mm,
                 height_mm=110, weight_grams=40, limit_grams=limit)  # fmt: skip
    return Table(shop, member)


def contents() -> list[tuple[int, int]]:
    rows = ShipmentLine.objects.exclude(shipment__state="void").order_by("order", "line")
    return list(rows.values_list("order", "quantity"))


# --- the plain way -----------------------------------------------------------------------------


def test_the_last_unit_closes_the_parcel(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=3)
    assert table.right(order.number).table is not None
    assert table.right("6900000000001").result == "right"
    assert Shipment.objects.count() == 0
    answer = table.right(f"2*{shop.sku.code.lower()}")
    assert answer.result == "closed"
    order.refresh_from_db()
    assert (order.stage, contents()) == ("packed", [(order.pk, 3)])
    session = PackSession.objects.get()
    assert (session.outcome, session.shipment) == ("packed", Shipment.objects.get())
    assert not PackOrder.objects.filter(open=True).exists()
    sound()


@pytest.mark.parametrize("text", ["1234", "NOBODY", "' OR 1=1", "打包", "x" * 500, "\x00"])
def test_what_nobody_knows_changes_nothing(shop: Shop, table: Table, text: str) -> None:
    (order,) = shop.orders(1, stage="stocked")
    table.wrong(text)
    table.right(order.number)
    table.wrong(text)
    assert PackSession.objects.get().outcome == "open"
    assert not Scan.objects.exclude(quantity=0).exists()


def test_another_shops_codes_are_unknown(
    shop: Shop, table: Table, make_shop: Callable[..., Shop]
) -> None:
    theirs = make_shop()
    theirs.sku.barcode = "6999999999999"
    theirs.sku.save()
    (order,) = theirs.orders(1, stage="stocked")
    for text in (order.number, "6999999999999", theirs.sku.code):
        assert "Nobody here knows" in table.wrong(text)
    assert not PackSession.objects.exists()


def test_a_wrong_item_does_not_count(shop: Shop, table: Table) -> None:
    other = SkuFactory.create(seller=shop.seller, code="CUP")
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number, shop.sku.code)
    assert other.code in table.wrong("CUP")
    assert "Only 1 more unit" in table.wrong(f"2*{shop.sku.code}")
    assert table.right(shop.sku.code).result == "closed"


@pytest.mark.parametrize("n", ["0", "10001", "1000000000", "9999999999"])
def test_impossible_quantities_do_not_count(shop: Shop, table: Table, n: str) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number)
    table.wrong(f"{n}*{shop.sku.code}")
    table.wrong(f"-1*{shop.sku.code}")
    assert not Scan.objects.exclude(quantity=0).exists()


def test_unscanned_lines_block_closing(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number, shop.sku.code)
    assert "1 × " in table.wrong("CLOSE")
    assert not Shipment.objects.exists()


def test_an_order_that_cannot_be_packed_says_why(shop: Shop, table: Table) -> None:
    (new,) = shop.orders(1)
    (held,) = shop.orders(1, stage="stocked")
    shop.act("hold", [held], reason="buyer")
    (packed,) = shop.orders(1, stage="packed")
    (cancelled,) = shop.orders(1, stage="cancelled")
    for order in (new, held, packed, cancelled):
        assert order.number in table.wrong(order.number)
    assert not PackSession.objects.exists()


# --- once, however often it is sent ------------------------------------------------------------


def test_a_scan_counts_once_however_often_it_is_sent(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=3)
    table.scan(order.number, client_id="o")
    table.scan(order.number, client_id="o")
    first = table.scan(shop.sku.code, client_id="u")
    again = table.scan(shop.sku.code, client_id="u")
    assert (again.result, again.message, again.again) == (first.result, first.message, True)
    assert Scan.objects.filter(kind="unit").count() == 1


def test_the_last_scan_sent_again_is_told_that_the_parcel_is_closed(
    shop: Shop, table: Table
) -> None:
    (order,) = shop.orders(1, stage="stocked")
    table.right(order.number)
    assert table.scan(shop.sku.code, client_id="last").result == "closed"
    assert table.scan(shop.sku.code, client_id="last").result == "closed"
    assert Shipment.objects.count() == 1


def test_a_wrong_scan_stays_wrong_when_it_is_sent_again(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number, shop.sku.code)
    assert table.scan(f"2*{shop.sku.code}", client_id="w").result == "wrong"
    table.right("UNDO")
    assert table.scan(f"2*{shop.sku.code}", client_id="w").result == "wrong"
    assert not Shipment.objects.exists()


def test_a_scan_for_a_parcel_that_is_gone_is_not_counted_for_the_next(
    shop: Shop, table: Table
) -> None:
    a, b = shop.orders(2, stage="stocked", units=1)
    old = table.right(a.number).table
    assert old is not None
    table.right(shop.sku.code, b.number)
    message = table.wrong(shop.sku.code, session=old.session.public_id)
    assert "This page is old" in message
    assert contents() == [(a.pk, 1)]


def test_the_database_counts_a_client_id_once(shop: Shop) -> None:
    Scan.objects.create(seller=shop.seller, client_id="x", kind="other", result="right", actor="a")
    with pytest.raises(IntegrityError, match="scan_once"), transaction.atomic():
        Scan.objects.create(
            seller=shop.seller, client_id="x", kind="other", result="right", actor="a"
        )


_SECOND_TABLE = """
INSERT INTO logistics_packorder (seller_id, session_id, order_id, address, open)
SELECT seller_id, {other}, order_id, '', true FROM logistics_packorder
"""
_SECOND_PARCEL = """
UPDATE logistics_packsession
SET packer_id = (SELECT packer_id FROM logistics_packsession WHERE id = {mine})
"""


@pytest.mark.parametrize(
    ("change", "by"),
    [
        (_SECOND_TABLE, "order_packed_in_one_place"),
        (_SECOND_PARCEL, "one_parcel_at_a_time"),
        ("UPDATE logistics_packsession SET outcome = 'packed'", "session_outcome"),
    ],
)
def test_the_database_refuses_what_must_not_be(
    shop: Shop, table: Table, change: str, by: str
) -> None:
    (order,) = shop.orders(1, stage="stocked")
    mine = table.right(order.number).table
    assert mine is not None
    other = PackSession.objects.create(
        seller=shop.seller, packer=MembershipFactory(seller=shop.seller).user
    )
    with (
        pytest.raises(IntegrityError, match=by),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format(other=other.pk, mine=mine.session.pk))


# --- taking back -------------------------------------------------------------------------------


def test_undo_takes_the_last_scan_back(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=4)
    answer = table.right(order.number, shop.sku.code, f"2*{shop.sku.code}", "UNDO")
    assert answer.table is not None
    assert sum(answer.table.state.counts.values()) == 1
    answer = table.right("UNDO")
    assert answer.table is not None
    assert answer.table.state.units == 0
    table.wrong("UNDO")


def test_out_takes_a_unit_out(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=3)
    answer = table.right(order.number, f"2*{shop.sku.code}", "OUT", shop.sku.code)
    assert answer.table is not None
    assert answer.table.state.units == 1
    table.right("OUT")
    table.wrong(f"2*{shop.sku.code}")


def test_a_packed_parcel_is_undone_until_it_is_handed_over(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked")
    table.right(order.number, shop.sku.code, "UNDO")
    order.refresh_from_db()
    assert (order.stage, Shipment.objects.get().state) == ("stocked", "void")
    assert OrderEvent.objects.filter(order=order, kind="unpacked").exists()
    table.right(order.number, shop.sku.code)
    shop.act("ship", [order])
    table.wrong("UNDO")
    order.refresh_from_db()
    assert order.stage == "shipped"
    sound()


def test_leave_puts_the_order_aside(shop: Shop, table: Table) -> None:
    a, b = shop.orders(2, stage="stocked", units=2)
    table.right(a.number, shop.sku.code, "LEAVE", b.number)
    assert PackSession.objects.filter(outcome="left").count() == 1
    answer = table.right("LEAVE", a.number)
    assert answer.table is not None
    assert answer.table.state.units == 0, "what was scanned before came out of the box"


# --- stopped at the last scan ------------------------------------------------------------------


def stopped(shop: Shop, table: Table, order: Order) -> str:
    message = table.wrong(shop.sku.code)
    assert not Shipment.objects.exists()
    session = PackSession.objects.get()
    assert session.outcome == "open"
    assert table.wrong("CLOSE") == message
    return message


def test_a_hold_stops_the_last_scan(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number, shop.sku.code)
    shop.act("hold", [order], reason="address")
    assert "on hold" in stopped(shop, table, order)
    shop.act("release", [order])
    assert table.right("CLOSE").result == "closed"
    assert contents() == [(order.pk, 2)]


def test_a_buyer_who_asks_to_cancel_stops_the_last_scan(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked")
    table.right(order.number)
    shop.act("hold", [order], reason="cancellation")
    assert "asks to cancel" in stopped(shop, table, order)


def test_another_address_stops_the_last_scan_until_it_was_seen(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked")
    table.right(order.number)
    Order.objects.filter(pk=order.pk).update(address="Rua Nova 1")
    assert "address" in stopped(shop, table, order)
    assert table.tell("address").result == "closed"


def test_a_cancelled_order_stops_the_last_scan(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number, shop.sku.code)
    shop.act("cancel", [order])
    assert "cancelled" in table.wrong(shop.sku.code)
    assert "cancelled" in table.wrong("CLOSE")
    table.right("LEAVE")
    assert not Shipment.objects.exists()
    sound()


def test_a_cancelled_unit_must_come_out_again(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=3)
    table.right(order.number, f"2*{shop.sku.code}")
    line = order.lines.get()
    cancel_units(seller=shop.seller, order=order.pk, units={line.pk: 2}, actor=STAFF)
    assert "too many" in table.wrong("CLOSE")
    table.right("OUT", shop.sku.code)
    assert table.right("CLOSE").result == "closed"
    assert contents() == [(order.pk, 1)]
    sound()


# --- several -----------------------------------------------------------------------------------


def neighbours(shop: Shop, n: int = 2) -> list[Order]:
    made = make_orders(n, store=shop.store, lines=[(shop.sku, 1)], ship_to_key="one door")
    shop.act("accept", made)
    shop.act("allocate", made)
    return made


def test_orders_of_one_buyer_and_address_go_into_one_parcel(shop: Shop, table: Table) -> None:
    a, b = neighbours(shop)
    answer = table.right(a.number)
    assert answer.table is not None
    assert answer.table.orders[0].siblings == [b.number]
    table.right(b.number, shop.sku.code)
    assert table.right(shop.sku.code).result == "closed"
    assert Shipment.objects.count() == 1
    assert contents() == [(a.pk, 1), (b.pk, 1)]


def test_combine_takes_all_of_them(shop: Shop, table: Table) -> None:
    orders = neighbours(shop, 3)
    table.right(orders[0].number, "COMBINE", f"{shop.sku.code}", shop.sku.code)
    assert table.right(shop.sku.code).result == "closed"
    assert len(contents()) == 3


def test_another_buyers_order_does_not_go_into_the_same_parcel(shop: Shop, table: Table) -> None:
    a, b = shop.orders(2, stage="stocked")
    Order.objects.filter(pk=b.pk).update(ship_to_key="another door")
    table.right(a.number)
    assert "another buyer" in table.wrong(b.number)
    assert PackOrder.objects.count() == 1


def test_an_order_leaves_in_two_parcels(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=3)
    answer = table.right(order.number, shop.sku.code, "SPLIT")
    assert answer.result == "closed"
    assert answer.table is not None, "the rest is on the table by itself"
    assert table.right(f"2*{shop.sku.code}").result == "closed"
    assert contents() == [(order.pk, 1), (order.pk, 2)]
    order.refresh_from_db()
    assert order.stage == "packed"


def test_two_packers_on_one_order(shop: Shop, table: Table) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    mine = table.right(order.number, shop.sku.code).table
    assert mine is not None
    second = Table(shop, MembershipFactory.create(seller=shop.seller, role=Role.PACKER))
    refused = second.scan(order.number)
    assert refused.result == "wrong"
    assert str(table.member.user) in refused.message
    taken = second.tell("take_over", **{"from": refused.data["busy"]})
    assert taken.table is not None
    assert taken.table.state.units == 1, "what was counted stays counted"
    message = table.wrong(shop.sku.code, session=mine.session.public_id)
    assert "taken this parcel over" in message
    assert second.right(shop.sku.code).result == "closed"
    assert contents() == [(order.pk, 2)]


# --- waves -------------------------------------------------------------------------------------


def wave_of(shop: Shop, orders: list[Order]) -> Wave:
    return make_wave(
        seller=shop.seller, warehouse=shop.warehouse, orders=[o.pk for o in orders], actor=STAFF
    )[0]


def test_with_a_wave_an_item_finds_its_order(shop: Shop, table: Table) -> None:
    late, soon = shop.orders(2, stage="stocked")
    Order.objects.filter(pk=soon.pk).update(ship_by=late.paid_at)
    wave = wave_of(shop, [late, soon])
    assert table.right(wave.code).data["wave"] == wave.public_id
    for order in (soon, late):
        assert table.scan(shop.sku.code, wave=wave.pk).result == "closed"
        order.refresh_from_db()
        assert order.stage == "packed"
    assert "No order of this wave" in table.wrong(shop.sku.code, wave=wave.pk)


# --- before it closes --------------------------------------------------------------------------


def test_box_and_weight_are_asked_and_kept(shop: Shop, careful: Table) -> None:
    (order,) = shop.orders(1, stage="stocked")
    answer = careful.right(order.number, shop.sku.code)
    assert answer.table is not None
    assert answer.table.step == "box"
    answer = careful.right("1")
    assert answer.table is not None
    assert (answer.table.step, answer.table.expected_grams()) == ("weight", 340)
    assert careful.right("0.345kg").result == "closed"
    parcel = Shipment.objects.get()
    assert parcel.box is not None
    assert (parcel.box.code, parcel.weight_grams) == ("S", 345)


@pytest.mark.parametrize("text", ["BOX-S", "BOX-L", "BOX-NONE", "4"])
def test_a_box_that_cannot_hold_it_is_refused(shop: Shop, careful: Table, text: str) -> None:
    (order,) = shop.orders(1, stage="stocked", units=3)
    careful.right(order.number, f"3*{shop.sku.code}")
    careful.wrong(text)
    answer = careful.right("BOX-M")
    assert answer.table is not None
    assert answer.table.step == "weight"


@pytest.mark.parametrize("text", ["31kg", "0", "0 g", "-5g", "999999 kg"])
def test_impossible_weights_are_refused(shop: Shop, careful: Table, text: str) -> None:
    (order,) = shop.orders(1, stage="stocked")
    careful.right(order.number, shop.sku.code, "BOX-S")
    careful.wrong(text)
    assert not Shipment.objects.exists()


def test_a_weight_too_far_off_needs_a_reason(shop: Shop, careful: Table) -> None:
    (order,) = shop.orders(1, stage="stocked")
    careful.right(order.number, shop.sku.code, "BOX-S")
    asked = careful.scan("900")
    assert (asked.result, Shipment.objects.count()) == ("ask", 0)
    assert "340" in asked.message
    assert "far off" in careful.wrong("CLOSE")
    assert careful.tell("reason", reason="").result == "wrong"
    assert careful.tell("reason", reason="gift inside").result == "closed"
    scan = Scan.objects.filter(kind="weight").last()
    assert scan is not None
    assert scan.data == {"grams": 900, "expected": 340, "reason": "gift inside"}
    assert Shipment.objects.get().weight_grams == 900


def test_a_doubtful_weight_may_be_weighed_again(shop: Shop, careful: Table) -> None:
    (order,) = shop.orders(1, stage="stocked")
    careful.right(order.number, shop.sku.code, "BOX-S", "900")
    assert careful.right("341").result == "closed"


def test_checks_are_answered_before_the_parcel_closes(shop: Shop, table: Table) -> None:
    add_check(seller=shop.seller, actor=STAFF, text="No cracks", sku=shop.sku.code)
    add_check(seller=shop.seller, actor=STAFF, text="Card inside")
    (order,) = shop.orders(1, stage="stocked")
    answer = table.right(order.number, shop.sku.code)
    assert answer.table is not None
    assert answer.table.step == "check"
    assert "check" in table.wrong("CLOSE")
    table.right("PASS")
    assert table.right("PASS").result == "closed"
    assert list(Scan.objects.filter(kind="check").values_list("data__text", flat=True)) == [
        "No cracks",
        "Card inside",
    ]


def test_a_unit_that_fails_leaves_the_stock_and_is_replaced(shop: Shop, table: Table) -> None:
    add_check(seller=shop.seller, actor=STAFF, text="No cracks", sku=shop.sku.code)
    StockLevelFactory.create(seller=shop.seller, sku=shop.sku, on_hand=9)
    (order,) = shop.orders(1, stage="stocked")
    on_hand = shop.level.on_hand
    wave_of(shop, [order])
    table.right(order.number, shop.sku.code, "FAIL-DAMAGED")
    shop.level.refresh_from_db()
    assert shop.level.on_hand == on_hand - 1
    kinds = list(StockMovement.objects.order_by("pk").values_list("kind", flat=True))[-3:]
    assert kinds == ["release", "write_off", "reserve"]
    assert (Pick.objects.get().short, Pick.objects.get().short_reason) == (1, "Damaged")
    table.right(shop.sku.code)
    assert table.right("PASS").result == "closed"
    assert contents() == [(order.pk, 1)]
    sound()


def test_when_there_is_no_other_the_rest_may_leave(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop(on_hand=2)
    table = Table(shop, MembershipFactory.create(seller=shop.seller, role=Role.PACKER))
    save_pack_settings(seller=shop.seller, actor=STAFF, ask_box=False, ask_weight=False)
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number, shop.sku.code, "FAIL-DIRTY")
    order.refresh_from_db()
    assert (order.stage, order.allocated) == ("accepted", 1)
    assert table.right(shop.sku.code).result == "closed"
    assert contents() == [(order.pk, 1)]
    table.wrong(order.number)
    sound()


def test_only_people_pack(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        enter(seller=shop.seller, actor=STAFF, text="x", client_id="a")
    assert not Scan.objects.exists()


# --- the page ----------------------------------------------------------------------------------

URL = reverse("logistics:pack_station")
SCAN = reverse("logistics:pack_scan")


@pytest.fixture
def page(member: Membership, client: Client) -> Client:
    client.force_login(member.user)
    return client


def sent(page: Client, text: str, **fields: str) -> str:
    answer = page.post(SCAN, {"code": text, "client_id": f"p{next(_ids)}", **fields},
                       headers={"X-Scan": "1"})  # fmt: skip
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_every_step_in_both_languages(
    shop: Shop, careful: Table, page: Client, language: str
) -> None:
    User.objects.filter(pk=careful.member.user_id).update(language=language)
    save_pack_settings(seller=shop.seller, actor=STAFF, photo="optional")
    add_check(seller=shop.seller, actor=STAFF, text="No cracks")
    (order,) = shop.orders(1, stage="stocked", units=2)
    Order.objects.filter(pk=order.pk).update(remark="Please wrap it well")
    assert f'<html lang="{language}"' in page.get(URL).content.decode()
    for text, step in (
        *((order.number, "units"), (shop.sku.code, "units"), (shop.sku.code, "check")),
        *(("PASS", "box"), ("BOX-M", "weight"), ("9000", "reason")),
    ):
        html = sent(page, text)
        assert f'data-step="{step}"' in html, text
        assert "Please wrap it well" in html
        assert page.get(URL).status_code == 200
    html = sent(page, "641")
    assert 'data-result="closed"' in html
    assert "USD" not in html
    assert Shipment.objects.get().public_id in html


def test_it_works_as_a_plain_form_too(shop: Shop, table: Table, page: Client) -> None:
    (order,) = shop.orders(1, stage="stocked")
    for text in (order.number, shop.sku.code):
        assert page.post(SCAN, {"code": text}).url == URL
    assert contents() == [(order.pk, 1)]


def test_a_reload_shows_what_is_on_the_table(shop: Shop, table: Table, page: Client) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    table.right(order.number, shop.sku.code)
    html = page.get(URL).content.decode()
    assert order.number in html
    assert "<strong>1</strong>" in html


def test_support_does_not_pack(shop: Shop, client: Client) -> None:
    support = MembershipFactory.create(seller=shop.seller, role=Role.SUPPORT)
    client.force_login(support.user)
    assert client.get(URL).status_code == 403
    assert client.post(SCAN, {"code": "x"}).status_code == 403
    assert not Scan.objects.exists()


def _statements(seen: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]


def test_a_scan_is_answered_with_at_most_eight_queries(
    shop: Shop, careful: Table, page: Client
) -> None:
    skus = [SkuFactory.create(seller=shop.seller) for _ in range(12)]
    for sku in skus:
        StockLevelFactory.create(seller=shop.seller, sku=sku, warehouse=shop.warehouse)
    orders = make_orders(2, store=shop.store, lines=[(sku, 2) for sku in skus],
                         ship_to_key="one door")  # fmt: skip
    shop.act("accept", orders)
    shop.act("allocate", orders)
    wave = wave_of(shop, orders)
    sent(page, "warm up")

    def cost(text: str, **fields: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            html = sent(page, text, **fields)
        assert 'data-result="wrong"' not in html, text
        return len(_statements(seen))

    costs = {"begin": cost(orders[0].number)}
    for i, sku in enumerate(skus):
        costs[f"unit {i}"] = cost(f"2*{sku.code}")
    costs["box"] = cost("BOX-M")
    costs["undo"] = cost("UNDO")
    cost("LEAVE")
    costs["wave"] = cost(skus[0].code, wave=wave.public_id)
    assert max(costs.values()) <= 8, costs


def test_wrong_scans_are_cheap_too(shop: Shop, careful: Table, page: Client) -> None:
    (order,) = shop.orders(1, stage="stocked", units=2)
    sent(page, order.number)
    with CaptureQueriesContext(connection) as seen:
        sent(page, "NOBODY")
    assert len(_statements(seen)) <= 8


# --- photos ------------------------------------------------------------------------------------


def picture(size: tuple[int, int] = (2000, 1000), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera of the packer"
    Image.new("RGB", size, "teal").save(out, kind, exif=exif)
    return out.getvalue()


@pytest.fixture
def photos(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_photo_that_is_owed_closes_the_parcel(
    shop: Shop, table: Table, page: Client, photos: None
) -> None:
    save_pack_settings(seller=shop.seller, actor=STAFF, photo="required")
    (order,) = shop.orders(1, stage="stocked")
    table.right(order.number, shop.sku.code)
    assert "photo" in table.wrong("CLOSE")
    url = reverse("logistics:pack_photo")
    file = SimpleUploadedFile("../../x.php", picture(), "text/html")
    assert page.post(url, {"photo": file, "client_id": "ph"}).status_code == 302
    assert contents() == [(order.pk, 1)]
    photo = PackPhoto.objects.get()
    assert photo.file.name.endswith(".jpg")
    with Image.open(photo.file) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (1600, 800), {})
    answer = page.get(reverse("logistics:pack_photo_file", args=[photo.public_id]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xd8\xff", b"PK\x03\x04" * 100])
def test_what_is_no_photo_is_not_kept(
    shop: Shop, table: Table, page: Client, photos: None, content: bytes
) -> None:
    save_pack_settings(seller=shop.seller, actor=STAFF, photo="required")
    (order,) = shop.orders(1, stage="stocked")
    table.right(order.number, shop.sku.code)
    file = SimpleUploadedFile("x.jpg", content, "image/jpeg")
    page.post(reverse("logistics:pack_photo"), {"photo": file})
    assert not PackPhoto.objects.exists()
    assert not Shipment.objects.exists()


# --- the sheet of commands ---------------------------------------------------------------------


def test_the_commands_are_printed_with_the_shops_boxes(
    shop: Shop, careful: Table, page: Client
) -> None:
    html = page.get(reverse("logistics:station_commands")).content.decode()
    for word in ("CLOSE", "UNDO", "FAIL-DAMAGED", "BOX-S"):
        assert f'aria-label="{word}"' in html


def test_the_drawn_bars_are_those_of_code_128() -> None:
    # Start B, the value of "A" (33), its check (104 + 33) % 103 = 34, stop.
    widths = "211214" + "111323" + "131123" + "2331112"
    x, bars = 10, []
    for i, width in enumerate(map(int, widths)):
        if i % 2 == 0:
            bars.append(f"M{x} 0h{width}v40h-{width}z")
        x += width
    assert "".join(bars) in command_sheet.bars("A")
