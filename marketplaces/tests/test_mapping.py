"""Columns of other people's files: what is known, what is guessed, what rows become."""

import io
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest

from core.files.csv_text import FileProblem
from marketplaces.importers.foreign_cells import (
    Product,
    amount_of,
    country_of,
    products_of,
    quantity_of,
    time_of,
)
from marketplaces.importers.mapping import ColumnMap, signature, suggest
from marketplaces.importers.order_csv import Row, RowErrors, read_rows

CURRENT = (
    """
订单号|店铺|订单状态|负责人（业务员）|买家名称|下单时间|付款时间|支付方式|供货价|产品总金额|物流费用|预计增值税
平台是否代征代缴|订单金额|买家实付金额|DDP关税|店铺优惠|托管商家折扣|平台补贴|商品ID|商品信息|EANcode|商品编码
订单备注|完整收货地址|完整收货地址（常用语言）|收件人名称|联系电话|手机|联系邮件|详细地址|邮编|扩展城市|城市|州/省
收货国家|National address（仅沙特使用）|税号|买家选择物流|发货期限|实际发货单号
发货时间|确认收货时间|订单业务模式
定制信息
""".strip()
    .replace("\n", "|")
    .split("|")
)
OLDER = (
    """
订单号|订单状态|负责人(业务员)|买家名称|下单时间|付款时间|产品总金额|物流费用|订单金额|满立减|产品信息|订单备注
收货地址|收货人名称|收货国家|州/省|城市|地址|邮编|联系电话|手机|买家选择物流|发货期限|实际发货物流:运单号|发货时间
确认收货时间
""".strip()
    .replace("\n", "|")
    .split("|")
)

ORDER = {
    "订单号": "8123456789012345",
    "订单状态": "等待您发货",
    "买家名称": "ana s",
    "下单时间": "2026-11-20 09:30",
    "付款时间": "2026-11-20 09:31",
    "产品总金额": "US $10.00",
    "物流费用": "US $1.50",
    "商品信息": "【1】Mug, blue (产品属性:Color:Blue) (商家编码:MUG-01) (产品数量:2 piece) "
    "【2】Cap (商家编码:CAP-02) (产品数量:1 piece)",
    "收件人名称": "Ana Souza",
    "手机": "+5511912345678",
    "详细地址": "Av. Paulista 1000",
    "邮编": "01310-100",
    "城市": "São Paulo",
    "州/省": "SP",
    "收货国家": "巴西",
    "税号": "12345678909",
    "发货期限": "剩余3天",
    "订单业务模式": "半托管仓发订单",
}


def cells(header: list[str], **change: str) -> list[str]:
    return [(ORDER | change).get(name, "") for name in header]


def read(header: list[str], rows: list[list[str]], mapping: ColumnMap) -> list[Any]:
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [header, *rows])
    return list(read_rows(io.StringIO(text), zone=UTC, mapping=mapping))


def test_the_current_export_of_aliexpress_needs_no_help() -> None:
    rows = [
        cells(CURRENT),
        cells(CURRENT, 订单号="8123456789012346", 订单业务模式="平台全托管订单"),
    ]
    mapping = suggest(CURRENT, rows)
    assert mapping.missing() == []
    assert mapping.mode == CURRENT.index("订单业务模式")
    assert "ship_by" not in mapping.columns, "what is in it is no time"
    first, second, third = read(CURRENT, rows, mapping)
    assert [(r.sku, r.title, r.quantity, r.unit_price) for r in (first, second, third)] == [
        ("MUG-01", "Mug, blue", 1, Decimal("3.33")),
        ("MUG-01", "Mug, blue", 1, Decimal("3.34")),
        ("CAP-02", "Cap", 1, Decimal("3.33")),
    ]
    assert {r.order_number for r in (first, second, third)} == {"8123456789012345"}
    assert {r.row_number for r in (first, second, third)} == {2}
    assert [r.freight for r in (first, second, third)] == [Decimal("1.50"), None, None]
    assert (first.currency, first.buyer_country, first.buyer_tax_number, first.buyer_name) == (
        "USD", "BR", "12345678909", "Ana Souza",
    )  # fmt: skip
    assert (first.buyer_address, first.buyer_phone, first.buyer_id) == (
        "Av. Paulista 1000", "+5511912345678", "ana s",
    )  # fmt: skip


