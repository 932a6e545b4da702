"""Pick lists, packing lists of waves and stickers for bins: what is on them, and that it scans."""

import io
import math
import re
from collections.abc import Callable
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from PIL import Image, ImageDraw

from core.actor import Actor
from core.errors import Refused
from logistics.actions.picking import record_pick
from logistics.actions.waves import close_wave
from logistics.command_sheet import bars, sheet
from logistics.models import Wave
from logistics.paper.file import unprintable, write_pack_list, write_pick_list, write_stickers
from logistics.paper.stickers import bin_sticker, sku_sticker
from logistics.paper.wave_content import pack_paper, pick_paper
from logistics.pick_queries import waves_of
from logistics.tests.conftest import Shop
from logistics.tests.test_paper import scanned, text_of
from logistics.tests.test_waves import wave_of
from orders.models import Order
from sellers.models import Role
from stock.models import Bin, Sku, StockLevel
from testing.api import Api
from testing.factories import (
    STAFF,
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    WarehouseFactory,
    make_orders,
)

DPI = 203
CHEN = Actor("user", 1, "陈经理")


@pytest.fixture
def second(shop: Shop) -> Sku:
    """Another SKU of the shop, in a bin before that of the first."""
    sku = SkuFactory.create(
        seller=shop.seller, code="SOCK-2", barcode="6901234567892", name="Wool socks",
        name_zh="羊毛袜", specification="39-42", weight_grams=90,
    )  # fmt: skip
    places = {code: _bin(shop, code, walk) for walk, code in enumerate(("A-01-01", "B-02-01"), 1)}
    StockLevelFactory.create(
        seller=shop.seller, sku=sku, warehouse=shop.warehouse, on_hand=100, bin=places["A-01-01"]
    )
    StockLevel.objects.filter(pk=shop.level.pk).update(bin=places["B-02-01"])
    return sku


def _bin(shop: Shop, code: str, walk: int = 0) -> Bin:
    return Bin.objects.create(
        seller=shop.seller, warehouse=shop.warehouse, code=code, walk_order=walk
    )


def orders_of(shop: Shop, *lines: list[tuple[Sku, int]]) -> list[Order]:
    made = []
    for each in lines:
        made += make_orders(1, store=shop.store, lines=each)
    for hours, order in enumerate(made):
        Order.objects.filter(pk=order.pk).update(ship_by=order.ship_by + timedelta(hours=hours))
    for name in ("accept", "allocate"):
        assert shop.act(name, made).done == len(made)
    return made


def read(wave: Wave) -> Wave:
    return waves_of(wave.seller).get(pk=wave.pk)


def pages_of(write: Callable[[io.BytesIO], object]) -> pypdfium2.PdfDocument:
    target = io.BytesIO()
    write(target)
    return pypdfium2.PdfDocument(target.getvalue())


def all_text(document: pypdfium2.PdfDocument) -> str:
    return " ".join(text_of(document, n) for n in range(len(document)))


def all_codes(document: pypdfium2.PdfDocument) -> list[str]:
    """What a scanner reads off the pages as printed at 203 dpi, from the top to the bottom."""
    found = []
    for page in document:
        # A printer cuts the page to whole dots; drawing it as a picture would stretch it to them.
        dots = [math.floor(side * DPI / 72) for side in page.get_size()]
        page.set_mediabox(0, 0, *(n * 72 / DPI for n in dots))
        picture = page.render(scale=DPI / 72, grayscale=True).to_pil()
        codes = zxingcpp.read_barcodes(picture)
        found += [c.text for c in sorted(codes, key=lambda c: c.position.top_left.y)]
    return found


