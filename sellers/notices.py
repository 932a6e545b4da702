"""Notices in the page: one for many orders, counted up while it is fresh.

What happened is in the events; a notice only tells people to look. Within an hour notices of one
kind are one notice whose number grows, and which becomes unread again when it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from sellers.access import scopes_of
from sellers.models import Membership, Notice, NoticeRead


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """How a kind is told: a sentence with ``%(count)d``, where it leads, how it looks, and what a
    role must allow to be told."""

    sentence: Promise
    link: str
    tone: str
    icon: str
    scope: str = ""


KINDS: dict[str, NoticeKind] = {
    "received": NoticeKind(
        ngettext_lazy(
            "%(count)d new order waits to be accepted.",
            "%(count)d new orders wait to be accepted.",
            "count",
        ),
        "/orders/?stage=new",
        "info",
        "inbox",
    ),
    "accept_due_soon": NoticeKind(
        ngettext_lazy(
            "%(count)d order should be accepted soon.",
            "%(count)d orders should be accepted soon.",
            "count",
        ),
        "/orders/?stage=new",
        "warn",
        "clock-alert",
    ),
    "accept_overdue": NoticeKind(
        ngettext_lazy(
            "%(count)d order has waited too long to be accepted.",
            "%(count)d orders have waited too long to be accepted.",
            "count",
        ),
        "/orders/?stage=new",
        "danger",
        "triangle-alert",
    ),
    "due_soon": NoticeKind(
        ngettext_lazy(
            "%(count)d order must leave soon.",
            "%(count)d orders must leave soon.",
            "count",
        ),
        "/orders/?deadline=due_soon",
        "warn",
        "clock-alert",
    ),
    "overdue": NoticeKind(
        ngettext_lazy(
            "%(count)d order has missed its ship-by deadline.",
            "%(count)d orders have missed their ship-by deadline.",
            "count",
        ),
        "/orders/?deadline=overdue",
        "danger",
        "triangle-alert",
    ),
    "low_stock": NoticeKind(
        ngettext_lazy(
            "%(count)d SKU runs low: order it.",
            "%(count)d SKUs run low: order them.",
            "count",
        ),
        "/stock/?show=alert",
        "warn",
        "trending-down",
        "stock:read",
    ),
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as a page shows it, in the current language."""

    public_id: str
    kind: str
    text: str
    link: str
    tone: str
    icon: str
    count: int
    at: datetime
    unread: bool


_NEVER = datetime.min.replace(tzinfo=UTC)

_ADD = """
INSERT INTO sellers_notice (seller_id, kind, bucket, count, updated_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (seller_id, kind, bucket) DO UPDATE SET
    count = sellers_notice.count + excluded.count,
    updated_at = greatest(sellers_notice.updated_at, excluded.updated_at)
"""


def notify(*, seller_id: int, kind: str, count: int, at: datetime | None = None) -> None:
    """Add ``count`` to the seller's notice of this kind and hour. Raises LookupError for a kind
    that is none."""
    if kind not in KINDS:
        raise LookupError(f"{kind} is no kind of notice")
    if count <= 0:
        return
    at = at or timezone.now()
    bucket = at.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [seller_id, kind, bucket, count, at])


def notices_of(membership: Membership) -> QuerySet[Notice]:
    """The notices of the shop that concern this person's role. Page them by ``updated_at``."""
    return Notice.objects.filter(seller=membership.seller_id, kind__in=kinds_for(membership))


def kinds_for(membership: Membership) -> list[str]:
    """The kinds that a person's role is told of."""
    scopes = scopes_of(membership.role)
    return [name for name, kind in KINDS.items() if not kind.scope or kind.scope in scopes]


def lines(membership: Membership, rows: Sequence[Notice]) -> list[NoticeLine]:
    """Notices as this person sees them. One query."""
    read = dict(
        NoticeRead.objects.filter(membership=membership, notice__in=rows).values_list(
            "notice_id", "read_at"
        )
    )
    return [
        NoticeLine(
            public_id=row.public_id,
            kind=row.kind,
            text=KINDS[row.kind].sentence % {"count": row.count},
            link=KINDS[row.kind].link,
            tone=KINDS[row.kind].tone,
            icon=KINDS[row.kind].icon,
            count=row.count,
            at=row.updated_at,
            unread=row.updated_at > max(membership.notices_seen_at, read.get(row.pk, _NEVER)),
        )
        for row in rows
    ]


def latest(membership: Membership, limit: int = 20) -> list[NoticeLine]:
    """The newest notices of the shop, as this person sees them. Two queries."""
    return lines(membership, list(notices_of(membership).order_by("-updated_at", "-pk")[:limit]))


_FRESH = """
SELECT (
    SELECT count(*) FROM sellers_notice n
    WHERE n.seller_id = %(seller)s AND n.kind = ANY(%(kinds)s) AND n.updated_at > %(seen)s
        AND NOT EXISTS (
            SELECT FROM sellers_noticeread r
            WHERE r.membership_id = %(membership)s AND r.notice_id = n.id
                AND r.read_at >= n.updated_at
        )
), EXISTS (
    SELECT FROM sellers_job
    WHERE seller_id = %(seller)s AND actor_kind = 'user' AND actor_id = %(user)s AND NOT told
)
"""


def unread(membership: Membership) -> int:
    """How many notices have come or grown since this person read them."""
    return fresh(membership)[0]


def fresh(membership: Membership) -> tuple[int, bool]:
    """What the top of every page shows a person: the number of unread notices, and whether jobs of
    theirs go on or have ended unseen. One statement in SQL, since every page asks: putting the
    queries together took longer than answering them."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FRESH,
            {
                "seller": membership.seller_id,
                "membership": membership.pk,
                "user": membership.user_id,
                "seen": membership.notices_seen_at,
                "kinds": kinds_for(membership),
            },
        )
        [(notices, jobs)] = cursor.fetchall()
    return notices, jobs


def link_of(notice: Notice) -> str:
    """Where a notice leads."""
    kind = KINDS.get(notice.kind)
    return kind.link if kind else "/"


def mark_read(membership: Membership, notice: Notice) -> None:
    """This person has read the notice as it is now."""
    NoticeRead.objects.bulk_create(
        [NoticeRead(membership=membership, notice=notice, read_at=notice.updated_at)],
        update_conflicts=True,
        unique_fields=["membership", "notice"],
        update_fields=["read_at"],
    )


def mark_seen(membership: Membership, at: datetime | None = None) -> None:
    """This person has read everything up to now (or ``at``, when the page was made)."""
    membership.notices_seen_at = max(at or timezone.now(), membership.notices_seen_at)
    membership.save(update_fields=["notices_seen_at"])
    # What is seen as a whole needs no rows of its own.
    NoticeRead.objects.filter(
        membership=membership, read_at__lte=membership.notices_seen_at
    ).delete()