def test_the_older_export_too() -> None:
    row = cells(
        OLDER, 产品信息="Mug (商家编码:MUG-01) (产品数量:2 piece)", 地址="Av. 1", 收货人名称="Ana"
    )
    mapping = suggest(OLDER, [row])
    assert mapping.missing() == []
    (only,) = read(OLDER, [row], mapping)
    assert (only.sku, only.quantity, only.unit_price, only.buyer_name, only.buyer_address) == (
        "MUG-01", 2, Decimal("5.00"), "Ana", "Av. 1",
    )  # fmt: skip


def test_a_file_in_which_nothing_is_semi_managed_says_so() -> None:
    rows = [cells(CURRENT, 订单业务模式="平台全托管订单")]
    mapping = ColumnMap({"order_number": 0}, mode=CURRENT.index("订单业务模式"))
    with pytest.raises(FileProblem) as problem:
        read(CURRENT, rows, mapping)
    assert problem.value.code == "nothing_of_ours"


def test_without_own_rows_the_mode_is_not_looked_at() -> None:
    assert suggest(CURRENT, [cells(CURRENT, 订单业务模式="")]).mode is None


def test_of_two_known_columns_the_fuller_one_is_taken() -> None:
    header = ["order id", "手机", "联系电话"]
    assert suggest(header, [["1", "", "+86"], ["2", "", "+86"]]).columns["buyer_phone"] == 2
    assert suggest(header, [["1", "+1", "+86"]]).columns["buyer_phone"] == 1


def test_fixed_values_fill_every_row_and_wrong_cells_are_named() -> None:
    header = ["no", "time", "what", "price"]
    mapping = ColumnMap(
        {"order_number": 0, "placed_at": 1, "sku": 2, "unit_price": 3},
        {"currency": "usd", "quantity": "1", "buyer_country": "Brazil"},
    )
    good, bad = read(
        header,
        [["A", "2026年11月20日 9:30", "MUG", "1,234.50"], ["B", "yesterday", "MUG", "much"]],
        mapping,
    )
    assert isinstance(good, Row)
    assert (good.currency, good.quantity, good.buyer_country, good.unit_price) == (
        "USD", 1, "BR", Decimal("1234.50"),
    )  # fmt: skip
    assert isinstance(bad, RowErrors)
    assert [(e.column, e.value, e.code) for e in bad.errors] == [
        ("placed_at", "yesterday", "not_a_time"),
        ("unit_price", "much", "not_an_amount"),
    ]


def test_what_is_wrong_with_a_row_of_several_goods_is_told_once() -> None:
    rows = [cells(CURRENT, 收货国家="火星")]
    found = read(CURRENT, rows, suggest(CURRENT, rows))
    assert [[e.column for e in row.errors] for row in found] == [["buyer_country"], [], []]


def test_rows_that_are_too_long_or_short() -> None:
    mapping = ColumnMap({"order_number": 0, "sku": 1})
    long, short = read(["no", "what"], [["A", "B", "C"], ["A"]], mapping)
    assert [e.code for e in long.errors] == ["too_many_cells"]
    assert ("sku", "required") in [(e.column, e.code) for e in short.errors]


def test_a_header_is_known_again_with_other_case_and_our_last_column() -> None:
    assert signature(["Order ID", "数量（件）"]) == signature(["\ufefforder  id", "数量(件)", ""])
    assert signature(["a", "why it was left out"]) == signature(["a"])
    assert signature(["a", "b"]) != signature(["b", "a"])


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("US $1,234.50", ("USD", Decimal("1234.50"))),
        ("CN¥88", ("CNY", Decimal(88))),
        ("12.30 EUR", ("EUR", Decimal("12.30"))),
        ("￥ 5.00", ("CNY", Decimal("5.00"))),
        ("9.90", ("", Decimal("9.90"))),
        ("-5.00", ("", None)),
        ("1 and 2", ("", None)),
        ("about 5", ("", None)),
        ("", ("", None)),
    ],
)
def test_amounts_carry_their_currency(cell: str, found: tuple[str, Decimal | None]) -> None:
    assert amount_of(cell) == found


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("br", "BR"),
        ("Brazil", "BR"),
        ("巴西", "BR"),
        ("Russian Federation", "RU"),
        ("Mars", "Mars"),
    ],
)
def test_countries_by_name(cell: str, code: str) -> None:
    assert country_of(cell) == code


def test_small_things() -> None:
    assert [quantity_of(cell) for cell in ("2 piece", "3件", "many")] == ["2", "3", "many"]
    assert time_of("2026.11.20  9:30") == "2026-11-20 9:30"
    assert time_of("20/11/2026 9:30") == "20/11/2026 9:30"
    assert products_of("A plain title") == [Product("", "A plain title", "")]
    assert products_of("") == []
