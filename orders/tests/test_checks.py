"""The machine checks of an address: which code, on which field, how severe."""

import phonenumbers
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.checks import (
    COUNTRY_CODES,
    PROBLEM_CODES,
    Address,
    Problem,
    check_address,
    problem_text,
)

GOOD = Address(
    name="Ana Souza",
    phone="+5511912345678",
    country="BR",
    state="SP",
    city="São Paulo",
    postcode="01310-100",
    street="Av. Paulista 1000",
    tax_number="390.533.447-05",
)


def changed(**values: str) -> list[Problem]:
    return check_address(GOOD._replace(**values))


def codes(**values: str) -> list[tuple[str, str, str]]:
    return [(p.code, p.severity, p.field) for p in changed(**values)]


def test_a_complete_address_has_no_problem() -> None:
    assert check_address(GOOD) == []


def test_the_same_address_gives_the_same_answer() -> None:
    odd = GOOD._replace(name="", state="XX", postcode="1")
    assert check_address(odd) == check_address(odd)


def test_no_country_blocks_and_nothing_else_is_guessed() -> None:
    assert codes(country=" ", name="") == [("country_missing", "block", "country")]


@pytest.mark.parametrize("country", ["UK", "ZZ", "BRA", "../br"])
def test_an_unknown_country_blocks(country: str) -> None:
    assert codes(country=country) == [("country_unknown", "block", "country")]


def test_the_country_is_read_in_any_case() -> None:
    assert codes(country="br") == []


def test_neither_street_nor_city_nor_postcode_blocks() -> None:
    assert codes(street="", city="", postcode="") == [("destination_missing", "block", "street")]


def test_an_order_of_an_old_file_without_name_and_street_is_only_warned_about() -> None:
    bare = Address(country="BR", state="RR", city="boa vista", postcode="69309")
    assert [(p.code, p.severity) for p in check_address(bare)] == [
        ("name_missing", "warn"),
        ("phone_missing", "warn"),
        ("street_missing", "warn"),
        ("postcode_format", "warn"),
        ("tax_number_missing", "warn"),
    ]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("name", "name_missing"),
        ("phone", "phone_missing"),
        ("street", "street_missing"),
        ("city", "city_missing"),
        ("state", "state_missing"),
        ("postcode", "postcode_missing"),
        ("tax_number", "tax_number_missing"),
    ],
)
def test_one_missing_part_is_one_warning(field: str, code: str) -> None:
    assert codes(**{field: "  "}) == [(code, "warn", field)]


def test_a_part_that_the_country_does_not_need_may_be_missing() -> None:
    hong_kong = Address("Chan Tai Man", "+85221234567", "HK", "Kowloon", "", "", "1 Nathan Road")
    assert check_address(hong_kong) == []


@pytest.mark.parametrize(
    ("country", "postcode", "problems"),
    [
        ("DE", "10115", []),
        ("DE", "1011", ["postcode_format"]),
        ("GB", "SW1A 1AA", []),
        ("GB", "sw1a 1aa", []),
        # An alternative inside the country's pattern must not escape the anchors.
        ("GB", "GIR 0AA and more", ["postcode_format"]),
    ],
)
def test_the_format_of_the_postcode(country: str, postcode: str, problems: list[str]) -> None:
    address = Address("A", "", country, "", "Town", postcode, "1 Street")
    assert [p.code for p in check_address(address) if p.field == "postcode"] == problems


def test_a_postcode_of_another_state_is_a_warning_with_both() -> None:
    assert changed(postcode="69309-000") == [
        Problem(
            "postcode_state_mismatch",
            "warn",
            "postcode",
            {"value": "69309-000", "state": "SP"},
        )
    ]


@pytest.mark.parametrize("state", ["SP", "sp", "São Paulo", "sao paulo", "Estado de São Paulo"])
def test_a_state_is_known_by_code_and_by_name(state: str) -> None:
    assert codes(state=state) == []


