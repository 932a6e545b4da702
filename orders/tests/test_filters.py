"""What each word of the filter language selects, and how it says that it does not understand."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actor import Actor
from core.errors import Invalid
from orders.filter_keys import KEYS, Reading
from orders.filter_suggest import suggest
from orders.filters import Filtered, filter_orders, order_list
from orders.models import Order, Penalty, PenaltyRule
from sellers.access import scopes_of
from sellers.models import Role, Store
from testing.factories import OrderFactory, SkuFactory, StoreFactory, at

pytestmark = pytest.mark.django_db

NOW = at("2026-03-04 08:00")  # 16:00 in Shanghai
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(code="main", name="Main shop")


def actor(role: str) -> Actor:
    return Actor("user", 1, "x", scopes_of(role))


def filtered(store: Store, text: str, role: str = Role.OWNER) -> Filtered:
    params = QueryDict(mutable=True)
    params["q"] = text
    return filter_orders(params, Reading(store.seller, NOW, actor(role)))


def found(store: Store, text: str) -> list[str]:
    answer = filtered(store, text)
    assert not answer.errors, [str(error.detail) for error in answer.errors]
    return sorted(answer.rows.values_list("number", flat=True))


def mistake(store: Store, text: str, role: str = Role.OWNER) -> tuple[str, str, str]:
    """(the word, what is said about it, what is proposed)"""
    answer = filtered(store, text, role)
    [error] = answer.errors
    assert not answer.rows.exists()
    return text[error.start : error.end], str(error.detail), error.instead


def make(store: Store, number: str, **fields: Any) -> Order:
    fields = {
        "placed_at": NOW - 30 * DAY,
        "paid_at": NOW - 30 * DAY,
        "ship_by": NOW + 9 * DAY,
    } | fields
    return OrderFactory.create(store=store, number=number, **fields)


CASES: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    # What the order has, what another has, filters that find the first and not the second.
    (
        {"ship_by": NOW - HOUR},
        {},
        ["is:overdue", "is:late", "is:超时", "超时", "due:<0h", "-is:on_time"],
    ),
    (
        {"ship_by": NOW + 2 * HOUR},
        {},
        ["is:due_soon", "is:soon", "is:due-soon", "due:<4h", "due:4h"],
    ),
    ({"ship_by": NOW + 7 * HOUR}, {}, ["is:due_today", "due:today", "due:2026-03-04", "截止:今天"]),
    ({}, {"ship_by": NOW - HOUR}, ["is:on_time", "due:>2d", "due:>2026-03-04", "-due:today"]),
    ({"on_hold": True}, {}, ["is:held", "is:挂起", "挂起"]),
    ({"problems": ["phone_missing"]}, {}, ["is:problem", "problem:phone_missing", "is:problems"]),
    ({"history": True}, {}, ["is:history"]),
    (
        {"stage": "stocked"},
        {},
        ["stage:stocked", "阶段:待打包", "stage:to-pack", "stage:packed,stocked"],
    ),
    ({"stage": "stocked"}, {"stage": "packed"}, ["-stage:packed", "stage:new stage:stocked"]),
    ({}, {"stage": "confirmed"}, ["is:open", "-is:finished"]),
    ({"stage": "cancelled"}, {}, ["is:finished", "-is:open"]),
    (
        {"country": "US"},
        {"country": "BR"},
        ["country:US", "country:us", "国家:美国", "-country:BR"],
    ),
    (
        {"remark": "red one"},
        {},
        ["remark:yes", "is:remark", 'remark:"red one"', "备注:有", "-remark:no"],
    ),
    (
        {"buyer_name": "Ana Souza"},
        {"buyer_name": "Li"},
        ["buyer:souza", "ana souza", "买家:Ana", "-buyer:li"],
    ),
    (
        {"placed_at": NOW - HOUR},
        {},
        ["placed:today", "placed:<2d", "placed:>2026-03-01", "下单:今天"],
    ),
    ({}, {"placed_at": NOW - HOUR}, ["placed:>2d", "placed:<2026-03-01", "placed:..2026-02-28"]),
    (
        {"paid_at": NOW - HOUR},
        {},
        ["paid:2026-03-04", "paid:2026-03-01..2026-03-31", "paid:>=2026-03-04"],
    ),
]


@pytest.mark.parametrize(
    ("has", "other", "text"),
    [(has, other, text) for has, other, texts in CASES for text in texts],
)
def test_keys(store: Store, has: dict[str, Any], other: dict[str, Any], text: str) -> None:
    make(store, "THIS", **has)
    make(store, "OTHER", **other)
    assert found(store, text) == ["THIS"]


def test_every_key_has_examples_that_it_understands(store: Store) -> None:
    for key in KEYS.values():
        for example in key.examples:
            text = example.replace("store:code", "store:main")
            assert not filtered(store, text).errors, text


def test_sku(store: Store) -> None:
    sku = SkuFactory.create(seller=store.seller, code="AB-1")
    make(store, "MAPPED", lines=[(sku, 1)])
    make(store, "UNMAPPED", lines=[("AB-2", 1)])
    make(store, "OTHER", lines=[("CD-1", 2)])
    assert found(store, "sku:AB-1") == ["MAPPED"]
    assert found(store, "sku:AB*") == ["MAPPED", "UNMAPPED"]
    assert found(store, "sku:*-1") == ["MAPPED", "OTHER"]
    assert found(store, "-sku:AB*") == ["OTHER"]
    assert found(store, "is:unmapped") == ["OTHER", "UNMAPPED"]
    assert found(store, "AB-1") == ["MAPPED"]
    assert found(store, "units:>1") == ["OTHER"]


def test_numbers(store: Store) -> None:
    for number in ("8191", "8192", "8291"):
        make(store, number)
    assert found(store, "819") == ["8191", "8192"]
    assert found(store, "number:819*") == ["8191", "8192"]
    assert found(store, "number:*91") == ["8191", "8291"]
    assert found(store, "number:8191,8291,77") == ["8191", "8291"]
    assert found(store, "8191\n8291, 77") == ["8191", "8291"]
    assert filtered(store, "8191\n8291, 77").numbers == ["8191", "8291", "77"]
    assert filtered(store, "8191").numbers == []
    assert filtered(store, "-number:8191,8291").numbers == []


def test_too_many_numbers_are_refused_not_cut(store: Store) -> None:
    text = " ".join(str(n) for n in range(1000, 1501))
    word, detail, _ = mistake(store, text)
    assert word == text
    assert "501" in detail


def test_store_by_code_or_name(store: Store) -> None:
    other = StoreFactory.create(seller=store.seller, code="second", name="Second shop")
    StoreFactory.create(code="strange")
    make(store, "A")
    make(other, "B")
    assert found(store, "store:main") == ["A"]
    assert found(store, 'store:"Second shop"') == ["B"]
    assert found(store, "store:main,second") == ["A", "B"]
    assert mistake(store, "store:strange")[0] == "strange"


def test_partial(store: Store) -> None:
    sku = SkuFactory.create(seller=store.seller)
    make(store, "PART", stage="accepted", lines=[(sku, 3)])
    make(store, "NONE", stage="accepted", lines=[(sku, 3)])
    Order.objects.filter(number="PART").update(allocated=1)
    assert found(store, "is:partial") == ["PART"]


def test_amount_and_fine(store: Store) -> None:
    sku = SkuFactory.create(seller=store.seller)
    dear = make(store, "DEAR", lines=[(sku, 1, Decimal("120.00"))], freight_amount=Decimal("5"))
    make(store, "CHEAP", lines=[(sku, 1, Decimal("3.00"))])
    rule = PenaltyRule.objects.exclude(steps=None).first()
    assert rule
    Penalty.objects.create(
        seller=store.seller,
        order=dear,
        rule=rule,
        step=rule.steps.first(),
        amount=Decimal("12.00"),
        currency="USD",
        at=NOW,
        actor="x",
    )
    assert found(store, "amount:125") == ["DEAR"]
    assert found(store, "amount:<=3") == ["CHEAP"]
    assert found(store, "fine:>10") == ["DEAR"]
    assert found(store, "fine:12") == ["DEAR"]
    assert found(store, "fine:>=12.01") == []
    assert found(store, "fine:0") == ["CHEAP"]
    assert found(store, "fine:<12") == ["CHEAP"]
    assert found(store, "fine:<=12") == ["CHEAP", "DEAR"]
    assert found(store, "fine:<0") == []


def test_nothing_of_a_stranger_is_found(store: Store) -> None:
    make(StoreFactory.create(code="main"), "STRANGE", ship_by=NOW - HOUR, remark="x")
    for text in ("is:overdue", "number:STRANGE", "remark:yes", "-is:held", "STRANGE", "fine:0"):
        assert found(store, text) == []


def test_all_conditions_hold(store: Store) -> None:
    make(store, "BOTH", on_hold=True, country="US")
    make(store, "ONE", on_hold=True, country="BR")
    assert found(store, "is:held country:US") == ["BOTH"]
    assert found(store, "is:held -country:US") == ["ONE"]
    assert found(store, 'is:held "ONE"') == ["ONE"]


# --- mistakes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "word", "instead"),
    [
        ("is:held stag:new", "stag", "stage"),
        ("-stag:new", "stag", "stage"),
        ("contry:BR", "contry", "country"),
        ("stage:stockd", "stockd", "stocked"),
        ("stage:new,stockd", "stockd", "stocked"),
        ("country:Xyzabc", "Xyzabc", ""),
        ("stage:<new", "<new", ""),
        ("due:soon", "soon", ""),
        ("placed:2026-02-30", "2026-02-30", ""),
        ("placed:..", "..", ""),
        ("units:many", "many", ""),
        ("xyz:1", "xyz", ""),
    ],
)
def test_a_mistake_is_shown_at_its_word(store: Store, text: str, word: str, instead: str) -> None:
    make(store, "N")
    at_word, detail, proposed = mistake(store, text)
    assert (at_word, proposed) == (word, instead)
    assert word.lstrip("<>=") in detail


def test_an_unknown_key_names_those_that_are_known(store: Store) -> None:
    detail = mistake(store, "stag:new")[1]
    assert "“stage” is meant" in detail
    for key in KEYS:
        assert key in detail


def test_all_mistakes_are_told_at_once(store: Store) -> None:
    assert len(filtered(store, "stag:new due:soon is:held").errors) == 2


def test_mistakes_are_told_in_chinese(store: Store) -> None:
    with override("zh-hans"):
        assert "没有" in mistake(store, "stag:new")[1]


def test_money_is_not_filtered_by_who_may_not_see_it(store: Store) -> None:
    for text in ("fine:>10", "amount:>10"):
        word, detail, _ = mistake(store, text, Role.PACKER)
        assert word == text.partition(":")[0]
        assert "money" in detail
    assert "fine" not in mistake(store, "stag:new", Role.PACKER)[1]
    with pytest.raises(Invalid):
        order_list(store.seller, {"q": "fine:>10"})


def test_the_api_takes_the_text_as_it_is(store: Store) -> None:
    make(store, "N", buyer_name="is:held")
    assert order_list(store.seller, {"q": "is:held"}, plain=True).count() == 1
    assert order_list(store.seller, {"q": "is:held"}).count() == 0


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["超时", "-x", "8191", '"a"', "a,b"]),
            st.builds(
                "{}:{}{}".format,
                st.sampled_from(sorted(KEYS)),
                st.sampled_from(["", "<", ">=", "-"]),
                st.sampled_from(
                    [
                        "new",
                        "4h",
                        "2026-03-04",
                        "10",
                        "AB*",
                        "*",
                        "yes",
                        "BR",
                        "9" * 12,
                        "..",
                        "\\",
                        "%_",
                    ]
                ),
            ),
        ),
        max_size=4,
    ).map(" ".join)
)
def test_any_filter_gives_a_list_or_says_why_not(store: Store, text: str) -> None:
    answer = filtered(store, text)
    assert answer.errors or list(answer.rows) == []


# --- suggestions -----------------------------------------------------------------------------


def suggested(store: Store, text: str, role: str = Role.OWNER) -> list[str]:
    start, options = suggest(text, Reading(store.seller, NOW, actor(role)))
    return [text[:start] + option.insert for option in options]


def test_suggestions(store: Store) -> None:
    SkuFactory.create(seller=store.seller, code="AB-1")
    SkuFactory.create(code="AB-STRANGE")
    assert suggested(store, "is:held stag") == ["is:held stage:"]
    assert suggested(store, "-cou") == ["-country:"]
    assert suggested(store, "over") == ["is:overdue", "is:at_risk"]
    assert suggested(store, "stage:new,pack") == ["stage:new,packed", "stage:new,stocked"]
    assert suggested(store, "国家:巴西") == ["国家:BR"]
    assert suggested(store, "sku:ab") == ["sku:AB-1"]
    assert suggested(store, "store:") == ["store:main"]
    assert "due:<4h" in suggested(store, "due:")
    assert suggested(store, "nosuch:") == []
    assert "fine:" not in suggested(store, "fi", Role.PACKER)
