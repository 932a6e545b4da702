"""Labels, slips and stickers: what is printed is what the order says, and scanners read it."""

import base64
import io
import re
import zlib
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from django.conf import LazySettings
from PIL import Image

from core.errors import Invalid, NotFound
from logistics.actions.paper import print_parcels
from logistics.models import Shipment
from logistics.paper import fonts
from logistics.paper.content import Address, Item, ParcelPaper, address_lines, papers_of
from logistics.paper.file import (
    PAPERS,
    pdf_as_zpl,
    unprintable,
    write_parcels,
    write_stickers,
)
from logistics.paper.sheet import fit
from logistics.paper.stickers import Sticker
from logistics.paper.words import slip_words
from logistics.tests.conftest import Shop
from orders.models import Order, OrderEvent
from stock.models import Warehouse
from testing.factories import STAFF, SellerFactory, at

DPI = 203
BRAZIL = Address(
    "Ana Luísa Gonçalves", ("Av. Paulista 1000", "SÃO PAULO-SP", "01310-100"), "+55 11 91234-5678"
)


def paper(**fields: object) -> ParcelPaper:
    values: dict[str, object] = {
        "id": 1,
        "public_id": "shp_abc",
        "number": "YT2612345678901234",
        "carrier": "YunExpress",
        "service": "Registered",
        "country": "BR",
        "to": BRAZIL,
        "sender": Address("岭南家居", ("广东省深圳市",), "+86 755"),
        "shop": "Lingnan",
        "orders": ["8190001001538039"],
        "items": [item()],
    }
    return ParcelPaper(**(values | fields))  # type: ignore[arg-type]


def item(code: str = "MUG-01", quantity: int = 2) -> Item:
    return Item(
        code=code,
        name="Celadon mug",
        name_zh="青瓷茶杯",
        specification="350 ml",
        quantity=quantity,
        declared_name="Ceramic mug",
        declared_name_zh="陶瓷杯",
        value=Decimal("4.50"),
        currency="USD",
        hs_code="691110",
        weight_grams=320,
    )


def pdf_of(name: str, *papers: ParcelPaper) -> pypdfium2.PdfDocument:
    target = io.BytesIO()
    write_parcels(target, PAPERS[name], [papers], total=len(papers))
    return pypdfium2.PdfDocument(target.getvalue())


def text_of(document: pypdfium2.PdfDocument, page: int = 0) -> str:
    return " ".join(document[page].get_textpage().get_text_range().split())


def codes_of(picture: Image.Image) -> dict[str, str]:
    return {code.format.name: code.text for code in zxingcpp.read_barcodes(picture)}


def scanned(document: pypdfium2.PdfDocument, page: int = 0) -> dict[str, str]:
    """What a scanner reads off a page as a label printer prints it."""
    return codes_of(document[page].render(scale=DPI / 72, grayscale=True).to_pil())


# --- codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["label-100x150", "label-100x100"])
@pytest.mark.parametrize(
    "number", ["YT2612345678901234", "RB123456785GB", "1Z999AA10123456784", "SF1234567890123"]
)
def test_the_codes_of_a_label_are_its_tracking_number(name: str, number: str) -> None:
    assert scanned(pdf_of(name, paper(number=number))) == {"Code128": number, "QRCode": number}


@pytest.mark.parametrize("name", ["label-100x150", "label-100x100"])
def test_a_parcel_without_a_number_carries_its_own_code(name: str) -> None:
    document = pdf_of(name, paper(number=""))
    assert scanned(document) == {"Code128": "shp_abc", "QRCode": "shp_abc"}
    assert "no tracking number yet" in text_of(document)


@pytest.mark.parametrize("name", ["slip-a4", "slip-100x150"])
def test_the_code_of_a_slip_is_the_order(name: str) -> None:
    assert scanned(pdf_of(name, paper())) == {"Code128": "8190001001538039"}


def test_the_code_of_a_slip_of_several_orders_is_the_parcel() -> None:
    found = scanned(pdf_of("slip-a4", paper(orders=["8190001", "8190002"])))
    assert found == {"Code128": "shp_abc"}


@pytest.mark.parametrize("code", ["MUG-CEL-01", "6901234567892", "A-01-02", "X" * 15])
def test_stickers_scan(code: str) -> None:
    target = io.BytesIO()
    printed = write_stickers(target, [Sticker(code, "青瓷茶杯", "350 ml")])
    assert printed.pages == 1
    assert scanned(pypdfium2.PdfDocument(target.getvalue())) == {"Code128": code}


def test_a_code_too_long_for_sharp_bars_becomes_a_square_one() -> None:
    target = io.BytesIO()
    write_stickers(target, [Sticker("X" * 64, "青瓷茶杯")])
    assert scanned(pypdfium2.PdfDocument(target.getvalue())) == {"QRCode": "X" * 64}


