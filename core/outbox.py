"""Putting work into the outbox, and delivering it.

``put`` writes one row per handler registered for the topic, in the transaction of the cause, and
wakes a worker after the commit. The worker (``deliver_due``) takes due rows with ``SKIP LOCKED``,
so any number of workers share the work. A sweep calls it too: the message to the broker is only a
nudge, the rows are the truth.

Two kinds of handler:

* ``inside``: writes to our database only. It runs in one transaction with the row's own change to
  ``confirmed``: exactly once.
* ``outside``: talks to somebody else, never while a transaction is open. When its worker died or it
  timed out, nobody knows whether it went through: the row becomes ``unknown`` and is read back by
  ``read_back`` before it is sent again.
"""

import logging
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.models import OutboxMessage, OutboxState

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
MAX_ATTEMPTS = 20


class Rejected(Exception):
    """Raised by a handler: the other side said no, and will say no again."""


class Unknown(Exception):
    """Raised by an outside handler: no answer came; it may or may not have gone through."""


@dataclass(frozen=True, slots=True)
class Handler:
    topic: str
    name: str
    run: Callable[[OutboxMessage], None]
    outside: bool = False
    #: For outside handlers: True when the effect is there, False when it is to be sent again.
    read_back: Callable[[OutboxMessage], bool] | None = None


_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)


def on(
    topic: str,
    *,
    name: str | None = None,
    outside: bool = False,
    read_back: Callable[[OutboxMessage], bool] | None = None,
) -> Callable[[Callable[[OutboxMessage], None]], Callable[[OutboxMessage], None]]:
    """Register a handler for a topic (an event kind, or an effect such as ``shipment.declare``)."""

    def register(
        run: Callable[[OutboxMessage], None],
    ) -> Callable[[OutboxMessage], None]:
        handler = Handler(
            topic, name or f"{run.__module__}.{run.__name__}", run, outside, read_back
        )
        _handlers[topic][handler.name] = handler
        return run

    return register


def unregister(topic: str, name: str) -> None:
    """Forget a handler (for tests, and for features that are switched off)."""
    _handlers[topic].pop(name, None)


def put(topic: str, *, seller_id: int | None, payload: dict[str, Any]) -> None:
    """Queue ``payload`` for every handler of ``topic``, in the current transaction."""
    put_many(topic, [(seller_id, payload)])


def put_many(topic: str, messages: list[tuple[int | None, dict[str, Any]]]) -> None:
    """Queue several payloads, each for every handler of ``topic``, with one statement."""
    handlers = _handlers.get(topic)
    if not handlers or not messages:
        return
    now = timezone.now()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            topic=topic,
            handler=name,
            seller_id=seller_id,
            payload=payload,
            due_at=now,
            created_at=now,
        )
        for seller_id, payload in messages
        for name in handlers
    )
    transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Nudge a worker. The broker may be away: the sweep finds the rows by their time."""
    from core.tasks import deliver_outbox

    try:
        deliver_outbox.apply_async(retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises
        logger.warning("outbox_wake_failed", extra={"error": str(error)})


_CLAIM = """
UPDATE core_outboxmessage SET
    state = CASE WHEN state = 'queued' THEN 'sending' ELSE state END,
    attempts = attempts + 1, due_at = %(lease)s
WHERE id IN (
    SELECT id FROM core_outboxmessage
    WHERE state IN ('queued', 'sending', 'unknown') AND due_at <= %(now)s
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id, topic, handler, seller_id, payload, state, attempts
"""


def deliver_due(*, now: datetime | None = None, limit: int = 100) -> int:
    """Deliver due messages once; returns how many were taken. Call until it returns 0."""
    now = now or timezone.now()
    with transaction.atomic():
        messages = list(
            OutboxMessage.objects.raw(
                _CLAIM,
                {"now": now, "lease": now + LEASE, "limit": limit},
            )
        )
    for message in sorted(messages, key=lambda m: m.pk):
        _deliver(message, now)
    return len(messages)


def _deliver(message: OutboxMessage, now: datetime) -> None:
    handler = _handlers.get(message.topic, {}).get(message.handler)
    if handler is None:
        # The code of another version wrote it; that version's workers will take it.
        _finish(message, OutboxState.QUEUED, now, "no such handler here", due=now + LEASE)
        return
    try:
        if handler.outside:
            _deliver_outside(handler, message, now)
        else:
            with transaction.atomic():
                # The lock makes a second worker, whose lease ran out under us, wait and see.
                still = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
                if still.state == OutboxState.CONFIRMED:
                    return
                handler.run(message)
                _finish(message, OutboxState.CONFIRMED, now)
    except Rejected as error:
        _finish(message, OutboxState.REJECTED, now, str(error))
    except Unknown as error:
        _finish(
            message,
            OutboxState.UNKNOWN,
            now,
            str(error),
            due=now + _pause(message.attempts),
        )
    except Exception as error:
        logger.exception("outbox_delivery_failed", extra={"topic": message.topic})
        failed = message.attempts >= MAX_ATTEMPTS
        _finish(
            message,
            OutboxState.REJECTED if failed else OutboxState.QUEUED,
            now,
            f"{type(error).__name__}: {error}",
            due=now + _pause(message.attempts),
        )


def _deliver_outside(handler: Handler, message: OutboxMessage, now: datetime) -> None:
    """Never inside a transaction. A second attempt after a lost worker asks before it sends."""
    unsure = message.state == OutboxState.UNKNOWN or message.attempts > 1
    if unsure and handler.read_back and handler.read_back(message):
        _finish(message, OutboxState.CONFIRMED, now)
        return
    handler.run(message)
    _finish(message, OutboxState.CONFIRMED, now)


def _finish(
    message: OutboxMessage,
    state: OutboxState,
    now: datetime,
    error: str = "",
    *,
    due: datetime | None = None,
) -> None:
    done = state in (OutboxState.CONFIRMED, OutboxState.REJECTED)
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=state,
        last_error=error[:2000],
        finished_at=now if done else None,
        due_at=due or now,
    )


def _pause(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s … an hour, with a quarter of jitter so that retries spread out."""
    seconds = min(5 * 2 ** max(attempts - 1, 0), 3600)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


def purge_finished(*, before: datetime) -> int:
    """Delete messages that were finished before a time; the events keep what happened."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_outboxmessage WHERE finished_at < %s AND state = 'confirmed'",
            [before],
        )
        return cursor.rowcount
