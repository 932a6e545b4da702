"""Which column of a file is which of ours, for files that are not in our own form. Pure.

A mapping names for each of our fields the column it is read from, or a fixed value. Two fields help
with exports that have a row per order: ``products`` (a text that lists the goods) and
``goods_total`` (what they cost together).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.errors import Text
from core.files.intake import normalise
from marketplaces.importers import foreign_cells
from marketplaces.importers.foreign_cells import Product

#: Our fields, in the order of the mapping page: field → what it is called.
FIELDS: Mapping[str, Text] = {
    "order_number": _("Order number"),
    "placed_at": _("Time of the order"),
    "paid_at": _("Time of the payment"),
    "buyer_country": _("Country of the buyer"),
    "sku": _("SKU code"),
    "quantity": _("Quantity"),
    "unit_price": _("Price of one unit"),
    "currency": _("Currency"),
    "products": _("Goods as one text"),
    "goods_total": _("Goods amount of the row"),
    "title": _("Title of the product"),
    "ship_by": _("Ship by"),
    "deliver_by": _("Promised to arrive by"),
    "buyer_name": _("Name of the buyer"),
    "buyer_phone": _("Phone"),
    "buyer_address": _("Street and house number"),
    "buyer_city": _("City"),
    "buyer_state": _("State or province"),
    "buyer_postcode": _("Postcode"),
    "buyer_tax_number": _("Tax number of the buyer"),
    "buyer_id": _("Buyer id on the marketplace"),
    "freight": _("Freight"),
    "platform_status": _("Status on the marketplace"),
    "remark": _("Buyer's remark"),
    "handed_over_at": _("Handed over to the carrier"),
    "delivered_at": _("Received by the buyer"),
    "weight_grams": _("Weight of one unit (g)"),
    "length_cm": _("Length (cm)"),
    "width_cm": _("Width (cm)"),
    "height_cm": _("Height (cm)"),
    "store": _("Code of the store"),
}
#: Fields whose value may be the same for the whole file.
FIXED = ("currency", "quantity", "buyer_country")
#: Each of these needs one of its fields.
NEEDED: tuple[tuple[str, ...], ...] = (
    ("order_number",),
    ("placed_at",),
    ("buyer_country",),
    ("sku", "products"),
    ("quantity", "products"),
    ("unit_price", "goods_total"),
    ("currency", "unit_price", "goods_total"),  # amounts may carry their currency
)

#: Headers that are known, in small letters: those of marketplaces and of sellers' programs.
KNOWN: Mapping[str, tuple[str, ...]] = {
    "order_number": (
        "订单号", "订单编号", "交易订单号", "平台订单号", "order id", "order number", "order no",
        "order no.", "order",
    ),
    "placed_at": ("下单时间", "创建时间", "订单创建时间", "order date", "order time", "created at",
                  "order creation time"),
    "paid_at": ("付款时间", "支付时间", "payment time", "paid time", "paid at", "payment date"),
    "platform_status": ("订单状态", "平台状态", "order status", "status"),
    "buyer_id": ("买家名称", "买家账号", "buyer id", "buyer", "buyer username"),
    "buyer_name": ("收件人名称", "收货人名称", "收件人", "收货人", "recipient", "recipient name",
                   "contact name", "ship to name", "name"),
    "buyer_phone": ("手机", "联系电话", "电话", "phone", "mobile", "phone number"),
    "buyer_address": ("详细地址", "地址", "收货地址", "完整收货地址", "address", "street",
                      "address line 1", "detailed address"),
    "buyer_country": ("收货国家", "国家", "国家/地区", "country", "country code", "ship country"),
    "buyer_state": ("州/省", "省/州", "省", "state", "province", "state/province"),
    "buyer_city": ("城市", "扩展城市", "city"),
    "buyer_postcode": ("邮编", "邮政编码", "zip", "zip code", "postcode", "postal code"),
    "buyer_tax_number": ("税号", "tax number", "tax id", "cpf"),
    "sku": ("商品编码", "商家编码", "sku编码", "商品sku", "sku", "seller sku", "sku code",
            "item sku"),
    "products": ("商品信息", "产品信息", "product information"),
    "title": ("商品名称", "产品名称", "商品标题", "title", "item title", "product name", "product"),
    "quantity": ("数量", "商品数量", "产品数量", "quantity", "qty", "item quantity"),
    "unit_price": ("单价", "商品单价", "unit price", "price", "item price"),
    "goods_total": ("产品总金额", "商品总金额", "goods amount", "product amount", "subtotal"),
    "currency": ("币种", "货币", "currency", "currency code"),
    "freight": ("物流费用", "运费", "shipping cost", "shipping fee", "freight"),
    "remark": ("订单备注", "买家留言", "备注", "remark", "note", "buyer note"),
    "ship_by": ("发货期限", "最晚发货时间", "发货截止时间", "ship by", "ship by date",
                "latest ship date"),
    "deliver_by": ("最晚送达时间", "deliver by", "latest delivery date"),
    "handed_over_at": ("发货时间", "shipped at", "ship date"),
    "delivered_at": ("确认收货时间", "妥投时间", "delivered at"),
}  # fmt: skip
#: The column that says who fulfils a row, and what the seller's own rows say in it.
MODE_HEADERS = ("订单业务模式", "业务模式", "business mode")
OWN_MODE = "半托管"
#: The last column of our file of rejected rows, which must not make it another kind of file.
WHY_HEADERS = ("why it was left out", "未导入原因", "未接收原因")

_TIMES = ("placed_at", "paid_at", "ship_by", "deliver_by", "handed_over_at", "delivered_at")
_MONEY = ("unit_price", "goods_total", "freight")


def signature(header: Sequence[str]) -> str:
    """What files of one kind have in common: their header."""
    names = [normalise(cell) for cell in header]
    while names and (not names[-1] or names[-1] in WHY_HEADERS):
        names.pop()
    return hashlib.sha256("\x1f".join(names).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """field → index of its column; field → value for the whole file; ``mode``: the column that
    must say that the row is the seller's own to fulfil."""

    columns: Mapping[str, int]
    fixed: Mapping[str, str] = field(default_factory=dict)
    mode: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"columns": dict(self.columns), "fixed": dict(self.fixed), "mode": self.mode}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "ColumnMap":
        return cls(data["columns"], data.get("fixed", {}), data.get("mode"))

    def missing(self) -> list[tuple[str, ...]]:
        """The needs that it does not meet."""
        given = self.columns.keys() | {name for name, value in self.fixed.items() if value}
        return [need for need in NEEDED if not given & set(need)]