@pytest.mark.parametrize("state", ["广东省", "广东", "Guangdong", "Guangdong Sheng"])
def test_a_chinese_province_is_known_in_both_scripts(state: str) -> None:
    address = Address("李雷", "+8613800138000", "CN", state, "深圳市", "518000", "科技园1号")
    assert check_address(address) == []


def test_an_unknown_state_is_a_warning() -> None:
    assert codes(state="Sao Palo") == [("state_unknown", "warn", "state")]


@pytest.mark.parametrize("phone", ["+55119", "call me", "123"])
def test_a_phone_number_that_cannot_be_dialled_is_a_warning(phone: str) -> None:
    assert codes(phone=phone) == [("phone_implausible", "warn", "phone")]


@settings(max_examples=500)
@given(st.from_regex(r"\+(?:1|7|39|44|55|86|234|852)[0-9 ()./-]{0,16}", fullmatch=True))
def test_a_number_in_international_form_is_judged_as_the_library_judges_it(phone: str) -> None:
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(phone, "BR"))
    except phonenumbers.NumberParseException:
        possible = False
    assert (codes(phone=phone.strip()) == []) == possible


def test_a_phone_number_in_national_form_is_read_by_the_country() -> None:
    assert codes(phone="(11) 91234-5678") == []


@pytest.mark.parametrize("number", ["390.533.447-05", "39053344705", "16.727.230/0001-97"])
def test_brazil_takes_a_person_s_and_a_company_s_number(number: str) -> None:
    assert codes(tax_number=number) == []


def test_a_wrong_tax_number_is_a_warning() -> None:
    assert codes(tax_number="390.533.447-06") == [("tax_number_invalid", "warn", "tax_number")]


def test_chile_wants_its_own_number() -> None:
    chile = Address("A", "+56221234567", "CL", "", "Santiago", "", "Calle 1", "12531909-2")
    wrong = chile._replace(tax_number="12531909-3")
    assert "tax_number_invalid" not in [p.code for p in check_address(chile)]
    assert [p.params for p in check_address(wrong) if p.code == "tax_number_invalid"] == [
        {"country": "CL", "kind": "RUT"}
    ]


def test_other_countries_need_no_tax_number() -> None:
    germany = Address("A", "+4930123456", "DE", "", "Berlin", "10115", "Weg 1")
    assert check_address(germany) == []


def test_a_line_that_a_label_cannot_hold_is_a_warning() -> None:
    assert changed(street="x" * 201) == [
        Problem("text_too_long", "warn", "street", {"length": "201", "limit": "200"})
    ]


def test_characters_without_a_glyph_are_named() -> None:
    assert changed(name="Ana 😀\x07") == [
        Problem("text_unprintable", "warn", "name", {"characters": "U+0007, U+1F600"})
    ]


def test_letters_of_other_scripts_and_line_breaks_are_fine() -> None:
    assert codes(name="Анна 李雷 عمر", street="Av. Paulista 1000\nApto 5") == []


@pytest.mark.parametrize("field", ["name", "phone", "street"])
def test_a_masked_part_is_a_warning(field: str) -> None:
    assert codes(**{field: "A***a"}) == [("text_masked", "warn", field)]


def test_every_problem_has_a_sentence_in_the_user_s_language() -> None:
    params = dict.fromkeys(
        [
            "value",
            "country",
            "example",
            "state",
            "kind",
            "length",
            "limit",
            "characters",
        ],
        "§",
    )
    with translation.override("en"):
        for code in PROBLEM_CODES:
            text = problem_text(Problem(code, "warn", "name", params))
            assert "%(" not in text, code
            assert text.endswith("."), code
        assert problem_text(changed(state="")[0]) == (
            "The address has no state or province, which BR needs. Ask the buyer for it."
        )


def test_country_codes_are_those_of_iso_3166() -> None:
    assert len(COUNTRY_CODES) == 249
    assert {"BR", "CN", "US", "GB"} <= COUNTRY_CODES