# --- the pick list ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_pick_list_says_what_to_fetch_in_walking_order(shop: Shop, second: Sku) -> None:
    orders = orders_of(shop, [(shop.sku, 2), (second, 1)], [(second, 3)])
    wave = wave_of(shop, orders)
    paper = pick_paper(read(wave), CHEN)
    assert [(r.bin, r.goods.code, r.goods.quantity, list(r.totes)) for r in paper.rows] == [
        ("A-01-01", "SOCK-2", 4, [(1, 1), (2, 3)]),
        ("B-02-01", shop.sku.code, 2, [(1, 2)]),
    ]
    assert (paper.sorts, paper.head.orders, paper.head.units) == (True, 2, 6)
    document = pages_of(lambda target: write_pick_list(target, paper))
    text = text_of(document)
    for expected in (
        *(wave.code, shop.warehouse.name, "2 orders", "6 units", "陈经理", "Page 1 of 1"),
        *("A-01-01", "SOCK-2", "羊毛袜", "Wool socks", "39-42", "6901234567892", "#1×1 #2×3"),
        *("B-02-01", shop.sku.code, shop.sku.name, "#1×2"),
    ):
        assert expected in text, expected
    assert all_codes(document) == [wave.code, "6901234567892", shop.sku.barcode or shop.sku.code]


@pytest.mark.django_db
def test_orders_of_one_place_need_no_totes(shop: Shop, second: Sku) -> None:
    wave = wave_of(shop, orders_of(shop, [(shop.sku, 2)], [(second, 3)]))
    paper = pick_paper(read(wave), CHEN)
    assert paper.sorts is False
    assert "#1" not in text_of(pages_of(lambda target: write_pick_list(target, paper)))


@pytest.mark.django_db
def test_what_was_fetched_is_left_out_and_totes_keep_their_numbers(shop: Shop, second: Sku) -> None:
    wave = wave_of(shop, orders_of(shop, [(shop.sku, 1)], [(second, 2), (shop.sku, 1)]))
    record_pick(seller=shop.seller, wave=wave.pk, level=shop.level.pk, quantity=2, actor=STAFF,
                client_id="a")  # fmt: skip
    paper = pick_paper(read(wave), CHEN)
    assert [(r.goods.code, list(r.totes)) for r in paper.rows] == [("SOCK-2", [(2, 2)])]


@pytest.mark.django_db
def test_what_a_cancellation_made_needless_is_to_be_put_back(shop: Shop, second: Sku) -> None:
    orders = orders_of(shop, [(shop.sku, 2)], [(second, 1)])
    wave = wave_of(shop, orders)
    record_pick(seller=shop.seller, wave=wave.pk, level=shop.level.pk, quantity=2, actor=STAFF,
                client_id="a")  # fmt: skip
    shop.act("cancel", orders[:1])
    paper = pick_paper(read(wave), CHEN)
    assert [(r.goods.code, r.goods.quantity, r.back) for r in paper.rows] == [
        ("SOCK-2", 1, 0),
        (shop.sku.code, 0, 2),
    ]
    assert "2 to put back" in text_of(pages_of(lambda target: write_pick_list(target, paper)))


@pytest.mark.django_db
def test_a_wave_that_is_over_has_no_pick_list(shop: Shop) -> None:
    wave = wave_of(shop, shop.orders(stage="stocked"))
    close_wave(seller=shop.seller, wave=wave.pk, actor=STAFF)
    with pytest.raises(Refused) as error:
        pick_paper(read(wave), CHEN)
    assert error.value.code == "wave_over"


@pytest.mark.django_db
def test_a_long_pick_list_numbers_its_pages_and_scans_throughout(shop: Shop) -> None:
    lines = []
    for n in range(30):
        sku = SkuFactory.create(seller=shop.seller, code=f"LONG-{n:02d}", barcode="")
        StockLevelFactory.create(
            seller=shop.seller, sku=sku, warehouse=shop.warehouse, on_hand=5,
            bin=_bin(shop, f"C-{n:02d}", n),
        )  # fmt: skip
        lines.append((sku, 1))
    wave = wave_of(shop, orders_of(shop, lines))
    paper = pick_paper(read(wave), CHEN)
    document = pages_of(lambda target: write_pick_list(target, paper))
    assert len(document) == 3
    assert [f"Page {n} of 3" in text_of(document, n - 1) for n in (1, 2, 3)] == [True] * 3
    assert all_codes(document) == [wave.code, *(f"LONG-{n:02d}" for n in range(30))]


