"""盘点: starting a stock take, counting, counting again.

Locks: stock take → order → line → stock level. The counts of one stock take queue up at its row.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Forbidden, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from core.sql import insert_unnest, update_unnest
from sellers.models import Seller
from stock.actions.levels import MAX_QUANTITY
from stock.demand import off_shelf
from stock.models import CountEntry, CountRow, Sku, StockLevel, StockTake, Warehouse

_ROW = [
    ("seller_id", "bigint"),
    ("take_id", "bigint"),
    ("level_id", "bigint"),
    ("sku_id", "bigint"),
    ("bin_code", "text"),
    ("position", "int"),
    ("expected", "int"),
    ("counted_by", "text"),
    ("recount", "bool"),
    ("open", "bool"),
]


@dataclass(frozen=True, slots=True)
class Started:
    """A new stock take; ``elsewhere`` rows are left out, since another open one has them."""

    take: StockTake
    rows: int
    elsewhere: int


def may_count(actor: Actor) -> bool:
    """Packers count; only who may change stock starts and posts."""
    return actor.may("stock:write") or actor.may("shipments:write")


def start_take(
    *,
    seller: Seller,
    warehouse: Warehouse,
    levels: QuerySet[StockLevel],
    scope: str,
    scope_data: Mapping[str, object],
    actor: Actor,
    blind: bool = False,
    note: str = "",
) -> Started:
    """Fix what is to be counted: these ``levels`` of the warehouse, in walking order, with what
    should lie on the shelf now. Raises ``Refused`` (``nothing_to_count``)."""
    actor.require("stock:write")
    if warehouse.seller_id != seller.pk:
        raise NotFound
    with transaction.atomic():
        # Numbers are given one after the other.
        Seller.objects.select_for_update(no_key=True).get(pk=seller.pk)
        number = StockTake.objects.filter(seller=seller).aggregate(n=Max("number"))["n"] or 0
        take = StockTake.objects.create(
            seller=seller,
            warehouse=warehouse,
            number=number + 1,
            scope=scope,
            scope_data=dict(scope_data),
            blind=blind,
            note=" ".join(note.split())[:120],
            made_by=actor.name[:120],
        )
        found = levels.filter(seller=seller, warehouse=warehouse)
        taken = CountRow.objects.filter(level=OuterRef("pk"), open=True)
        rows = list(
            found.filter(~Exists(taken))
            .order_by(
                F("bin__walk_order").asc(nulls_last=True), F("bin__code").asc(nulls_last=True),
                "sku__code",
            )
            .values_list("pk", "sku_id", "bin__code", "on_hand")
        )  # fmt: skip
        if not rows:
            raise Refused(
                _("Nothing to count: no SKU of this warehouse is meant, or all of them are being "
                  "counted already."),
                code="nothing_to_count",
            )  # fmt: skip
        away = off_shelf(seller, [pk for pk, *_rest in rows])
        try:
            with transaction.atomic():
                insert_unnest(
                    CountRow._meta.db_table,
                    _ROW,
                    [
                        (seller.pk, take.pk, pk, sku, code or "", position,
                         on_hand - away.get(pk, 0), "", False, True)
                        for position, (pk, sku, code, on_hand) in enumerate(rows, 1)
                    ],
                )  # fmt: skip
        except IntegrityError:
            raise Refused(
                _("Somebody has just started to count some of it. Try again."), code="changed"
            ) from None
        return Started(take, len(rows), found.count() - len(rows))


@dataclass(frozen=True, slots=True)
class Count:
    """One entry: ``quantity`` units more (``add``) or in all."""

    sku: Sku
    quantity: int
    add: bool = False
    from_file: bool = False

    @property
    def kind(self) -> str:
        if self.add:
            return CountEntry.Kind.ADD
        return CountEntry.Kind.FILE if self.from_file else CountEntry.Kind.SET


@dataclass(frozen=True, slots=True)
class Counted:
    """A row after an entry. ``again``: the entry had been counted before; ``added``: the row was
    not on the sheet."""

    row: CountRow
    again: bool = False
    added: bool = False


def enter_count(
    *, seller: Seller, take: int, count: Count, actor: Actor, client_id: str
) -> Counted:
    """Count one SKU. An entry counts once, however often it is sent.

    A SKU that is not on the sheet is added to it. Raises ``Invalid`` (``/quantity``,
    ``/client_id``), ``Refused`` (``wrong_state``, ``counted_elsewhere``, ``sample``), ``NotFound``.
    """
    if not 1 <= len(client_id) <= 64:
        raise Invalid(errors=[FieldError("/client_id", _("From 1 to 64 characters."))])
    found = CountEntry.objects.filter(seller=seller, client_id=client_id).first()
    if found is None:
        try:
            with transaction.atomic():
                return enter_counts(
                    seller=seller, take=take, counts={client_id: count}, actor=actor
                )[client_id]
        except IntegrityError as error:
            if "count_entry_once" not in str(error):
                raise
            found = CountEntry.objects.get(seller=seller, client_id=client_id)
    row = CountRow.objects.select_related("sku", "take").get(pk=found.row_id)
    return Counted(row, again=True)


@retry_on_deadlock
def enter_counts(
    *, seller: Seller, take: int, counts: Mapping[str, Count], actor: Actor
) -> dict[str, Counted]:
    """Entries by the client's id, of one SKU each, all or none: ``enter_count`` for a file.

    A constant number of statements. Ids that have been counted are left out.
    """
    if not may_count(actor):
        raise Forbidden(_("Your role does not count stock."), code="missing_scope")
    for count in counts.values():
        low = -MAX_QUANTITY if count.add else 0
        if not low <= count.quantity <= MAX_QUANTITY or (count.add and not count.quantity):
            raise Invalid(
                errors=[
                    FieldError(
                        "/quantity",
                        _("A whole number from 0 to %(limit)s.") % {"limit": MAX_QUANTITY},
                    )
                ]
            )
    now = timezone.now()
    with transaction.atomic():
        open_take = lock_take(seller, take)
        known = set(
            CountEntry.objects.filter(seller=seller, client_id__in=counts).values_list(
                "client_id", flat=True
            )
        )
        new = {key: count for key, count in counts.items() if key not in known}
        skus = {count.sku.pk: count.sku for count in new.values()}
        rows = {row.sku_id: row for row in CountRow.objects.filter(take=open_take, sku__in=skus)}
        missing = [sku for pk, sku in skus.items() if pk not in rows]
        rows |= _add_rows(open_take, missing)
        levels = dict(
            StockLevel.objects.filter(pk__in=[r.level_id for r in rows.values()]).values_list(
                "pk", "on_hand"
            )
        )
        away = off_shelf(seller, list(levels))
        found: dict[str, Counted] = {}
        added = {sku.pk for sku in missing}
        for key, count in new.items():
            row = rows[count.sku.pk]
            row.sku, row.take = count.sku, open_take
            total = (row.counted or 0) + count.quantity if count.add else count.quantity
            if not 0 <= total <= MAX_QUANTITY:
                raise Invalid(
                    errors=[FieldError("/quantity", _("Not fewer than none, nor that many."))]
                )
            row.counted, row.recount = total, False
            row.expected_then = levels[row.level_id] - away.get(row.level_id, 0)
            row.counted_at, row.counted_by = now, actor.name[:120]
            found[key] = Counted(row, added=row.sku_id in added)
        update_unnest(
            CountRow._meta.db_table,
            ("id", "bigint"),
            [("counted", "int"), ("expected_then", "int"), ("counted_at", "timestamptz"),
             ("counted_by", "text")],
            [(r.pk, r.counted, r.expected_then, r.counted_at, r.counted_by)
             for r in {c.row.pk: c.row for c in found.values()}.values()],
            also="recount = false",
        )  # fmt: skip
        CountEntry.objects.bulk_create(
            [
                CountEntry(
                    seller=seller,
                    row=found[key].row,
                    client_id=key,
                    kind=count.kind,
                    quantity=count.quantity,
                    actor=actor.name[:120],
                    at=now,
                )
                for key, count in new.items()
            ]
        )
    return found


def lock_take(seller: Seller, take: int) -> StockTake:
    """The open stock take, locked. Raises ``NotFound``, ``Refused`` (``wrong_state``)."""
    row = (
        StockTake.objects.select_for_update(of=("self",), no_key=True)
        .select_related("warehouse")
        .filter(seller=seller, pk=take)
        .first()
    )
    if row is None:
        raise NotFound
    if not row.open:
        raise Refused(
            _("The stock take %(code)s is over: %(state)s.")
            % {"code": row.code, "state": row.get_state_display()},
            code="wrong_state",
        )
    return row


def _add_rows(take: StockTake, skus: Sequence[Sku]) -> dict[int, CountRow]:
    """What was found and is not on the sheet."""
    if not skus:
        return {}
    if any(sku.sample != take.warehouse.sample for sku in skus):
        raise Refused(
            _("Samples lie in the sample warehouse, and nothing else does."), code="sample"
        )
    StockLevel.objects.bulk_create(
        [
            StockLevel(seller_id=take.seller_id, sku=sku, warehouse=take.warehouse)
            for sku in sorted(skus, key=lambda sku: sku.pk)
        ],
        ignore_conflicts=True,
    )
    levels = StockLevel.objects.filter(warehouse=take.warehouse, sku__in=skus)
    busy = CountRow.objects.filter(level__in=levels, open=True).select_related("sku", "take")
    if other := busy.exclude(take=take).first():
        raise Refused(
            _("%(sku)s is being counted in %(code)s.")
            % {"sku": other.sku.code, "code": other.take.code},
            code="counted_elsewhere",
        )
    last = CountRow.objects.filter(take=take).aggregate(n=Max("position"))["n"] or 0
    found = list(levels.select_related("bin").order_by("sku__code"))
    away = off_shelf(take.seller, [level.pk for level in found])
    rows = CountRow.objects.bulk_create(
        [
            CountRow(
                seller_id=take.seller_id,
                take=take,
                level=level,
                sku_id=level.sku_id,
                bin_code=level.bin.code if level.bin else "",
                position=last + i,
                expected=level.on_hand - away.get(level.pk, 0),
            )
            for i, level in enumerate(found, 1)
        ]
    )
    return {row.sku_id: row for row in rows}


def count_again(*, seller: Seller, take: int, rows: Collection[int], actor: Actor) -> int:
    """Forget what was counted of these rows; they are to be counted again. Returns how many."""
    actor.require("stock:write")
    now = timezone.now()
    with transaction.atomic():
        open_take = lock_take(seller, take)
        found = list(CountRow.objects.filter(take=open_take, pk__in=rows, counted__isnull=False))
        CountRow.objects.filter(pk__in=[row.pk for row in found]).update(
            counted=None, expected_then=None, recount=True
        )
        CountEntry.objects.bulk_create(
            [
                CountEntry(
                    seller=seller,
                    row=row,
                    client_id=f"again-{row.pk}-{now.timestamp():.6f}",
                    kind=CountEntry.Kind.RECOUNT,
                    quantity=row.counted or 0,
                    actor=actor.name[:120],
                    at=now,
                )
                for row in found
            ]
        )
    return len(found)


def summary_of(take: StockTake) -> dict[str, int]:
    """Rows, counted ones, those that differ, units more and fewer. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(counted), "
            "count(*) FILTER (WHERE counted <> expected_then), "
            "coalesce(sum(counted - expected_then) FILTER (WHERE counted > expected_then), 0), "
            "coalesce(sum(expected_then - counted) FILTER (WHERE counted < expected_then), 0), "
            "count(*) FILTER (WHERE recount) FROM stock_countrow WHERE take_id = %s",
            [take.pk],
        )
        names = ("rows", "counted", "differences", "plus", "minus", "recount")
        return dict(zip(names, map(int, cursor.fetchone() or ()), strict=True))
