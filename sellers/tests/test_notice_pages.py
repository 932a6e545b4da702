"""The bell, the popover and the page of notices."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sellers.models import Notice, NoticeRead
from sellers.notices import notify
from testing.factories import MembershipFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def member(client):
    member = MembershipFactory(notices_seen_at=timezone.now() - timedelta(days=9))
    client.force_login(member.user)
    return member


def tell(member, count=200, kind="overdue", **ago):
    notify(seller_id=member.seller_id, kind=kind, count=count,
           at=timezone.now() - timedelta(**ago))  # fmt: skip
    return Notice.objects.order_by("-pk").first()


def test_the_bell_counts_notices_not_orders(client, member):
    tell(member)
    assert "1 unread notice" in client.get("/notices/bell/").content.decode()


def test_looking_at_the_page_leaves_notices_unread(client, member):
    tell(member)
    page = client.get("/notices/").content.decode()
    assert "200 orders" in page
    assert "1 unread notice" in client.get("/notices/bell/").content.decode()


def test_following_a_notice_reads_it(client, member):
    notice = tell(member)
    answer = client.get(f"/notices/{notice.public_id}/")
    assert answer["Location"] == "/orders/?deadline=overdue"
    assert "unread" not in client.get("/notices/bell/").content.decode()


def test_a_notice_of_another_shop_is_not_found(client, member):
    notice = tell(MembershipFactory())
    assert client.get(f"/notices/{notice.public_id}/").status_code == 404
    assert client.post(f"/notices/{notice.public_id}/read/").status_code == 404
    assert NoticeRead.objects.count() == 0


def test_one_is_marked_as_read_and_the_page_comes_back(client, member):
    notice = tell(member)
    answer = client.post(
        f"/notices/{notice.public_id}/read/", headers={"Referer": "http://testserver/notices/"}
    )
    assert (answer.status_code, answer["Location"]) == (302, "http://testserver/notices/")
    assert NoticeRead.objects.get().notice == notice


def test_all_are_marked_as_read_from_the_popover(client, member):
    tell(member)
    answer = client.post("/notices/read/", headers=HTMX)
    assert answer["HX-Trigger"] == '{"notices-read": {}}'
    assert "is-unread" not in answer.content.decode()


def test_what_came_after_the_page_was_made_stays_unread(client, member):
    tell(member, hours=2)
    until = (timezone.now() - timedelta(hours=1)).isoformat()
    tell(member, kind="due_soon")
    client.post("/notices/read/", {"until": until})
    assert "1 unread notice" in client.get("/notices/bell/").content.decode()


@pytest.mark.parametrize("until", ["", "yesterday", "2026-13-01T00:00", "2999-01-01T00:00:00Z"])
def test_a_moment_that_is_none_means_now(client, member, until):
    tell(member)
    client.post("/notices/read/", {"until": until})
    member.refresh_from_db()
    assert member.notices_seen_at <= timezone.now()
    assert "unread" not in client.get("/notices/bell/").content.decode()


def test_the_popover_is_the_newest_few_without_a_frame(client, member):
    for hours in range(12):
        tell(member, hours=hours)
    popover = client.get("/notices/newest/", headers=HTMX).content.decode()
    assert popover.count("notice is-unread") == 8
    assert "<html" not in popover


def test_the_page_is_paged_by_key_with_as_many_queries(client, member, django_assert_num_queries):
    for hours in range(60):
        tell(member, hours=hours)
    first = client.get("/notices/").content.decode()
    assert first.count("notice is-unread") == 50
    assert "cursor=" in first
    with django_assert_num_queries(4):
        client.get("/notices/")