@pytest.mark.django_db
def test_a_code_too_long_for_bars_is_a_square_on_the_list(shop: Shop) -> None:
    Sku.objects.filter(pk=shop.sku.pk).update(code="X" * 60, barcode="")
    wave = wave_of(shop, shop.orders(stage="stocked"))
    paper = pick_paper(read(wave), CHEN)
    found = scanned(pages_of(lambda target: write_pick_list(target, paper)))
    assert found == {"Code128": wave.code, "QRCode": "X" * 60}


@pytest.mark.django_db
def test_lists_speak_the_readers_language(shop: Shop) -> None:
    wave = wave_of(shop, shop.orders(stage="stocked"))
    with translation.override("zh-hans"):
        picks, packs = pick_paper(read(wave), CHEN), pack_paper(read(wave), CHEN)
        pick = text_of(pages_of(lambda target: write_pick_list(target, picks)))
        pack = text_of(pages_of(lambda target: write_pack_list(target, packs)))
    assert "拣货单" in pick
    assert "第 1 页" in pick
    assert "配货单" in pack
    words = set(re.findall(r"[A-Za-z]{4,}", pick + pack))
    assert words & {"Pick", "Packing", "Page", "Printed", "Picker", "Barcode"} == set()


# --- the packing list ------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_packing_list_has_every_order_with_its_goods_and_the_sums(
    shop: Shop, second: Sku
) -> None:
    orders = orders_of(shop, [(shop.sku, 2), (second, 1)], [(second, 3)])
    Order.objects.filter(pk=orders[0].pk).update(remark="Gift wrap 请包好")
    Order.objects.filter(pk__in=[o.pk for o in orders]).update(ship_to_key="same")
    wave = wave_of(shop, orders)
    paper = pack_paper(read(wave), CHEN)
    assert [
        (o.tote, o.number, o.with_tote, [(g.code, g.quantity) for g in o.goods])
        for o in paper.orders
    ] == [
        (1, orders[0].number, None, [("SOCK-2", 1), (shop.sku.code, 2)]),
        (2, orders[1].number, 1, [("SOCK-2", 3)]),
    ]
    assert {g.code: g.quantity for g in paper.sums} == {"SOCK-2": 4, shop.sku.code: 2}
    document = pages_of(lambda target: write_pack_list(target, paper))
    text = all_text(document)
    for expected in (
        *(wave.code, "2 orders", "6 units", "not decided yet", "陈经理", "Page 1 of 1"),
        *(f"#1 {orders[0].number}", "3 units", "Gift wrap 请包好", "same buyer and address as #1"),
        *("3 × SOCK-2", f"2 × {shop.sku.code}", "羊毛袜", "2 SKUs", "4 × SOCK-2"),
        f"about {(4 * 90 + 2 * shop.sku.weight_grams) / 1000:.1f} kg",
    ):
        assert expected in text, expected
    assert all_codes(document) == [wave.code, *(order.number for order in orders)]


@pytest.mark.django_db
def test_what_was_cancelled_is_not_on_the_packing_list(shop: Shop, second: Sku) -> None:
    orders = orders_of(shop, [(shop.sku, 2)], [(second, 1)])
    wave = wave_of(shop, orders)
    shop.act("cancel", orders[:1])
    paper = pack_paper(read(wave), CHEN)
    assert [(o.tote, o.number) for o in paper.orders] == [(2, orders[1].number)]