def test_zpl_is_the_same_label_as_a_picture() -> None:
    pdf, zpl = io.BytesIO(), io.BytesIO()
    write_parcels(
        pdf, PAPERS["label-100x150"], [[paper(), paper(number="SF1234567890123")]], total=2
    )
    pdf.seek(0)
    assert pdf_as_zpl(pdf, zpl) == 2
    labels = re.findall(rb"\^XA(.+?)\^XZ", zpl.getvalue(), re.S)
    assert len(labels) == 2
    for label, number in zip(labels, ("YT2612345678901234", "SF1234567890123"), strict=True):
        match = re.search(rb"\^PW(\d+)\^LL(\d+)\^FO0,0\^GFA,(\d+),\d+,(\d+),:Z64:([^:]+):", label)
        assert match is not None
        width, height, size, row = (int(match[i]) for i in range(1, 5))
        data = zlib.decompress(base64.b64decode(match[5]))
        assert len(data) == size == row * height
        assert (width, height) == (800, 1199)  # 100 × 150 mm
        dots = Image.frombytes("1", (row * 8, height), data)
        assert codes_of(dots.convert("L").point(lambda v: 255 - v))["Code128"] == number


# --- what stands there -----------------------------------------------------------------------


@pytest.mark.django_db
def test_every_printed_field_is_that_of_the_order(shop: Shop) -> None:
    order = shop.orders(stage="stocked")[0]
    Warehouse.objects.filter(seller=shop.seller).update(
        sender_name="Lingnan 岭南", address="固戍二路 88 号", city="深圳市", state="广东省",
        postcode="518101", phone="+86 755 2345",
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(remark="É um presente!")
    shop.act("pack", [order])
    parcel = Shipment.objects.get(lines__order=order)
    found = papers_of(shop.seller, [parcel.pk])
    label = text_of(pdf_of("label-100x150", *found))
    order.refresh_from_db()
    line = order.lines.select_related("sku").get()
    assert line.sku is not None
    for expected in (
        order.buyer_name,
        order.address,
        "SÃO PAULO-SP",
        order.postcode,
        f"Tel {order.buyer_phone}",
        f"Tax {order.tax_number}",
        "BRAZIL",
        parcel.tracking_number or parcel.public_id,
        order.number,
        parcel.public_id,
        parcel.carrier.name,
        "Lingnan 岭南",
        "固戍二路 88 号",
        "518101",
        f"{line.sku.code}×{line.quantity}",
        line.sku.declared_name,
        line.sku.declared_name_zh,
        f"{line.sku.declared_value * line.quantity:.2f} USD",
    ):
        assert expected in label, expected
    slip = text_of(pdf_of("slip-a4", *found))
    for expected in (
        "Lista de conteúdo",
        f"Pedido: {order.number}",
        order.buyer_name,
        line.sku.name,
        "É um presente!",
        "Obrigado",
    ):
        assert expected in slip, expected


def test_a_batch_is_one_file_in_the_order_given() -> None:
    numbers = [f"SF{n:013d}" for n in range(12)]
    document = pdf_of("label-100x150", *(paper(number=number) for number in numbers))
    assert [number in text_of(document, n) for n, number in enumerate(numbers)] == [True] * 12
    assert f"{3}/{12}" in text_of(document, 2)


def test_a_long_slip_goes_on_on_further_pages() -> None:
    items = [item(f"SKU-{n:03d}") for n in range(60)]
    for name in ("slip-a4", "slip-100x150"):
        document = pdf_of(name, paper(items=items))
        text = " ".join(text_of(document, n) for n in range(len(document)))
        assert len(document) > 1
        assert [f"SKU-{n:03d}" in text for n in range(60)] == [True] * 60
        assert f"2 / {len(document)}" in text
        assert text.count("120") == 1  # the sum of the units, on the last page


def test_goods_without_room_on_a_label_are_counted() -> None:
    text = text_of(pdf_of("label-100x150", paper(items=[item(f"S{n}") for n in range(40)])))
    shown = text.count("Ceramic mug")
    assert f"+ {40 - shown} more" in text
    assert "80 pcs" in text
    assert "360.00 USD" in text


def test_the_longest_address_fits_without_being_cut() -> None:
    lines = "\n".join(["A" * 80, "Rua " + "das Flores " * 26, "S" * 80, "01310-100"])
    assert fit(lines, 92, 14, 10.5).cut is False


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("BR", ("Street 1", "CITY-ST", "12345")),
        ("US", ("Street 1", "CITY, ST 12345")),
        ("DE", ("Street 1", "12345 CITY", "ST")),
        ("KR", ("ST City", "Street 1", "12345")),
    ],
)
def test_an_address_is_written_as_its_country_writes_it(
    country: str, expected: tuple[str, ...]
) -> None:
    found = address_lines(
        country=country, state="ST", city="City", postcode="12345", street="Street 1"
    )
    assert found == expected


def test_a_slip_speaks_the_language_of_the_country() -> None:
    assert slip_words("MX").title == "Albarán"
    assert slip_words("SA").order == "الطلب"
    assert slip_words("NG").title == "Packing slip"


# --- fonts -----------------------------------------------------------------------------------

