"""The main navigation shows what exists and what the role may see, and marks where one is."""

import pytest
from django.test import override_settings

from core.navigation import SECTIONS, nav_groups

pytestmark = pytest.mark.urls("core.tests.nav_urls")


def items(address, may=lambda scope: True):
    return [item for group in nav_groups(address, may) for item in group.items]


def test_sections_without_a_page_are_left_out():
    assert [item.href for item in items("/nowhere/")] == ["/", "/orders/"]


def test_groups_without_a_page_are_left_out():
    assert [str(group.label) for group in nav_groups("/")] == ["Work"]


def test_sections_that_the_role_may_not_see_are_left_out():
    assert items("/", may=lambda scope: scope != "orders:read") == []


@pytest.mark.parametrize(
    ("address", "active"),
    [("/", "/"), ("/orders/", "/orders/"), ("/orders/5/", "/orders/"), ("/x/", "")],
)
def test_the_section_is_marked(address, active):
    marked = [item.href for item in items(address) if item.active]
    assert marked == ([active] if active else [])


def test_each_key_opens_one_section():
    keys = [section.key for _label, sections in SECTIONS for section in sections]
    assert sorted(set(keys)) == sorted(keys)


def test_the_longest_address_is_the_section(settings):
    with override_settings(ROOT_URLCONF="fulfillment.urls"):
        marked = [item.href for item in items("/stock/shortages/") if item.active]
    assert marked == ["/stock/shortages/"]