@pytest.mark.django_db
def test_an_order_begins_and_goes_on_with_its_head_on_one_page(shop: Shop, second: Sku) -> None:
    wave = wave_of(shop, orders_of(shop, *([[(shop.sku, 1), (second, 1)]] * 20)))
    paper = pack_paper(read(wave), CHEN)
    document = pages_of(lambda target: write_pack_list(target, paper))
    assert len(document) > 2
    for n in range(len(document) - 1):
        last = re.findall(r"#\d+ \d+|\d+ × \S+", text_of(document, n))[-1]
        assert not last.startswith("#")


# --- from the pages and over the API ---------------------------------------------------------


@pytest.fixture
def page(shop: Shop, client: Client) -> Client:
    client.force_login(MembershipFactory.create(seller=shop.seller, role=Role.PACKER).user)
    return client


def body(response: object) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["pick_list", "pack_list"])
def test_the_page_of_a_wave_leads_to_its_lists(page: Client, shop: Shop, name: str) -> None:
    wave = wave_of(shop, shop.orders(stage="stocked"))
    url = reverse(f"logistics:{name}", args=[wave.public_id])
    assert url in page.get(reverse("logistics:wave", args=[wave.public_id])).content.decode()
    response = page.get(url)
    assert response["Content-Type"] == "application/pdf"
    assert wave.code in response["Content-Disposition"]
    assert body(response).startswith(b"%PDF-")


def test_the_page_of_a_wave_that_is_over_offers_no_pick_list(page: Client, shop: Shop) -> None:
    wave = wave_of(shop, shop.orders(stage="stocked"))
    close_wave(seller=shop.seller, wave=wave.pk, actor=STAFF)
    url = reverse("logistics:pick_list", args=[wave.public_id])
    assert url not in page.get(reverse("logistics:wave", args=[wave.public_id])).content.decode()
    assert page.get(url).status_code == 409


@pytest.mark.parametrize("name", ["pick_list", "pack_list"])
def test_a_list_costs_the_same_queries_for_any_number(page: Client, shop: Shop, name: str) -> None:
    def queries(n: int) -> int:
        wave = wave_of(shop, shop.orders(n, stage="stocked"))
        with CaptureQueriesContext(connection) as captured:
            body(page.get(reverse(f"logistics:{name}", args=[wave.public_id])))
        return len(captured)

    queries(1)
    assert queries(2) == queries(30)


@pytest.mark.parametrize("name", ["pick_list", "pack_list"])
def test_a_stranger_gets_no_list(client: Client, shop: Shop, name: str) -> None:
    wave = wave_of(shop, shop.orders(stage="stocked"))
    client.force_login(MembershipFactory.create(role=Role.OWNER).user)
    assert client.get(reverse(f"logistics:{name}", args=[wave.public_id])).status_code == 404


def test_what_will_not_print_is_told_instead_of_the_list(page: Client, shop: Shop) -> None:
    Sku.objects.filter(pk=shop.sku.pk).update(name_zh="茶\U00020bb7杯")
    wave = wave_of(shop, shop.orders(stage="stocked"))
    paper = pick_paper(read(wave), CHEN)
    assert [(each.field, each.characters) for each in unprintable([paper])] == [
        ("goods", "\U00020bb7")
    ]
    url = reverse("logistics:pick_list", args=[wave.public_id])
    warned = page.get(url)
    assert [each.characters for each, _field in warned.context["lost"]] == ["\U00020bb7"]
    response = page.get(warned.context["anyway"])
    assert response["Content-Type"] == "application/pdf"
    text = text_of(pypdfium2.PdfDocument(body(response)))
    assert "20B" in text
    assert "!" in text


def test_lists_of_waves_over_the_api(shop: Shop) -> None:
    api = Api(shop.seller)
    wave = wave_of(shop, shop.orders(stage="stocked"))
    for name in ("pick-list", "packing-list"):
        response = api.get(f"/waves/{wave.public_id}/{name}.pdf")
        assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
        assert wave.code in text_of(pypdfium2.PdfDocument(response.content))
        other = Api(MembershipFactory.create().seller)
        assert other.get(f"/waves/{wave.public_id}/{name}.pdf").status_code == 404
        assert Api(shop.seller, ["stock:read"]).get(
            f"/waves/{wave.public_id}/{name}.pdf"
        ).status_code == 403  # fmt: skip
    close_wave(seller=shop.seller, wave=wave.pk, actor=STAFF)
    refused = api.get(f"/waves/{wave.public_id}/pick-list.pdf")
    assert (refused.status_code, refused.json()["code"]) == (409, "wave_over")
    assert refused.json()["state"] == "finished"


