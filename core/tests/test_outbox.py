"""The outbox: nothing is lost and nothing is done twice, whatever dies in between."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core import outbox
from core.models import OutboxMessage, OutboxState

TOPIC = "test.topic"


class Effects(list[dict[str, object]]):
    """What handlers did, and how they should behave."""

    fail: Exception | None = None
    arrived: bool = False


@pytest.fixture
def effects() -> Iterator[Effects]:
    yield Effects()
    for name in list(outbox._handlers[TOPIC]):
        outbox.unregister(TOPIC, name)


@pytest.fixture
def inside(effects: Effects) -> Effects:
    @outbox.on(TOPIC, name="inside")
    def handle(message: OutboxMessage) -> None:
        if effects.fail:
            raise effects.fail
        effects.append(message.payload)

    return effects


@pytest.fixture
def outside(effects: Effects) -> Effects:
    def read_back(message: OutboxMessage) -> bool:
        return effects.arrived

    @outbox.on(TOPIC, name="outside", outside=True, read_back=read_back)
    def handle(message: OutboxMessage) -> None:
        assert not transaction.get_connection().in_atomic_block
        effects.append(message.payload)
        if effects.fail:
            raise effects.fail

    return effects


def put(n: int = 1) -> None:
    outbox.put(TOPIC, seller_id=None, payload={"n": n})


def state() -> str:
    return OutboxMessage.objects.get().state


@pytest.mark.django_db
def test_a_message_is_delivered_once(inside: Effects) -> None:
    put()
    assert outbox.deliver_due() == 1
    assert outbox.deliver_due() == 0
    assert inside == [{"n": 1}]
    assert state() == OutboxState.CONFIRMED


@pytest.mark.django_db
def test_without_a_handler_nothing_is_written(effects: Effects) -> None:
    put()
    assert OutboxMessage.objects.count() == 0


@pytest.mark.django_db
def test_each_handler_gets_its_own_message(inside: Effects) -> None:
    others: list[int] = []

    @outbox.on(TOPIC, name="second")
    def handle(message: OutboxMessage) -> None:
        others.append(message.pk)

    inside.fail = ValueError("first is broken")
    put()
    outbox.deliver_due()
    assert len(others) == 1
    states = dict(OutboxMessage.objects.values_list("handler", "state"))
    assert states == {"inside": "queued", "second": "confirmed"}


@pytest.mark.django_db
def test_a_rolled_back_cause_has_no_effect(inside: Effects) -> None:
    with transaction.atomic():
        put()
        transaction.set_rollback(True)
    assert outbox.deliver_due() == 0
    assert inside == []


@pytest.mark.django_db
def test_a_failure_is_tried_again_later_and_keeps_its_error(inside: Effects) -> None:
    inside.fail = ValueError("not today")
    put()
    now = timezone.now()
    outbox.deliver_due(now=now)
    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts) == (OutboxState.QUEUED, 1)
    assert message.last_error == "ValueError: not today"
    assert now < message.due_at <= now + timedelta(seconds=7)
    assert outbox.deliver_due(now=now) == 0
    inside.fail = None
    assert outbox.deliver_due(now=message.due_at) == 1
    assert inside == [{"n": 1}]


@pytest.mark.django_db
def test_a_no_is_final(inside: Effects) -> None:
    inside.fail = outbox.Rejected("unknown order")
    put()
    outbox.deliver_due()
    assert state() == OutboxState.REJECTED
    assert outbox.deliver_due(now=timezone.now() + timedelta(days=9)) == 0


@pytest.mark.django_db
def test_after_too_many_failures_it_is_given_up(inside: Effects) -> None:
    inside.fail = ValueError("never")
    put()
    OutboxMessage.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    outbox.deliver_due()
    assert state() == OutboxState.REJECTED


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_died_before_the_effect_is_followed_by_another(inside: Effects) -> None:
    put()
    OutboxMessage.objects.update(
        state=OutboxState.SENDING, attempts=1, due_at=timezone.now() + outbox.LEASE
    )
    assert outbox.deliver_due() == 0
    later = timezone.now() + outbox.LEASE + timedelta(seconds=1)
    assert outbox.deliver_due(now=later) == 1
    assert inside == [{"n": 1}]


@pytest.mark.django_db(transaction=True)
def test_an_effect_outside_is_read_back_before_it_is_sent_again(outside: Effects) -> None:
    outside.fail = outbox.Unknown("time-out")
    put()
    outbox.deliver_due()
    assert state() == OutboxState.UNKNOWN
    assert len(outside) == 1
    outside.fail, outside.arrived = None, True
    outbox.deliver_due(now=timezone.now() + timedelta(hours=1))
    assert len(outside) == 1
    assert state() == OutboxState.CONFIRMED


@pytest.mark.django_db(transaction=True)
def test_an_effect_that_did_not_arrive_is_sent_again(outside: Effects) -> None:
    put()
    OutboxMessage.objects.update(state=OutboxState.SENDING, attempts=1)
    outbox.deliver_due()
    assert len(outside) == 1
    assert state() == OutboxState.CONFIRMED


@pytest.mark.django_db
def test_old_confirmed_messages_are_purged(inside: Effects) -> None:
    put()
    outbox.deliver_due()
    put(2)
    assert outbox.purge_finished(before=timezone.now() + timedelta(days=1)) == 1
    assert OutboxMessage.objects.get().payload == {"n": 2}
