"""Adding up scans, what comes next, and reading what was typed. No database."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.packing import Asked, Entry, Rules, State, fold, next_step, off_by, read_entry


def entry(pk: int, kind: str, line: int | None = None, n: int = 0, **data: object) -> Entry:
    return Entry(pk, kind, data.pop("result", "right"), line, n, data)  # type: ignore[arg-type]


def test_units_are_the_sum_of_the_scans() -> None:
    state = fold([entry(1, "unit", 7, 1), entry(2, "unit", 7, 2), entry(3, "unit", 8, 1)])
    assert state.counts == {7: 3, 8: 1}
    assert state.last_line == 8


def test_what_is_taken_back_counts_no_longer() -> None:
    rows = [
        entry(1, "unit", 7, 2),
        entry(2, "undo", 7, -2, undoes=1),
        entry(3, "box", box=5),
        entry(4, "undo", undoes=3),
        entry(5, "close", split=True),
        entry(6, "undo", undoes=5),
        entry(7, "check", check=1),
        entry(8, "undo", undoes=7),
    ]
    assert fold(rows) == State(counts={}, box=None)


def test_a_weight_holds_until_the_content_changes() -> None:
    weighed = [entry(1, "unit", 7, 1), entry(2, "weight", grams=420)]
    assert fold(weighed).weight == 420
    assert fold([*weighed, entry(3, "unit", 7, 1)]).weight is None
    assert fold([*weighed, entry(3, "box", box=1)]).weight is None


def test_a_doubtful_weight_waits_for_a_reason() -> None:
    doubt = [entry(1, "unit", 7, 1), entry(2, "weight", grams=900, doubt=True)]
    assert (fold(doubt).weight, fold(doubt).doubt) == (None, 900)
    said = fold([*doubt, entry(3, "weight", grams=900, reason="with a gift")])
    assert (said.weight, said.doubt, said.weight_reason) == (900, None, "with a gift")


def test_wrong_scans_do_nothing() -> None:
    assert fold([entry(1, "other", result="wrong")]) == State()


def test_a_failed_unit_asks_its_checks_again() -> None:
    rows = [entry(1, "unit", 7, 1), entry(2, "check", check=3), entry(3, "check", check=4),
            entry(4, "fail", 7, -1, again=[3])]  # fmt: skip
    assert fold(rows).passed == {4}


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=12), st.randoms())
def test_the_order_in_which_units_come_in_does_not_matter(
    scans: list[tuple[int, int]], dice: random.Random
) -> None:
    shuffled = list(scans)
    dice.shuffle(shuffled)

    def counts(rows: list[tuple[int, int]]) -> dict[int, int]:
        return fold([entry(i, "unit", line, n) for i, (line, n) in enumerate(rows)]).counts

    assert counts(scans) == counts(shuffled)


PLAIN = Rules(box=False, weight=False)


@pytest.mark.parametrize(
    ("state", "rules", "step"),
    [
        (State(), PLAIN, "units"),
        (State(counts={1: 1}), PLAIN, "units"),
        (State(counts={1: 1}, split=True), PLAIN, "close"),
        (State(counts={1: 2}), PLAIN, "close"),
        (State(counts={1: 3}), PLAIN, "too_many"),
        (State(counts={1: 2, 9: 1}), PLAIN, "too_many"),
        (State(counts={1: 2}), Rules(checks=[4]), "check"),
        (State(counts={1: 2}, passed={4}), Rules(checks=[4]), "box"),
        (State(counts={1: 2}, box=1), Rules(photo=True), "photo"),
        (State(counts={1: 2}, box=1, photos=1), Rules(photo=True), "weight"),
        (State(counts={1: 2}, box=1, doubt=900), Rules(), "reason"),
        (State(counts={1: 2}, box=1, weight=640), Rules(), "close"),
    ],
)
def test_what_comes_next(state: State, rules: Rules, step: str) -> None:
    assert next_step(state, {1: 2}, rules) == step


@pytest.mark.parametrize(
    ("text", "step", "asked"),
    [
        ("close", "units", Asked("close")),
        ("  Undo ", "units", Asked("undo")),
        ("BOX-S1", "units", Asked("box", "S1")),
        ("fail-damaged", "check", Asked("fail", "DAMAGED")),
        ("FAIL-NONSENSE", "check", Asked("code", "FAIL-NONSENSE")),
        ("3*6900000000001", "units", Asked("code", "6900000000001", 3)),
        ("12 × MUG-01", "units", Asked("code", "MUG-01", 12)),
        ("0*MUG", "units", Asked("code", "MUG", 0)),
        ("-1*MUG", "units", Asked("code", "-1*MUG")),
        ("1000000000*MUG", "units", Asked("code", "MUG", 1_000_000_000)),
        ("2", "box", Asked("choice", "2")),
        ("5", "box", Asked("code", "5")),
        ("2", "units", Asked("code", "2")),
        ("640", "weight", Asked("weight", "640")),
        ("0.64", "weight", Asked("weight", "640")),
        ("0,64", "reason", Asked("weight", "640")),
        ("640", "units", Asked("code", "640")),
        ("640 g", "units", Asked("weight", "640")),
        ("ST,GS,+  0.640kg", "weight", Asked("weight", "640")),
        ("31kg", "weight", Asked("weight", "31000")),
        ("1.2 公斤", "weight", Asked("weight", "1200")),
        ("6900000000001", "weight", Asked("code", "6900000000001")),
        ("MUG-100g", "weight", Asked("code", "MUG-100g")),
    ],
)
def test_what_a_text_asks_for(text: str, step: str, asked: Asked) -> None:
    assert read_entry(text, step) == asked


@pytest.mark.parametrize(
    ("grams", "expected", "off"),
    [(640, 640, 0), (660, 640, 0), (672, 640, 0), (673, 640, 1), (607, 640, 1), (40, 20, 0),
     (41, 20, 1)],
)  # fmt: skip
def test_how_far_a_weight_is_off(grams: int, expected: int, off: int) -> None:
    assert off_by(grams, expected, percent=5, at_least=20) == off
