"""The keys of the pages: one list for the scripts and the sheet, which a person can switch off."""

import json
import re

import pytest

from core.shortcuts import SHORTCUTS
from sellers.models import User
from testing.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    member = MembershipFactory(role="owner")
    client.force_login(member.user)
    client.user = member.user
    return client


def test_the_page_hands_the_keys_to_the_scripts(owner):
    page = owner.get("/settings/me/").content.decode()
    given = json.loads(re.search(r'id="shortcut-keys"[^>]*>(.*?)</script>', page)[1])
    assert given["keys"]["/"] == "search"
    assert given["go"] == "g"


def test_no_key_means_two_things():
    keys = [entry.key for _group, entries in SHORTCUTS for entry in entries]
    assert sorted(set(keys)) == sorted(keys)


def test_the_sheet_names_every_key(owner):
    sheet = owner.get("/shortcuts/", headers={"HX-Request": "true"}).content.decode()
    for _group, entries in SHORTCUTS:
        for entry in entries:
            assert str(entry.label) in sheet
    assert "<kbd>g</kbd> <kbd>o</kbd>" in sheet
    assert "<html" not in sheet


def test_the_sheet_is_a_page_without_scripts(owner):
    assert "<html" in owner.get("/shortcuts/").content.decode()


def test_the_palette_offers_only_what_the_role_may_see(client):
    client.force_login(MembershipFactory(role="packer").user)
    offered = client.get("/palette/").content.decode()
    assert 'href="/shipments/"' in offered
    assert 'href="/import/"' not in offered
    assert 'href="/settings/people/"' not in offered


def test_the_palette_also_knows_pages_by_their_english_names(owner):
    User.objects.update(language="zh-hans")
    offered = owner.get("/palette/").content.decode()
    assert 'data-words="Orders"' in offered
    assert "订单" in offered


def test_a_person_can_switch_the_keys_off(owner):
    assert 'data-shortcuts="off"' not in owner.get("/settings/me/").content.decode()
    typed = {"name": "Lin", "language": "en", "time_zone": "Asia/Shanghai", "theme": "system"}
    assert owner.post("/settings/me/", typed).status_code == 302
    assert User.objects.get(pk=owner.user.pk).shortcuts is False
    assert 'data-shortcuts="off"' in owner.get("/settings/me/").content.decode()
    owner.post("/settings/me/", {**typed, "shortcuts": "on"})
    assert User.objects.get(pk=owner.user.pk).shortcuts is True
