"""Cells as marketplaces and people write them → cells as our order file has them. Pure.

What cannot be read is left as it is, for the order file's own checks to say what is wrong.
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

from marketplaces.importers.order_cells import CURRENCY_CODES
from orders.checks import COUNTRY_CODES

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)
_CODE = re.compile(r"\b[A-Z]{3}\b")
_SIGNS = {
    "CN¥": "CNY", "CN￥": "CNY", "RMB": "CNY", "¥": "CNY", "￥": "CNY", "元": "CNY",
    "US $": "USD", "US$": "USD", "R$": "BRL", "€": "EUR", "£": "GBP", "₽": "RUB", "руб": "RUB",
    "₩": "KRW", "zł": "PLN", "$": "USD",
}  # fmt: skip
_TIME = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"(?: ?(?:Z|[+-]\d\d:\d\d))?",
    re.ASCII | re.IGNORECASE,
)
_UNITS = re.compile(r"(\d{1,6})\s*(?:pieces?|pcs?\.?|lots?|件|个|套|张|双|条)?", re.IGNORECASE)
_ALIASES = {
    "russia": "RU", "south korea": "KR", "korea": "KR", "uk": "GB", "great britain": "GB",
    "usa": "US", "united states of america": "US", "uae": "AE", "czech republic": "CZ",
    "russian federation": "RU", "republic of korea": "KR", "俄罗斯联邦": "RU", "英国": "GB",
    "台湾": "TW", "中国台湾": "TW", "香港": "HK", "中国香港": "HK", "澳门": "MO", "中国澳门": "MO",
    "the netherlands": "NL", "viet nam": "VN",
}  # fmt: skip


class Product(NamedTuple):
    """One of the goods in a text; what the text does not say is empty."""

    sku: str
    title: str
    quantity: str


def amount_of(cell: str) -> tuple[str, Decimal | None]:
    """The currency that an amount carries ("" without one) and the amount, ``None`` for a cell
    that holds no single number: ``US $1,234.50``, ``CN¥88``, ``12.30 EUR``."""
    numbers = _NUMBER.findall(cell)
    if len(numbers) != 1 or "-" in cell:
        return "", None
    rest = cell.replace(numbers[0], " ").strip()
    code = _CODE.search(rest)
    currency = code[0] if code and code[0] in CURRENCY_CODES else ""
    if not currency:
        currency = next((name for sign, name in _SIGNS.items() if sign in rest), "")
    if rest and not currency:
        return "", None
    return currency, Decimal(numbers[0].replace(",", ""))


def currency_of(cell: str) -> str:
    """A currency's code, also from its sign."""
    code = cell.upper().strip()
    return code if code in CURRENCY_CODES else _SIGNS.get(cell.strip(), cell)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in ("en", "zh_Hans", "zh_Hant", "es", "pt", "fr", "ru"):
        for code, name in Locale.parse(language).territories.items():
            if code in COUNTRY_CODES:
                found.setdefault(name.lower(), code)
    return found | _ALIASES


def country_of(cell: str) -> str:
    """A country's code, from its code or from its name in one of several languages."""
    code = cell.upper()
    return code if code in COUNTRY_CODES else _countries().get(cell.lower(), cell)


def quantity_of(cell: str) -> str:
    """``2 piece`` and ``2件`` are 2."""
    match = _UNITS.fullmatch(cell)
    return match[1] if match else cell


def is_time(cell: str) -> bool:
    return bool(_TIME.fullmatch(cell))


def time_of(cell: str) -> str:
    """``2026.11.20 9:30`` and ``2026年11月20日 9:30`` as an order file has them."""
    if not _TIME.fullmatch(cell):
        return cell
    day, _sep, rest = re.sub(r"[ T]+", " ", cell, count=1).partition(" ")
    return f"{re.sub(r'[./年月]', '-', day).rstrip('日-')} {rest}"


_START = re.compile(r"【\s*\d+\s*】")
_LABELLED = re.compile(r"[(（]\s*([^:：()（）]{1,16})[:：]\s*([^()（）]*)[)）]")
_SKU_LABELS = ("商家编码", "商品编码", "sku编码", "sku", "seller sku", "item number")
_UNIT_LABELS = ("产品数量", "商品数量", "数量", "quantity", "qty", "product quantity")


def products_of(text: str) -> list[Product]:
    """The goods in a text such as ``【1】Mug (商家编码:MUG-01) (产品数量:2 piece) 【2】…``.

    Labels are read wherever they stand; a text without any of this is one title.
    """
    text = " ".join(text.split())
    if not text:
        return []
    blocks = [block for block in _START.split(text) if block.strip()]
    found = []
    for block in blocks:
        labels = {name.strip().lower(): value.strip() for name, value in _LABELLED.findall(block)}
        sku = next((labels[name] for name in _SKU_LABELS if labels.get(name)), "")
        units = next((labels[name] for name in _UNIT_LABELS if labels.get(name)), "")
        title = _LABELLED.split(block)[0].strip(" \t,;，；")
        found.append(Product(sku[:100], title[:300], quantity_of(units)))
    return found
