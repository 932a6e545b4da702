"""Reading stock takes: what is to be counted, how far it is, what differs. The seller first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from core.errors import FieldError, Invalid, Text
from core.templatetags.ui import number
from sellers.models import Seller
from stock.bin_codes import clean_code
from stock.models import CountRow, Sku, StockLevel, StockTake, Warehouse

#: What the list of rows can be narrowed to.
SHOWS: dict[str, Text] = {
    "left": _("To count"),
    "done": pgettext_lazy("rows", "Counted"),
    "": _("All"),
}
MAX_DAYS = 1_000


def levels_to_count(
    seller: Seller,
    warehouse: Warehouse,
    *,
    scope: str,
    first: str = "",
    last: str = "",
    skus: Sequence[str] = (),
    days: int = 0,
) -> tuple[QuerySet[StockLevel], dict[str, object]]:
    """The levels that a scope means, and how the stock take tells it.

    Levels with nothing on hand count only where the SKU has a bin, or is named. Raises ``Invalid``
    (``/first``, ``/last``, ``/skus``, ``/days``).
    """
    rows = StockLevel.objects.filter(seller=seller, warehouse=warehouse)
    some = Q(on_hand__gt=0) | Q(bin__isnull=False)
    if scope == StockTake.Scope.BINS:
        first, last = clean_code(first), clean_code(last or first)
        if not first:
            raise Invalid(errors=[FieldError("/first", _("Say from which bin."), "required")])
        if last < first:
            raise Invalid(errors=[FieldError("/last", _("The last bin comes before the first."))])
        found = rows.filter(bin__code__gte=first, bin__code__lte=last)
        return found, {"first": first, "last": last}
    if scope == StockTake.Scope.SKUS:
        wanted = _named(seller, skus)
        StockLevel.objects.bulk_create(
            [StockLevel(seller=seller, sku_id=pk, warehouse=warehouse) for pk in sorted(wanted)],
            ignore_conflicts=True,
        )
        return rows.filter(sku__in=wanted), {"skus": len(wanted)}
    if scope == StockTake.Scope.STALE:
        if not 1 <= days <= MAX_DAYS:
            raise Invalid(
                errors=[
                    FieldError(
                        "/days", _("A whole number from 1 to %(limit)s.") % {"limit": MAX_DAYS}
                    )
                ]
            )
        lately = CountRow.objects.filter(
            level=OuterRef("pk"),
            take__state=StockTake.State.POSTED,
            counted_at__gt=timezone.now() - timedelta(days=days),
        )
        return rows.filter(some).filter(~Exists(lately)), {"days": days}
    return rows.filter(some), {}


def _named(seller: Seller, codes: Sequence[str]) -> set[int]:
    """SKUs by code or barcode. Raises ``Invalid`` that names the unknown ones."""
    found = dict(Sku.objects.filter(seller=seller, code__in=codes).values_list("code", "pk"))
    rest = [code for code in codes if code not in found]
    if rest:
        found |= dict(
            Sku.objects.filter(seller=seller, barcode__in=rest).values_list("barcode", "pk")
        )
    unknown = [code for code in codes if code not in found]
    if unknown or not codes:
        detail = (
            _("There is no SKU “%(code)s”.") % {"code": "”, “".join(c[:40] for c in unknown[:5])}
            if unknown
            else _("Name at least one SKU.")
        )
        raise Invalid(errors=[FieldError("/skus", detail)])
    return set(found.values())


def takes_of(seller: Seller) -> QuerySet[StockTake]:
    """The stock takes of a seller. Page them by id, the newest first."""
    return StockTake.objects.filter(seller=seller).select_related("warehouse")


def scope_text(take: StockTake) -> str:
    """What is counted, in words."""
    data = take.scope_data
    if take.scope == StockTake.Scope.BINS:
        return str(_("Bins %(first)s to %(last)s") % data)
    if take.scope == StockTake.Scope.SKUS:
        n = int(data.get("skus", 0))
        return ngettext("%(n)s chosen SKU", "%(n)s chosen SKUs", n) % {"n": number(n)}
    if take.scope == StockTake.Scope.STALE:
        n = int(data.get("days", 0))
        return ngettext(
            "Not counted for %(n)s day", "Not counted for %(n)s days", n
        ) % {"n": number(n)}  # fmt: skip
    return str(take.get_scope_display())


def progress_of(takes: Sequence[StockTake]) -> dict[int, tuple[int, int]]:
    """Counted rows and all rows, by stock take. One query for the open ones; the others know."""
    found = {
        take.pk: (int(take.result["counted"]), int(take.result["rows"]))
        for take in takes
        if take.result
    }
    rest = [take.pk for take in takes if take.pk not in found]
    if rest:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT take_id, count(counted), count(*) FROM stock_countrow "
                "WHERE take_id = ANY(%s) GROUP BY 1",
                [rest],
            )
            found |= {pk: (counted, rows) for pk, counted, rows in cursor.fetchall()}
    return found


def rows_of(take: StockTake, *, show: str = "", bin_code: str = "") -> QuerySet[CountRow]:
    """The rows in walking order, narrowed by ``SHOWS``. Page them by position."""
    rows = CountRow.objects.filter(take=take)
    if show == "left":
        rows = rows.filter(counted__isnull=True)
    elif show == "done":
        rows = rows.filter(counted__isnull=False)
    if bin_code:
        rows = rows.filter(bin_code=clean_code(bin_code))
    return rows.select_related("sku")


def differences_of(take: StockTake) -> QuerySet[CountRow]:
    """The rows that differ from the books, in walking order."""
    return (
        CountRow.objects.filter(take=take)
        .filter(Q(counted__lt=F("expected_then")) | Q(counted__gt=F("expected_then")))
        .select_related("sku", "level")
    )


@dataclass(frozen=True, slots=True)
class Value:
    """What more and fewer units are worth at the price of the SKU; ``unpriced`` rows have none."""

    currency: str
    plus: Decimal
    minus: Decimal


def value_of(take: StockTake) -> tuple[list[Value], int]:
    """What the differences are worth by currency, and how many rows have no price. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN k.price IS NULL THEN '' ELSE k.price_currency END, count(*), "
            "coalesce(sum(greatest(r.counted - r.expected_then, 0) * k.price), 0), "
            "coalesce(sum(greatest(r.expected_then - r.counted, 0) * k.price), 0) "
            "FROM stock_countrow r JOIN stock_sku k ON k.id = r.sku_id "
            "WHERE r.take_id = %s AND r.counted <> r.expected_then GROUP BY 1 ORDER BY 1",
            [take.pk],
        )
        rows = cursor.fetchall()
    values = [Value(currency, plus, minus) for currency, _n, plus, minus in rows if currency]
    return values, sum(n for currency, n, _plus, _minus in rows if not currency)


def sku_by_scan(seller: Seller, code: str) -> Sku | None:
    """The SKU with this barcode or code, capitals aside. A barcode of several is none."""
    found = list(
        Sku.objects.filter(Q(barcode=code) | Q(code=code) | Q(code=code.upper()), seller=seller)[:3]
    )
    by_code = [sku for sku in found if sku.code.casefold() == code.casefold()]
    if by_code:
        return by_code[0]
    return found[0] if len(found) == 1 else None