def suggest(header: Sequence[str], samples: Sequence[Sequence[str]]) -> ColumnMap:
    """The mapping that the names of the columns suggest, as far as the first rows agree.

    Of several columns with a known name the one with the most cells wins; a column of times or
    amounts whose cells are none is left out unless it is needed.
    """
    names = [normalise(cell) for cell in header]
    columns: dict[str, int] = {}
    for name, known in KNOWN.items():
        own = [i for i, text in enumerate(names) if text == name]
        places = own or [i for each in known for i, text in enumerate(names) if text == each]
        places = [i for i in dict.fromkeys(places) if i not in columns.values()]
        if places:
            best = max(places, key=lambda i: (_filled(samples, i), -places.index(i)))
            if _fits(name, samples, best):
                columns[name] = best
    for name in FIELDS:
        if name not in KNOWN and name in names:
            columns[name] = names.index(name)
    mode = next((i for i, text in enumerate(names) if text in MODE_HEADERS), None)
    if mode is not None and not any(OWN_MODE in _cell(row, mode) for row in samples):
        mode = None
    if "unit_price" in columns:
        columns.pop("goods_total", None)
    if "title" in columns and "quantity" in columns:
        columns.pop("products", None)
    fixed = {}
    if "quantity" not in columns and "products" in columns and not _lists(samples, columns):
        fixed["quantity"] = "1"
    return ColumnMap(columns, fixed, mode)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _filled(samples: Sequence[Sequence[str]], place: int) -> int:
    return sum(1 for row in samples if _cell(row, place))


