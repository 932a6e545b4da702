"""Written by sellers on their orders: notes (备注), which stay, and tags (标签), which do not."""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound
from core.locks import retry_on_deadlock
from core.outcome import BatchOutcome, RowOutcome
from orders import events
from orders.actions.base import lock_orders
from orders.models import Order
from sellers.models import Seller

MAX_NOTE = 1_000
MAX_TAG = 30
MAX_TAGS = 10

_TAG = """
UPDATE orders_order t SET tags = v.tags, updated_at = %s, version = t.version + 1
FROM (
    SELECT o.id, ARRAY(
        SELECT DISTINCT tag FROM unnest(o.tags || %s::varchar[]) AS tag
        WHERE tag <> ALL (%s::varchar[]) ORDER BY tag
    ) AS tags FROM orders_order o WHERE o.id = ANY (%s)
) v
WHERE t.id = v.id AND t.tags <> v.tags
RETURNING t.id
"""


def may_note(actor: Actor) -> bool:
    """Who works on orders or parcels may write on them; who only looks may not."""
    return actor.may("orders:write") or actor.may("shipments:write")


def add_note(*, seller: Seller, order: int, text: str, actor: Actor) -> None:
    """Write a note on an order. It is an event: it has an author and a time, and it stays.

    Raises ``Forbidden``, ``NotFound``, ``Invalid`` (``/text``).
    """
    if not may_note(actor):
        actor.require("orders:write")
    text = text.strip().replace("\x00", "")
    if not text:
        raise Invalid(errors=[FieldError("/text", _("Write something first."), "required")])
    if len(text) > MAX_NOTE:
        detail = _("At most %(n)d characters.") % {"n": MAX_NOTE}
        raise Invalid(errors=[FieldError("/text", detail, "max_length")])
    if not Order.objects.filter(seller=seller, pk=order).exists():
        raise NotFound
    now = timezone.now()
    with transaction.atomic():
        events.record("noted", rows=[(seller.pk, order)], actor=actor, at=now, data={"text": text})


@retry_on_deadlock
def tag_orders(
    *,
    seller: Seller,
    orders: Sequence[int],
    actor: Actor,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
) -> BatchOutcome:
    """Put tags on orders and take others off. What changes nothing is ``already``.

    Refused: ``too_many_tags``. Raises ``Forbidden``, ``Invalid`` (``/tags``) for what is no tag.
    """
    if not may_note(actor):
        actor.require("orders:write")
    added, removed = _read(add), {clean_tag(tag) for tag in remove}
    now = timezone.now()
    answers: dict[int, RowOutcome] = {}
    with transaction.atomic():
        rows = {row.id: row for row in lock_orders(seller, orders)}
        before = dict(Order.objects.filter(pk__in=rows).values_list("pk", "tags"))
        go = []
        for pk, row in rows.items():
            after = (set(before[pk]) | added) - removed
            if len(after) > MAX_TAGS:
                n = ngettext(
                    "An order has at most %(n)d tag.", "An order has at most %(n)d tags.", MAX_TAGS
                )
                detail = n % {"n": MAX_TAGS}
                answers[pk] = RowOutcome(
                    pk, row.number, "refused", row.stage, "too_many_tags", detail
                )
            else:
                go.append(pk)
                answers[pk] = RowOutcome(pk, row.number, "already", row.stage)
        with connection.cursor() as cursor:
            cursor.execute(_TAG, [now, sorted(added), sorted(removed), go])
            changed = sorted(pk for (pk,) in cursor.fetchall())
        for pk in changed:
            answers[pk] = RowOutcome(pk, rows[pk].number, "done", rows[pk].stage)
        events.record(
            "tagged",
            rows=[(seller.pk, pk) for pk in changed],
            actor=actor,
            at=now,
            data=[
                {
                    "added": sorted(added - removed - set(before[pk])),
                    "removed": sorted(removed & set(before[pk])),
                }
                for pk in changed
            ],
        )
    return BatchOutcome.in_order(orders, answers.values())


def clean_tag(text: str) -> str:
    """A tag as it is kept: one line, no commas."""
    return " ".join(text.replace(",", " ").replace("，", " ").replace("\x00", "").split())


def _read(tags: Iterable[str]) -> set[str]:
    found = {clean_tag(tag) for tag in tags}
    if "" in found:
        raise Invalid(errors=[FieldError("/tags", _("Write the tag first."), "required")])
    if any(len(tag) > MAX_TAG for tag in found):
        detail = _("A tag has at most %(n)d characters.") % {"n": MAX_TAG}
        raise Invalid(errors=[FieldError("/tags", detail, "max_length")])
    return found
