"""Tracking numbers: what is refused, what is only unusual, and what is neither."""

import pytest
from django.utils import translation

from logistics.tracking_numbers import (
    PROBLEM_CODES,
    NumberProblem,
    check_number,
    normalise,
    problem_text,
    s10_check_digit,
    validate_pattern,
)


def found(
    number: str, pattern: str | None = None, store_pattern: str | None = None
) -> list[tuple[str, str]]:
    return [(p.code, p.severity) for p in check_number(number, pattern, store_pattern).problems]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" rb 123 456 785 gb\n", "RB123456785GB"),
        ("\u3000ＹＴ１２３\u00a0４\t", "YT1234"),
        ("yt\u200b12345", "YT12345"),
        ("", ""),
    ],
)
def test_numbers_are_stored_in_one_form(typed: str, stored: str) -> None:
    assert normalise(typed) == stored
    assert normalise(stored) == stored


@pytest.mark.parametrize(
    ("serial", "digit"),
    # 5 × 9 = 45 leaves 1, and 10 → 0; 1 × 9 + 5 × 7 = 44 leaves 0, and 11 → 5.
    [("12345678", 5), ("47312482", 9), ("00000001", 4), ("00000050", 0), ("00000015", 5)],
)
def test_the_s10_check_digit(serial: str, digit: int) -> None:
    assert s10_check_digit(serial) == digit


@pytest.mark.parametrize("serial", ["1234567", "123456789", "1234567A", "１２３４５６７８"])
def test_the_s10_check_digit_needs_eight_digits(serial: str) -> None:
    with pytest.raises(ValueError, match="eight digits"):
        s10_check_digit(serial)


def test_a_right_postal_number_is_fine() -> None:
    check = check_number("rb 123456785 gb", None)
    assert (check.number, check.ok, check.refused, check.needs_reason) == (
        "RB123456785GB",
        True,
        False,
        False,
    )


def test_a_mistyped_postal_number_is_refused() -> None:
    check = check_number("RB123456786US", r"[A-Z]{2}\d{9}[A-Z]{2}")
    assert check.problems == [NumberProblem("check_digit", "refuse", {"number": "RB123456786US"})]
    assert (check.ok, check.refused, check.needs_reason) == (False, True, False)


def test_a_pattern_of_the_store_does_not_excuse_a_mistyped_postal_number() -> None:
    assert found("RB123456786US", None, r"\w+") == [("check_digit", "refuse")]


@pytest.mark.parametrize("number", ["UE123456789YP", "YT123456780YQ"])
def test_a_carrier_s_own_number_in_postal_shape_is_fine(number: str) -> None:
    assert found(number) == []


def test_a_postal_number_of_no_country_is_a_warning() -> None:
    assert found("RB123456785QQ") == [("unknown_country", "warn")]


def test_the_pattern_decides_about_a_postal_number_of_no_country() -> None:
    assert found("RB123456785QQ", r"RB\d{9}QQ") == []


@pytest.mark.parametrize("number", ["", "   ", "\u200b"])
def test_an_empty_number_is_refused(number: str) -> None:
    assert found(number) == [("empty", "refuse")]


@pytest.mark.parametrize(
    ("number", "odd"),
    [
        ("YT12345;YT12346", ";"),
        ("云途12345", "云途"),
        ("=1+12345", "+="),
        ("-12345", "-"),
        ("12--345", "-"),
        ("<b>1234", "<>"),
    ],
)
def test_other_characters_are_refused_and_named(number: str, odd: str) -> None:
    assert check_number(number, None).problems == [
        NumberProblem("bad_characters", "refuse", {"characters": odd})
    ]


def test_hyphens_between_characters_are_fine() -> None:
    assert found("1234-5678-9012") == []


@pytest.mark.parametrize(
    ("length", "problems"),
    [
        (4, [("too_short", "refuse")]),
        (5, []),
        (40, []),
        (41, [("too_long", "refuse")]),
    ],
)
def test_the_length_has_limits(length: int, problems: list[tuple[str, str]]) -> None:
    assert found("A" * length) == problems


