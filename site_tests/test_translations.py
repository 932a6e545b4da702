"""Nothing on any page is left in English for somebody who reads Chinese."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from fulfillment import catalogues
from sellers.models import Store
from site_tests import pages
from site_tests.html import Document
from site_tests.site import CHINESE, EMPTY, NOBODY, OPS, PACKER, SUPPORT, Site

#: Proper names, the words that the tests themselves send, and a column in a file of the demo shop.
NAMES = {"English", "Excel", "demo", "nonsense", "paid", "ST", "TR"} | {
    word for label in Store.Marketplace.labels for word in str(label).split()
}
#: Tables with what people typed in or what others sent: shown as it is.
THEIR_WORDS = (
    *("sellers_user", "sellers_seller", "sellers_store", "sellers_apikey"),
    *("stock_sku", "stock_warehouse", "stock_stockmovement"),
    *("stock_stocktake", "stock_transfer", "stock_supplier", "stock_suppliersku"),
    *("stock_replenishment", "stock_stockfile", "sellers_job"),
    *("orders_order", "orders_orderline", "orders_closure", "orders_hold", "orders_ordernote"),
    *("logistics_carrier", "logistics_carrierservice", "logistics_shipment"),
    *("logistics_trackingevent", "logistics_box", "logistics_qualitycheck"),
    *("marketplaces_importrun", "orders_savedview"),
)
WORD = re.compile(r"[A-Za-z][A-Za-z'’]+")
#: Codes, addresses, numbers, placeholders, lists of parameters: characters, not words.
CODE = re.compile(
    r"""-?[a-z_]+:(?:"[^"]*"|\S+)|(?:[a-z_]+, ){3,}[a-z_]+|\{\w*\}|[\w.+-]+@[\w.-]+|https?://\S+|/[\w/<>:.?=&-]+|\w*[\d_]\w*(?:[-.]\w+)*"""
)


@cache
def known_words() -> set[str]:
    """The Latin words that the Chinese texts themselves use: SKU, CSV, AliExpress."""
    found = set(NAMES)
    for locale in catalogues.LOCALES:
        for message in catalogues.read(catalogues.catalogue_path(catalogues.ROOT, locale), locale):
            texts = [message.string] if isinstance(message.string, str) else message.string
            for text in texts or ():
                found |= set(WORD.findall(re.sub(r"%\(\w+\)\w|\{\w*\}", " ", text)))
    return found


@cache
def their_words(site: Site) -> list[str]:
    """Whatever the shop's people, buyers and carriers have written, longest first."""
    # What is all small letters is a code of ours, like a stage; it must not excuse the word.
    values = {
        v
        for v in site.texts_of(THEIR_WORDS)
        if len(v) > 2 and WORD.search(v) and not re.fullmatch("[a-z_]+", v)
    }
    return sorted(values, key=len, reverse=True)


@cache
def english(site: Site, text: str) -> list[str]:
    """The words of a text that nobody has translated."""
    if not _foreign(text):
        return []  # most texts, so that theirs need not be looked for
    theirs = "|".join(re.escape(v) for v in their_words(site) if v in text)
    return _foreign(re.sub(f"(?<![A-Za-z])(?:{theirs})(?![A-Za-z])", " ", text) if theirs else text)


def _foreign(text: str) -> list[str]:
    rest = CODE.sub(" ", text)
    return [w for w in WORD.findall(rest) if not w.isupper() and w not in known_words()]


def said_in_english(site: Site, html: str) -> Iterator[str]:
    document = Document.of(html)
    for found in document.texts:
        if words := english(site, found.text):
            where = f"{found.element}[{found.attribute}]" if found.attribute else found.element
            yield f"{where}: {found.text[:120]!r} ({', '.join(words[:6])})"
    if "<html" in html[:500] and document.language != CHINESE:
        yield f"lang is {document.language!r}"


def assert_chinese(problems: Iterable[tuple[str, str]]) -> None:
    """Each text once, with the first page that has it."""
    first: dict[str, str] = {}
    for address, line in problems:
        first.setdefault(line, address)
    assert not first, "\n".join(f"{address}: {line}" for line, address in first.items())


def some_orders(site: Site) -> list[str]:
    """Orders in every stage and trouble, two of each."""
    lists = [a for a in Document.of(site.get("/orders/", language=CHINESE).text).links if "=" in a]
    found: dict[str, None] = {}
    for address in dict.fromkeys(lists):
        path = address if address.startswith("/") else f"/orders/{address}"
        links = Document.of(site.get(path, language=CHINESE).text).links
        orders = [link for link in links if re.fullmatch(r"(/orders/)?ord_\w+/.*", link)]
        for link in list(dict.fromkeys(orders))[:2]:
            found[f"/orders/{link.removeprefix('/orders/')}"] = None
        if len(found) >= 24:
            break
    return list(found)[:24]


def test_every_page_is_chinese(site: Site) -> None:
    addresses = [each for found in pages.addresses(site).values() for each in found]
    addresses += some_orders(site)
    assert len(addresses) > 40
    assert_chinese(
        (address, line)
        for address in addresses
        for line in said_in_english(site, site.get(address, language=CHINESE).text)
    )


@pytest.mark.parametrize("user", [None, NOBODY, EMPTY, PACKER, SUPPORT, OPS])
def test_pages_of_others_and_refusals_are_chinese(user: str | None, site: Site) -> None:
    addresses = [found[0] for found in pages.addresses(site).values()]
    addresses += ["/orders/nothing/", "/nothing/", "/orders/?stage=nonsense&cursor=x"]
    assert_chinese(
        (address, line)
        for address in addresses
        for line in said_in_english(site, site.get(address, user=user, language=CHINESE).text)
    )


def test_every_form_that_is_sent_empty_answers_in_chinese(site: Site) -> None:
    forms: dict[str, dict[str, str]] = {}
    for address in [found[0] for found in pages.addresses(site).values()]:
        for form in Document.of(site.get(address, language=CHINESE).text).forms:
            forms.setdefault(form.action or address, form.hidden)
    problems = []
    for action in forms.keys() - {"/logout/", "/language/"}:
        answer = site.post(action, forms[action], language=CHINESE)
        assert answer.status < 500, f"{action} {forms[action]}: {answer.status}"
        problems += [(action, line) for line in said_in_english(site, answer.text)]
    assert len(forms) > 15
    assert_chinese(problems)


@pytest.mark.parametrize(
    "path",
    [
        "/orders?nonsense=1",
        "/orders?limit=many",
        "/orders?cursor=broken",
        "/orders?stage=nonsense",
        "/orders/nothing",
        "/nothing",
        "/events?after=broken",
    ],
)
@pytest.mark.parametrize("user", ["owner@demo.example", NOBODY, None])
def test_the_api_refuses_in_chinese(path: str, user: str | None, site: Site) -> None:
    answer = site.get(f"/api/v1{path}", user=user, language=CHINESE)
    assert answer.status >= 400
    problem = json.loads(answer.text)
    texts = [problem["title"], problem.get("detail", "")]
    texts += [each.get("detail", "") for each in problem.get("errors", [])]
    assert [t for t in texts if english(site, t)] == []
    assert any(re.search(r"[\u4e00-\u9fff]", t) for t in texts)
