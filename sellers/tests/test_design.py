"""The page of components is for staff; others do not learn that it exists."""

import re

import pytest

from testing.factories import MembershipFactory

pytestmark = pytest.mark.django_db


def test_staff_see_every_tone_in_both_themes(client):
    person = MembershipFactory(user__is_staff=True).user
    client.force_login(person)
    page = client.get("/design/").content.decode()
    for theme in ("light", "dark"):
        assert f'class="design-theme" data-theme="{theme}"' in page
    for tone in ("neutral", "info", "progress", "warn", "danger", "success"):
        assert page.count(f'class="badge" data-tone="{tone}"') == 2


def test_ids_of_the_two_themes_do_not_collide(client):
    client.force_login(MembershipFactory(user__is_staff=True).user)
    ids = re.findall(r'\bid="([^"]+)"', client.get("/design/").content.decode())
    assert sorted(set(ids)) == sorted(ids)


def test_an_owner_does_not_find_it(client):
    client.force_login(MembershipFactory(role="owner").user)
    assert client.get("/design/").status_code == 404
