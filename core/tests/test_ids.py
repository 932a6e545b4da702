"""Public ids: opaque, and nothing that is not one is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import decode, encode


@given(st.integers(0, 2**63 - 1))
def test_an_id_comes_back(pk: int) -> None:
    assert decode("ord", encode("ord", pk)) == pk


def test_known_values_never_change() -> None:
    assert encode("ord", 1) == "ord_BKcmW8fvcs"
    assert encode("ord", 2) == "ord_73PBc8NypC"


@pytest.mark.parametrize(
    "text",
    ["", "ord", "ord_", "1", "ord_1", "shp_" + "k" * 10, "ord_" + "k" * 99, "ord_ä", "ord_kN\x00",
     "ord_' OR 1=1", "ORD_abc", "ord_-", "_abc"],
)  # fmt: skip
def test_what_is_no_id_is_refused(text: str) -> None:
    assert decode("ord", text) is None


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    found = decode("ord", "ord_" + text)
    assert found is None or encode("ord", found) == "ord_" + text


def test_another_kind_is_refused() -> None:
    assert decode("ord", encode("shp", 7)) is None
