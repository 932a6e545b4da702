"""The filter language as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.filter_text import MAX_LENGTH, MAX_TERMS, FilterError, parse, quoted, without


def said(text: str) -> list[tuple[str, list[str], bool]]:
    return [
        (term.key, [value.op + value.text for value in term.values], term.negated)
        for term in parse(text)
    ]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   ", []),
        ("is:overdue", [("is", ["overdue"], False)]),
        ("-is:overdue", [("is", ["overdue"], True)]),
        ("stage:new,packed", [("stage", ["new", "packed"], False)]),
        ("stage:new,,packed,", [("stage", ["new", "packed"], False)]),
        ("阶段：待打包，待发货", [("阶段", ["待打包", "待发货"], False)]),
        ("due:<4h", [("due", ["<4h"], False)]),
        ("due:≤4h", [("due", ["<=4h"], False)]),
        ("units:=3", [("units", ["3"], False)]),
        ('store:"main shop",b', [("store", ["main shop", "b"], False)]),
        ("buyer:“王 小明”", [("buyer", ["王 小明"], False)]),
        ('"free text"', [("", ["free text"], False)]),
        ('-"free text"', [("", ["free text"], True)]),
        ("ana souza", [("", ["ana souza"], False)]),
        ("ana -souza", [("", ["ana"], False), ("", ["souza"], True)]),
        ("A1,A2\n A3", [("", ["A1,A2\n A3"], False)]),
        ("A1 is:held A2", [("", ["A1"], False), ("is", ["held"], False), ("", ["A2"], False)]),
        ("12:30", [("", ["12:30"], False)]),
        ("- a", [("", ["- a"], False)]),
        ("AB-12", [("", ["AB-12"], False)]),
    ],
)
def test_terms(text: str, terms: list[tuple[str, list[str], bool]]) -> None:
    assert said(text) == terms


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("is:", "is:"),
        ("is: overdue", "is:"),
        ("stage:,", "stage:"),
        ("due:<", "<"),
        ("due:<,3h", "<"),
        ('buyer:"ana', '"ana'),
        ('a "b', '"b'),
        ('""', '""'),
        ('stage:new"x"', '"'),
        ("a \x00", "\x00"),
    ],
)
def test_a_mistake_has_its_place(text: str, wrong: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert text[caught.value.start : caught.value.end] == wrong


def test_a_filter_has_an_end() -> None:
    with pytest.raises(FilterError):
        parse("a" * (MAX_LENGTH + 1))
    with pytest.raises(FilterError):
        parse("is:held " * (MAX_TERMS + 1))
    assert len(parse("is:held " * MAX_TERMS)) == MAX_TERMS


def test_a_term_can_be_taken_out() -> None:
    text = 'is:held  "a  b" stage:new'
    assert [without(text, term) for term in parse(text)] == [
        '"a  b" stage:new',
        "is:held stage:new",
        'is:held  "a  b"',
    ]


TERMS = [
    "is:held",
    '"a  b"',
    "-stage:new,packed",
    "buyer:“王 小”",
    "order:DEMO-1",
    "-tag:x",
    "due:<2d",
]


@given(st.lists(st.sampled_from(TERMS), min_size=1), st.sampled_from([" ", "  ", "\n"]), st.data())
def test_the_others_stay_when_one_is_taken_out(words: list[str], gap: str, data) -> None:
    text = gap.join(words)
    at = data.draw(st.integers(0, len(words) - 1))
    assert without(text, parse(text)[at]).split() == " ".join(words[:at] + words[at + 1 :]).split()


@given(
    st.text(alphabet=st.sampled_from('ab1:：,，-"“”「」<>=≤* \n\t是待\x00'), max_size=40)
    | st.text()
)
def test_any_text_has_terms_or_a_mistake_with_its_place(text: str) -> None:
    try:
        terms = parse(text)
    except FilterError as error:
        place = (error.start >= 0, error.start < error.end, error.end <= max(len(text), 1))
        terms = []
    else:
        place = (True, True, True)
    assert all(place)
    at = 0
    for term in terms:
        assert at <= term.start < term.end <= len(text)
        assert term.values
        at = term.end


@given(st.text(min_size=1, max_size=20).filter(lambda text: text.replace('"', "").strip()))
def test_a_quoted_value_is_read_as_it_was(text: str) -> None:
    plain = "".join(c for c in text if c not in '"“”「」\x00<>=≤≥＜＞')
    if plain.strip():
        [term] = parse(f"buyer:{quoted(plain)}")
        assert term.values[0].text == plain