@pytest.mark.parametrize("digits", [14, 15, 16])
def test_a_cainiao_order_code_is_refused_and_said_to_be_one(digits: int) -> None:
    check = check_number("LP" + "1" * digits, r"[A-Z]{2}\d{10,20}")
    assert [(p.code, p.severity) for p in check.problems] == [("is_order_code", "refuse")]
    with translation.override("en"):
        assert "is a Cainiao order code, not a tracking number" in problem_text(check.problems[0])


@pytest.mark.parametrize("number", ["LP" + "1" * 13, "LP" + "1" * 17, "LP123456785CN"])
def test_other_numbers_beginning_with_lp_are_no_order_codes(number: str) -> None:
    assert found(number) == []


def test_an_order_code_that_the_store_itself_announces_is_left_to_a_person() -> None:
    check = check_number("LP12345678901234", None, r"LP\d{14}")
    assert [(p.code, p.severity) for p in check.problems] == [("is_order_code", "warn")]
    assert check.needs_reason


def test_a_number_that_the_carrier_does_not_use_is_a_warning() -> None:
    check = check_number("XX12345", r"YT\d{16}")
    assert check.problems == [NumberProblem("unusual", "warn", {"number": "XX12345"})]
    assert (check.ok, check.refused, check.needs_reason) == (False, False, True)


@pytest.mark.parametrize("number", ["YT12345678901234567", "AYT1234567890123456"])
def test_the_pattern_is_for_the_whole_number(number: str) -> None:
    assert found(number, r"YT\d{16}|ZZ\d+") == [("unusual", "warn")]


def test_the_pattern_disregards_case_and_may_have_anchors() -> None:
    assert found("YT1234567890123456", r"^yt\d{16}$") == []


def test_the_pattern_of_the_store_wins() -> None:
    assert found("SF123456789012", r"YT\d{16}", r"SF\d{12}") == []
    assert found("YT1234567890123456", r"YT\d{16}", r"SF\d{12}") == [("unusual", "warn")]


def test_an_empty_pattern_asks_for_nothing() -> None:
    assert found("WHATEVER1", "", "") == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"YT\d{16}|[A-Z]{2}\d{9}Y[PQ]",
        r"^(?:\d{12}|\d{15}|\d{20})$",
        r"(?i)[a-z]{2,6}\d{8,20}([A-Z]{2})?",
        r"\w{5,40}",
        r"[\]\\(a+)*-]{3}x",
        r"(?P<head>SF)\d{12,15}",
    ],
)
def test_usual_patterns_are_accepted(pattern: str) -> None:
    validate_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "[A-", "a{2,1}", "*A", r"\p{L}"])
def test_a_broken_pattern_is_refused_with_a_sentence(pattern: str) -> None:
    with (
        translation.override("en"),
        pytest.raises(ValueError, match="not a regular expression"),
    ):
        validate_pattern(pattern)
    with translation.override("en"), pytest.raises(ValueError, match="expression"):
        check_number("YT12345", pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"(\d+)+X", r"(a|a)*b", r"(?:\d*)*", r"\d*\d*\d*\d*\d*X", "a?" * 30, r"(\w{1,9}){9}!"],
)
def test_a_pattern_that_could_take_forever_is_refused(pattern: str) -> None:
    with translation.override("en"), pytest.raises(ValueError, match="too complicated"):
        validate_pattern(pattern)


def test_a_very_long_pattern_is_refused() -> None:
    with translation.override("en"), pytest.raises(ValueError, match="longer than 300"):
        validate_pattern("A" * 301)


def test_every_problem_has_a_sentence() -> None:
    params = dict.fromkeys(["number", "country", "characters", "length", "limit"], "§")
    with translation.override("en"):
        for code in PROBLEM_CODES:
            text = problem_text(NumberProblem(code, "warn", params))
            assert "%(" not in text, code
            assert text.endswith("."), code
