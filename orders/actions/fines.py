"""The ledger of fines: booked when a step of the rule book is reached, waived with a reason."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid
from core.locks import lock, retry_on_deadlock
from core.outcome import BatchOutcome, RowOutcome
from core.sql import update_unnest
from orders import events, fine_book
from orders.fines import expected_fine, fines_due
from orders.models import Order, Penalty
from orders.store_clock import calendars_for
from sellers.models import Seller

ACTOR = Actor.job("fines")

# The condition repeats that of the partial index. A step counts when the clock ran at its time.
_DUE = """
SELECT d.id, d.seller_id, d.order_id, d.due_at, d.stopped_at, o.rule_id, o.goods_amount,
    o.currency, s.time_zone
FROM orders_deadline d
JOIN orders_order o ON o.id = d.order_id JOIN sellers_store s ON s.id = o.store_id
WHERE d.fine_at IS NOT NULL AND (d.stopped_at IS NULL OR d.stopped_at > d.fine_at)
    AND d.fine_at <= %s
ORDER BY d.fine_at LIMIT %s FOR NO KEY UPDATE OF d SKIP LOCKED
"""

_BOOK = """
WITH booked AS (
    INSERT INTO orders_penalty (seller_id, order_id, rule_id, step_id, kind, amount, currency, at,
        booked_at, actor, reason)
    SELECT v.seller_id, v.order_id, v.rule_id, v.step_id, 'fine', v.amount, v.currency, v.at,
        %s, %s, ''
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::text[],
        %s::timestamptz[]) AS v(seller_id, order_id, rule_id, step_id, amount, currency, at)
    ORDER BY v.at, v.order_id
    ON CONFLICT (order_id, rule_id, step_id, kind) DO NOTHING
    RETURNING seller_id, order_id, step_id, amount, currency, at
), written AS (
    INSERT INTO orders_orderevent
        (seller_id, order_id, kind, at, actor_kind, actor_id, actor_name, data)
    SELECT b.seller_id, b.order_id, 'fined', b.at, 'job', NULL, %s, jsonb_build_object(
        'amount', b.amount::text, 'currency', b.currency, 'step', s.position)
    FROM booked b JOIN orders_penaltystep s ON s.id = b.step_id
    ORDER BY b.at, b.order_id
)
SELECT seller_id, count(*) FROM booked GROUP BY seller_id ORDER BY seller_id
"""


class _Due(NamedTuple):
    id: int
    seller_id: int
    order_id: int
    due_at: datetime
    stopped_at: datetime | None
    rule_id: int | None
    goods: Decimal
    currency: str
    zone: str


def book_fines(*, now: datetime | None = None, chunk: int = 2_000) -> int:
    """Book every step of a fine that was reached up to ``now``; returns how many.

    An entry carries the time at which its step was reached. Running late books the same entries,
    running twice books nothing. Each chunk is a transaction of a constant number of statements.
    """
    now = now or timezone.now()
    total = 0
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_DUE, [now, chunk])
                due = [_Due._make(row) for row in cursor.fetchall()]
            if due:
                total += _book(due, now)
        if len(due) < chunk:
            return total


def _book(due: Sequence[_Due], now: datetime) -> int:
    rules = fine_book.fine_rules((row.rule_id, row.zone) for row in due if row.rule_id)
    calendars = calendars_for({row.seller_id for row in due})
    entries: list[tuple[object, ...]] = []
    nexts: list[tuple[object, ...]] = []
    for row in due:
        case = (
            rules[row.rule_id, row.zone] if row.rule_id else None,
            row.due_at,
            row.stopped_at,
            now,
            row.goods,
            row.currency,
            calendars[row.seller_id],
        )
        entries += [
            (row.seller_id, row.order_id, row.rule_id, step.id, amount, row.currency, at)
            for step, at, amount in fines_due(*case)
        ]
        ahead = expected_fine(*case)
        nexts.append((row.id, ahead.next_at, ahead.next_amount, ahead.total))
    update_unnest(
        "orders_deadline",
        ("id", "bigint"),
        [("fine_at", "timestamptz"), ("fine_next", "numeric"), ("fine_total", "numeric")],
        nexts,
    )
    if not entries:
        return 0
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*entries, strict=True)]
        cursor.execute(_BOOK, [timezone.now(), ACTOR.name, *columns, ACTOR.name])
        booked = dict(cursor.fetchall())
    events.announce("fined", booked, at=now)
    return sum(booked.values())


@retry_on_deadlock
def waive(*, seller: Seller, penalty_ids: Sequence[int], reason: str, actor: Actor) -> BatchOutcome:
    """Take fines back by entries with the negative amount; the fines themselves stay.

    Answers per entry, its order's number with it: done, already (waived before), refused (it is a
    waiver itself). Ids of another seller are not answered. Raises ``Forbidden`` without the scopes
    ``money:read`` and ``settings:write``, ``Invalid`` without a reason.
    """
    actor.require("money:read")
    actor.require("settings:write")
    reason = reason.strip()
    if not reason:
        raise Invalid(errors=[FieldError("/reason", _("Say why the fine is waived."), "required")])
    if len(reason) > 300:
        raise Invalid(errors=[FieldError("/reason", _("At most 300 characters."), "max_length")])
    now = timezone.now()
    answers: list[RowOutcome] = []
    going: list[Penalty] = []
    with transaction.atomic():
        entries = Penalty.objects.filter(seller=seller, pk__in=list(penalty_ids)).order_by("pk")
        # The order's lock stands for its ledger: entries themselves are never touched.
        orders = {o.pk: o for o in lock(Order.objects.all(), {e.order_id for e in entries})}
        reversed_ids = set(
            Penalty.objects.filter(reverses__in=entries).values_list("reverses", flat=True)
        )
        for entry in entries:
            order = orders[entry.order_id]
            answer = RowOutcome(entry.pk, order.number, "done", order.stage)
            if entry.kind == Penalty.Kind.WAIVER:
                answer = RowOutcome(
                    entry.pk,
                    order.number,
                    "refused",
                    order.stage,
                    "not_a_fine",
                    _("This entry is a waiver. Only a fine can be waived."),
                )
            elif entry.pk in reversed_ids:
                answer = RowOutcome(entry.pk, order.number, "already", order.stage)
            else:
                going.append(entry)
            answers.append(answer)
        Penalty.objects.bulk_create(
            Penalty(
                seller=seller,
                order_id=entry.order_id,
                rule_id=entry.rule_id,
                step_id=entry.step_id,
                kind=Penalty.Kind.WAIVER,
                reverses=entry,
                amount=-entry.amount,
                currency=entry.currency,
                at=now,
                booked_at=now,
                actor=actor.name[:120],
                reason=reason,
            )
            for entry in going
        )
        events.record(
            "waived",
            rows=[(entry.seller_id, entry.order_id) for entry in going],
            actor=actor,
            at=now,
            data=[
                {"amount": str(entry.amount), "currency": entry.currency, "reason": reason}
                for entry in going
            ],
        )
    return BatchOutcome.in_order(penalty_ids, answers)