# --- stickers --------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "kind"), [("A-01-02", "Code128"), ("B", "Code128"), ("ZONE-B-" + "1" * 33, "QRCode")]
)
def test_a_bin_scans_and_is_read_from_afar(shop: Shop, code: str, kind: str) -> None:
    place = _bin(shop, code)
    document = pages_of(lambda target: write_stickers(target, [bin_sticker(place)]))
    assert scanned(document) == {kind: code}
    text = text_of(document).replace(" ", "")
    assert code in text
    assert shop.warehouse.name.replace(" ", "") in text


@pytest.mark.django_db
def test_every_field_of_a_skus_sticker_is_the_skus(shop: Shop, second: Sku) -> None:
    document = pages_of(lambda target: write_stickers(target, [sku_sticker(second)]))
    assert scanned(document) == {"Code128": "6901234567892"}
    text = text_of(document)
    for expected in ("Wool socks", "6901234567892", "SOCK-2", "39-42"):
        assert expected in text


def test_bins_are_printed_by_choice_by_zone_and_all(page: Client, shop: Shop) -> None:
    codes = ("A-01-01", "A-01-02", "B-01-01")
    bins = [_bin(shop, code, walk) for walk, code in enumerate(codes)]
    url = reverse("logistics:bin_labels")

    def printed(response: object) -> list[str]:
        return all_codes(pypdfium2.PdfDocument(body(response)))

    asked = page.get(url)
    assert list(asked.context["zones"]) == [("A", 2), ("B", 1)]
    house = {"warehouse": shop.warehouse.public_id, "print": "1"}
    assert printed(page.get(url, house)) == list(codes)
    assert printed(page.get(url, house | {"zone": "A", "copies": "2"})) == [
        "A-01-01", "A-01-01", "A-01-02", "A-01-02",
    ]  # fmt: skip
    chosen = {"ids": [bins[2].public_id, bins[0].public_id]}
    assert printed(page.post(url, chosen)) == ["A-01-01", "B-01-01"]
    assert page.get(url, house | {"zone": "Z"}).status_code == 404
    for copies in ("0", "-1", "x", "1000000000"):
        assert page.get(url, house | {"copies": copies}).status_code == 422


def test_bins_of_others_are_not_printed(page: Client, shop: Shop) -> None:
    house = WarehouseFactory.create()
    other = Bin.objects.create(seller=house.seller, warehouse=house, code="A-01-01")
    url = reverse("logistics:bin_labels")
    assert page.post(url, {"ids": [other.public_id]}).status_code == 404
    assert page.get(url, {"warehouse": house.public_id, "print": "1"}).status_code == 404


# --- the sheet of commands -------------------------------------------------------------------


def test_every_command_on_the_sheet_scans_at_203_dpi() -> None:
    """Drawn as the page prints it: bars of two dots, from the path that it holds."""
    for _title, commands in sheet(["S", "BOX-40X30"]):
        for command in commands:
            path = str(bars(command.word))
            width = int(re.search(r"viewBox=\"0 0 (\d+)", path).group(1))  # type: ignore[union-attr]
            picture = Image.new("L", (width * 2, 80), 255)
            draw = ImageDraw.Draw(picture)
            for x, wide in re.findall(r"M(\d+) 0h(\d+)", path):
                draw.rectangle((int(x) * 2, 0, (int(x) + int(wide)) * 2 - 1, 79), fill=0)
            found = [code.text for code in zxingcpp.read_barcodes(picture)]
            assert found == [command.word]
