"""Notices: one for many, counted up within the hour, unread until seen."""

from datetime import timedelta

import pytest
from django.utils import translation

from core import outbox
from sellers.models import Notice, NoticeRead
from sellers.notices import latest, mark_read, mark_seen, notify, unread
from testing.factories import MembershipFactory, SellerFactory, at

pytestmark = pytest.mark.django_db

NOW = at("2026-03-02 08:10")


@pytest.fixture
def member():
    return MembershipFactory(notices_seen_at=NOW - timedelta(hours=1))


def tell(member, count, minutes=0, kind="overdue"):
    notify(seller_id=member.seller_id, kind=kind, count=count, at=NOW + timedelta(minutes=minutes))


def test_two_hundred_orders_are_one_notice(member):
    tell(member, 150)
    tell(member, 50, minutes=49)
    assert [(n.text, n.count, n.link) for n in latest(member)] == [
        ("200 orders have missed their ship-by deadline.", 200, "/orders/?deadline=overdue")
    ]


def test_one_order_is_told_in_the_singular(member):
    tell(member, 1)
    assert latest(member)[0].text == "1 order has missed its ship-by deadline."


def test_the_next_hour_makes_a_new_notice(member):
    tell(member, 1)
    tell(member, 2, minutes=50)
    assert [n.count for n in latest(member)] == [2, 1]


def test_kinds_and_sellers_are_apart(member):
    tell(member, 1)
    tell(member, 2, kind="due_soon")
    tell(MembershipFactory(), 4)
    assert sorted(n.count for n in latest(member)) == [1, 2]


def test_a_notice_is_unread_until_it_is_seen_and_again_when_it_grows(member):
    tell(member, 1)
    assert (unread(member), latest(member)[0].unread) == (1, True)
    mark_seen(member, NOW)
    assert (unread(member), latest(member)[0].unread) == (0, False)
    tell(member, 1, minutes=5)
    assert unread(member) == 1


def test_seeing_is_for_each_person(member):
    other = MembershipFactory(seller=member.seller, notices_seen_at=NOW - timedelta(hours=1))
    tell(member, 1)
    mark_seen(member, NOW)
    assert unread(other) == 1


def test_a_late_message_does_not_turn_the_time_back(member):
    tell(member, 1, minutes=5)
    tell(member, 1)
    assert Notice.objects.get().updated_at == NOW + timedelta(minutes=5)


def test_an_unknown_kind_is_an_error(member):
    with pytest.raises(LookupError):
        tell(member, 1, kind="party")


def test_nothing_makes_no_notice(member):
    tell(member, 0)
    assert latest(member) == []


@pytest.mark.parametrize(
    "kind", ["received", "due_soon", "overdue", "accept_due_soon", "accept_overdue"]
)
def test_messages_become_notices_once(kind):
    seller = SellerFactory()
    outbox.put(f"order.{kind}", seller_id=seller.pk, payload={"count": 3})
    while outbox.deliver_due():
        pass
    outbox.deliver_due(now=at("2100-01-01 00:00"))
    assert list(Notice.objects.values_list("seller", "kind", "count")) == [(seller.pk, kind, 3)]


def test_the_sentence_follows_the_language_of_the_reader(member):
    tell(member, 2)
    with translation.override("en"):
        assert latest(member)[0].text == "2 orders have missed their ship-by deadline."


def test_one_of_two_is_read(member):
    tell(member, 1)
    tell(member, 2, kind="due_soon", minutes=1)
    mark_read(member, Notice.objects.get(kind="overdue"))
    assert unread(member) == 1
    assert {line.kind: line.unread for line in latest(member)} == {
        "overdue": False,
        "due_soon": True,
    }


def test_a_notice_that_was_read_is_unread_again_when_it_grows(member):
    tell(member, 1)
    mark_read(member, Notice.objects.get())
    tell(member, 1, minutes=5)
    assert (unread(member), latest(member)[0].unread) == (1, True)
    mark_read(member, Notice.objects.get())
    assert unread(member) == 0


def test_seeing_everything_keeps_no_rows(member):
    tell(member, 1)
    mark_read(member, Notice.objects.get())
    mark_seen(member, NOW + timedelta(minutes=1))
    assert (NoticeRead.objects.count(), unread(member)) == (0, 0)


def test_seeing_an_older_page_takes_nothing_back(member):
    tell(member, 1)
    mark_seen(member, NOW + timedelta(minutes=1))
    mark_seen(member, NOW - timedelta(minutes=1))
    assert unread(member) == 0