NAMES = {
    "Chinese": "欧阳娜娜 广东省深圳市宝安区",
    "Korean": "홍길동 서울특별시 강남구",
    "Japanese": "東京都渋谷区カタカナひらがな",
    "Cyrillic": "Пётр Ґалаґан Ўзбекистон Ђорђе",
    "Greek": "Γιώργος Παπαδόπουλος ΰΐ",
    "Arabic": "محمد بن عبدالله العتيبي لا ١٢٣",
    "Hebrew": "משה כהן",
    "Latin": "Łukasz Żółć Ñandú Håkon Çağrı Őrsi Ştefan Nguyễn Đặng ÀÉÎÕÜ",
}


@pytest.mark.chinese_font
@pytest.mark.parametrize("script", NAMES)
def test_no_glyph_is_missing_for_the_scripts_of_buyers(script: str) -> None:
    assert fonts.missing(NAMES[script]) == ""
    assert all(run.font for run in fonts.runs(NAMES[script], bold=True))


def test_arabic_is_joined_and_turned() -> None:
    assert fonts.visual("لا") == "\ufefb"
    shown = fonts.visual("محمد 12")
    assert shown.startswith("12 ")
    assert shown[-1] == "\ufee3"  # the first letter in its beginning form, on the right


def test_accents_that_were_typed_apart_are_composed() -> None:
    assert fonts.clean("Cafe\u0301\u00a0A\u200bB") == "Café AB"


def test_what_no_font_has_is_told_before_printing_and_marked_on_paper() -> None:
    odd = paper(to=Address("Ana \U00020bb7", ("Rua 1",), ""))
    found = unprintable([paper(), odd])
    assert [(each.parcel, each.field, each.characters) for each in found] == [
        (odd, "buyer_name", "\U00020bb7")
    ]
    target = io.BytesIO()
    printed = write_parcels(target, PAPERS["label-100x150"], [[odd]], total=1)
    assert list(printed.lost) == ["\U00020bb7"]
    text = text_of(pypdfium2.PdfDocument(target.getvalue()))
    assert "!" in text
    assert "20B" in text
    assert "B7" in text


@pytest.mark.chinese_font
def test_a_chinese_font_of_this_machine_is_embedded() -> None:
    assert fonts.cjk_is_embedded() is True


def test_without_a_chinese_font_it_is_said(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_FONT_FOLDERS", ())
    settings.PAPER_FONT = "/does/not/exist.ttf"
    fonts.forget()
    try:
        assert fonts.cjk_is_embedded() is False
        assert fonts.missing("深圳 Ана") == ""
        assert fonts.missing("홍") == "홍"
        assert scanned(pdf_of("label-100x150", paper()))["Code128"] == "YT2612345678901234"
    finally:
        fonts.forget()


# --- printing is recorded --------------------------------------------------------------------


@pytest.mark.django_db
def test_printing_is_recorded_with_its_copy(shop: Shop) -> None:
    orders = shop.orders(2, stage="packed")
    parcels = list(Shipment.objects.filter(seller=shop.seller).order_by("pk"))
    for _time in range(2):
        print_parcels(
            seller=shop.seller,
            shipments=[p.pk for p in parcels],
            paper=PAPERS["label-100x150"],
            actor=STAFF,
            target=io.BytesIO(),
        )
    events = OrderEvent.objects.filter(kind="printed", order=orders[0]).order_by("pk")
    assert [event.data for event in events] == [
        {"paper": "label-100x150", "shipment": parcels[0].public_id, "copy": n} for n in (1, 2)
    ]
    assert events[0].actor_name == STAFF.name
    assert list(Shipment.objects.values_list("label_copies", flat=True)) == [2, 2]


@pytest.mark.django_db
def test_a_slip_is_recorded_and_counts_no_label(shop: Shop) -> None:
    shop.orders(1, stage="packed")
    parcel = Shipment.objects.get()
    print_parcels(
        seller=shop.seller,
        shipments=[parcel.pk],
        paper=PAPERS["slip-a4"],
        actor=STAFF,
        target=io.BytesIO(),
    )
    parcel.refresh_from_db()
    assert parcel.label_copies == 0
    assert OrderEvent.objects.get(kind="printed").data == {
        "paper": "slip-a4",
        "shipment": parcel.public_id,
    }


@pytest.mark.django_db
def test_what_cannot_be_printed_is_refused_and_nothing_recorded(shop: Shop) -> None:
    shop.orders(2, stage="packed")
    first, second = Shipment.objects.order_by("pk")
    Shipment.objects.filter(pk=second.pk).update(state="void", voided_at=at("2026-01-01 00:00"))
    slip = PAPERS["slip-a4"]

    def attempt(ids: list[int], seller: object = shop.seller) -> None:
        print_parcels(
            seller=seller,  # type: ignore[arg-type]
            shipments=ids,
            paper=slip,
            actor=STAFF,
            target=io.BytesIO(),
        )

    with pytest.raises(Invalid) as error:
        attempt([first.pk, second.pk])
    assert error.value.errors[0].code == "void"
    with pytest.raises(Invalid):
        attempt([])
    with pytest.raises(NotFound):
        attempt([first.pk], SellerFactory.create())
    assert not OrderEvent.objects.filter(kind="printed").exists()
    assert first.label_copies == 0