def _fits(name: str, samples: Sequence[Sequence[str]], place: int) -> bool:
    cells = [cell for row in samples if (cell := _cell(row, place))]
    if name in ("order_number", "placed_at", "unit_price") or not cells:
        return True
    if name in _TIMES:
        return all(foreign_cells.is_time(cell) for cell in cells)
    if name in _MONEY:
        return all(foreign_cells.amount_of(cell)[1] is not None for cell in cells)
    return True


def _lists(samples: Sequence[Sequence[str]], columns: Mapping[str, int]) -> bool:
    """Whether the text of the goods says how many."""
    place = columns["products"]
    return any(
        product.quantity
        for row in samples
        for product in foreign_cells.products_of(_cell(row, place))
    )


class Translator:
    """Rows of a foreign file → rows in our columns."""

    def __init__(self, mapping: ColumnMap, order: Sequence[str]) -> None:
        self._mapping = mapping
        self._order = order
        #: Rows that are somebody else's to fulfil.
        self.skipped = 0

    @cached_property
    def _places(self) -> list[tuple[str, int]]:
        return list(self._mapping.columns.items())

    def rows(self, cells: Sequence[str]) -> Iterator[list[str]]:
        """Our rows for one of the file: none for a row that is not the seller's, several for an
        order with several goods."""
        mode = self._mapping.mode
        if mode is not None and OWN_MODE not in _cell(cells, mode):
            self.skipped += 1
            return
        values = {**self._mapping.fixed}
        for name, place in self._places:
            if cell := _cell(cells, place):
                values[name] = cell
        self._tidy(values)
        products = self._products(values)
        prices = self._prices(values, products)
        for i, (product, (quantity, price)) in enumerate(prices):
            row = {
                **values,
                "sku": product.sku or values.get("sku", ""),
                "title": product.title or values.get("title", ""),
                "quantity": quantity,
                "unit_price": price,
            }
            if i:
                row.pop("freight", None)  # once an order
            yield [row.get(name, "") for name in self._order]

    def _tidy(self, values: dict[str, str]) -> None:
        for name in _MONEY:
            if name in values:
                currency, amount = foreign_cells.amount_of(values[name])
                if amount is not None:
                    values[name] = str(amount)
                if currency:
                    values.setdefault("currency", currency)
        if "buyer_country" in values:
            values["buyer_country"] = foreign_cells.country_of(values["buyer_country"])
        if "quantity" in values:
            values["quantity"] = foreign_cells.quantity_of(values["quantity"])
        if "currency" in values:
            values["currency"] = foreign_cells.currency_of(values["currency"])
        for name in _TIMES:
            if name in values:
                values[name] = foreign_cells.time_of(values[name])

    @staticmethod
    def _products(values: Mapping[str, str]) -> list[Product]:
        found = foreign_cells.products_of(values.get("products", ""))
        if len(found) == 1:
            (one,) = found
            quantity = one.quantity or values.get("quantity", "")
            return [Product(values.get("sku") or one.sku, one.title, quantity)]
        return found or [Product("", "", values.get("quantity", ""))]

    @staticmethod
    def _prices(
        values: Mapping[str, str], products: Sequence[Product]
    ) -> list[tuple[Product, tuple[str, str]]]:
        """(product, (quantity, price)). A total is spread over all units; what does not divide
        makes a second row with one cent more, so that the sum is right."""
        total = values.get("goods_total", "")
        if "unit_price" in values or not total:
            price = values.get("unit_price", "")
            return [(each, (each.quantity, price)) for each in products]
        units = [int(each.quantity) if each.quantity.isdecimal() else 0 for each in products]
        try:
            cents = int((Decimal(total) * 100).to_integral_value(ROUND_DOWN))
        except ArithmeticError:
            cents = -1
        if cents < 0 or not all(units) or sum(units) > 100_000:
            # Not ours to guess: the cells say what is wrong.
            return [(each, (each.quantity, total)) for each in products]
        low, dearer = divmod(cents, sum(units))
        found = []
        for product, quantity in zip(products, units, strict=True):
            more = min(dearer, quantity)
            dearer -= more
            for n, each in ((quantity - more, low), (more, low + 1)):
                if n:
                    amount = f"{each // 100}.{each % 100:02d}"
                    found.append((product, (str(n), amount)))
        return found
