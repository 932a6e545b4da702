"""Bins: making a shelf of them, saying what lies where, removing them."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.sql import update_unnest
from sellers.models import Seller
from stock.bin_codes import clean_code, expand
from stock.models import Bin, Sku, StockLevel, Warehouse

#: Between two bins, so that one can be put there later.
STEP = 10


def create_bins(
    *,
    seller: Seller,
    warehouse: Warehouse,
    first: str,
    last: str,
    actor: Actor,
    snake: bool = False,
) -> int:
    """Make all bins from one code to another, after those that are there in walking order.

    Codes that exist are left as they are. Returns how many are new. Raises ``Invalid``.
    """
    actor.require("settings:write")
    codes = expand(first, last or first, snake=snake)
    with transaction.atomic():
        # Two people who make the same shelf queue up here.
        Warehouse.objects.select_for_update(no_key=True).get(seller=seller, pk=warehouse.pk)
        rows = Bin.objects.filter(warehouse=warehouse)
        known = set(rows.filter(code__in=codes).values_list("code", flat=True))
        after = rows.aggregate(n=Max("walk_order"))["n"] or 0
        new = [code for code in codes if code not in known]
        Bin.objects.bulk_create(
            [
                Bin(seller=seller, warehouse=warehouse, code=code, walk_order=after + STEP * i)
                for i, code in enumerate(new, 1)
            ],
            batch_size=1000,
        )
    return len(new)


def delete_bins(*, seller: Seller, bins: Collection[int], actor: Actor) -> int:
    """Remove bins in which nothing is kept. Refused (``bin_in_use``) as a whole otherwise."""
    actor.require("settings:write")
    with transaction.atomic():
        rows = Bin.objects.filter(seller=seller, pk__in=bins)
        used = list(rows.filter(levels__isnull=False).distinct().values_list("code", flat=True)[:5])
        if used:
            raise Refused(
                _("SKUs lie in %(bins)s. Give them another bin first.")
                % {"bins": ", ".join(sorted(used))},
                code="bin_in_use",
            )
        n, _kinds = rows.delete()
    return n


def assign_bins(
    *, seller: Seller, warehouse: Warehouse, places: Mapping[str, str], actor: Actor
) -> int:
    """Say where SKUs lie in a warehouse: bin code by SKU code (or barcode); an empty bin takes the
    SKU out of its bin. All or none. Returns how many changed.

    Raises ``Invalid`` with a pointer ``/<n>`` to each entry that names what does not exist.
    """
    actor.require("stock:write")
    codes = {code: clean_code(text) for code, text in places.items()}
    skus = {s.code: s.pk for s in Sku.objects.filter(seller=seller, code__in=codes)}
    rest = [code for code in codes if code not in skus]
    if rest:
        skus |= {s.barcode: s.pk for s in Sku.objects.filter(seller=seller, barcode__in=rest)}
    bins = dict(
        Bin.objects.filter(
            seller=seller, warehouse=warehouse, code__in=set(codes.values())
        ).values_list("code", "pk")
    )
    errors = []
    for i, (sku, place) in enumerate(codes.items()):
        if sku not in skus:
            errors.append(
                FieldError(f"/{i}", _("There is no SKU “%(code)s”.") % {"code": sku[:64]})
            )
        elif place and place not in bins:
            errors.append(
                FieldError(
                    f"/{i}",
                    _("There is no bin “%(bin)s” in %(warehouse)s.")
                    % {"bin": place[:40], "warehouse": warehouse.name},
                )
            )
    if errors:
        raise Invalid(errors=errors)
    return set_bins(
        seller=seller,
        places={(skus[sku], warehouse.pk): bins.get(place) for sku, place in codes.items()},
        actor=actor,
    )


def set_bins(*, seller: Seller, places: Mapping[tuple[int, int], int | None], actor: Actor) -> int:
    """Put (SKU, warehouse) pairs of the seller into bins by id. Returns how many changed.

    Raises ``NotFound`` for what is not the seller's, or for a bin of another warehouse.
    """
    actor.require("stock:write")
    with transaction.atomic():
        wanted = {b for b in places.values() if b is not None}
        bins = dict(Bin.objects.filter(seller=seller, pk__in=wanted).values_list("pk", "warehouse"))
        skus = Sku.objects.filter(seller=seller, pk__in={sku for sku, _w in places}).count()
        houses = Warehouse.objects.filter(seller=seller, pk__in={w for _s, w in places}).count()
        if (
            len(bins) != len(wanted)
            or skus != len({sku for sku, _w in places})
            or houses != len({w for _s, w in places})
            or any(b is not None and bins[b] != w for (_s, w), b in places.items())
        ):
            raise NotFound
        StockLevel.objects.bulk_create(
            [StockLevel(seller=seller, sku_id=s, warehouse_id=w) for s, w in sorted(places)],
            ignore_conflicts=True,
        )
        levels = StockLevel.objects.filter(seller=seller, sku__in={sku for sku, _w in places})
        changed = [
            (pk, places[sku, warehouse])
            for pk, sku, warehouse, bin_ in levels.order_by("pk").values_list(
                "pk", "sku_id", "warehouse_id", "bin_id"
            )
            if (sku, warehouse) in places and places[sku, warehouse] != bin_
        ]
        update_unnest(StockLevel._meta.db_table, ("id", "bigint"), [("bin_id", "bigint")], changed)
    return len(changed)
