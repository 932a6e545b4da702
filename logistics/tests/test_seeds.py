"""The carriers that come with the product: complete, consistent, and their numbers recognised."""

import re
from urllib.parse import urlsplit

import pytest

from logistics.seeds import CARRIERS, CarrierSeed
from logistics.tracking_numbers import check_number, validate_pattern
from orders.checks import COUNTRY_CODES

BY_CODE = {carrier.code: carrier for carrier in CARRIERS}


def test_the_carriers_are_those_that_sellers_use() -> None:
    assert [carrier.code for carrier in CARRIERS] == [
        "cainiao",
        "yunexpress",
        "4px",
        "yanwen",
        "china-post",
        "ems",
        "sf-international",
        "ups",
        "dhl",
        "fedex",
        "other",
    ]
    assert len(BY_CODE) == len(CARRIERS)


def test_codes_of_services_are_unique_over_all_carriers() -> None:
    codes = [service.code for carrier in CARRIERS for service in carrier.services]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[-a-z0-9]{1,60}", code) for code in codes)


def test_only_the_marketplace_s_own_logistics_is_of_the_platform() -> None:
    assert [carrier.code for carrier in CARRIERS if carrier.kind == "platform"] == ["cainiao"]
    assert {service.mode for service in BY_CODE["cainiao"].services} == {"parcel", "warehouse"}


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.code)
def test_a_carrier_is_complete(carrier: CarrierSeed) -> None:
    assert carrier.name_en
    assert carrier.name_zh
    assert carrier.services
    validate_pattern(carrier.pattern)
    url = urlsplit(carrier.tracking_url.format(number="AB12345"))
    assert url.scheme == "https"
    assert url.hostname
    assert "AB12345" in url.geturl()
    for service in carrier.services:
        assert service.name_en
        assert service.name_zh
        assert 0 < service.min_days <= service.max_days
        assert set(service.countries) <= COUNTRY_CODES
        limits = (service.max_weight_grams, service.max_length_mm, service.max_sum_mm)
        assert all(limit is None or limit > 0 for limit in limits)
        if service.max_length_mm and service.max_sum_mm:
            assert service.max_length_mm < service.max_sum_mm


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("cainiao", "RB123456785CN"),
        ("cainiao", "CNG00123456789012"),
        ("yunexpress", "YT2512345678901234"),
        ("yunexpress", "XX123456789YQ"),
        ("4px", "4PX3001234567890CN"),
        ("yanwen", "UE123456789YP"),
        ("yanwen", "S123456789012"),
        ("china-post", "LZ123456785CN"),
        ("ems", "EA123456785CN"),
        ("sf-international", "SF1234567890123"),
        ("ups", "1Z999AA10123456784"),
        ("dhl", "1234567890"),
        ("fedex", "123456789012"),
        ("other", "ANYTHING-123"),
    ],
)
def test_a_number_of_the_carrier_is_recognised(code: str, number: str) -> None:
    assert check_number(number, BY_CODE[code].pattern).problems == []


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("yunexpress", "YT251234567890123"),
        ("ups", "1Z999AA1012345678"),
        ("china-post", "RB123456785GB"),
        ("sf-international", "YT2512345678901234"),
        ("fedex", "1234567890"),
    ],
)
def test_a_number_of_another_carrier_is_unusual(code: str, number: str) -> None:
    check = check_number(number, BY_CODE[code].pattern)
    assert [(p.code, p.severity) for p in check.problems] == [("unusual", "warn")]


def test_an_order_code_is_not_a_number_of_the_platform_s_logistics() -> None:
    check = check_number("LP00123456789012", BY_CODE["cainiao"].pattern)
    assert [(p.code, p.severity) for p in check.problems] == [("is_order_code", "refuse")]
