"""Suppliers and replenishments over the API: for ERPs that buy, and for whoever takes goods in."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer, answer_list, named, own, page_of, read, read_query
from core.api_fields import Strict
from core.api_schema import describe, list_of
from core.errors import FieldError, Invalid, Refused
from core.ids import decode
from core.problems import RefusedInState
from sellers.models import Seller
from stock.actions.receipts import Over, receive_replenishment
from stock.actions.replenish import (
    Wanted,
    cancel_rest,
    make_replenishment,
    order_replenishment,
    reschedule,
)
from stock.api import replenishment_fields as s
from stock.models import Replenishment, Sku, Supplier, Warehouse
from stock.queries.purchasing import lines_of, replenishments, totals

_TAG = "Purchasing"


class Suppliers(ApiView):
    scopes = {"GET": "stock:read"}

    @describe(
        "List suppliers",
        name="suppliers_list",
        tag=_TAG,
        query=ListParams,
        answers=list_of(s.SupplierSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, ListParams)
        page = page_of(Supplier.objects.filter(seller=self.seller), params, key="id")
        data = [s.supplier_json(row, with_money=self.sees_money) for row in page.rows]
        return answer_list(request, data, page.next_cursor)


class Replenishments(ApiView):
    scopes = {"GET": "stock:read", "POST": "stock:write"}

    @describe(
        "List replenishments, newest first",
        name="replenishments_list",
        tag=_TAG,
        query=s.ReplenishmentParams,
        answers=list_of(s.ReplenishmentSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, s.ReplenishmentParams)
        rows = replenishments(self.seller, tab=params.get("state", ""))
        if "supplier" in params:
            rows = rows.filter(supplier=decode(Supplier.id_prefix, params["supplier"]) or 0)
        if "sku" in params:
            pk = decode(Sku.id_prefix, params["sku"])
            skus = Sku.objects.filter(seller=self.seller)
            chosen = skus.filter(code=params["sku"]) | skus.filter(pk=pk or 0)
            rows = rows.filter(lines__sku__in=chosen)
        page = page_of(rows, params, key="id", descending=True)
        sums = totals(page.rows)
        data = [
            s.replenishment_json(row, sums[row.pk], with_money=self.sees_money) for row in page.rows
        ]
        return answer_list(request, data, page.next_cursor)

    @describe(
        "Make a replenishment",
        name="replenishments_create",
        tag=_TAG,
        body=s.ReplenishmentInSerializer,
        answers={201: s.OneReplenishmentSerializer, 200: s.OneReplenishmentSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """A draft; with ``order`` it is ordered at once. Made once for an ``id``: sent again, the
        answer is 200 with what there is."""
        values = read(s.ReplenishmentInSerializer(), request.data)
        supplier = _supplier(self.seller, values["supplier"])
        lines, currency = _wanted(self.seller, values["lines"], supplier)
        row, again = make_replenishment(
            seller=self.seller,
            warehouse=_warehouse(self.seller, values["warehouse"]),
            lines=lines,
            supplier=supplier,
            currency=currency,
            expected=values.get("expected_on"),
            note=values["note"],
            client_id=values.get("id", ""),
            actor=self.actor,
        )
        if values["order"] and not again:
            order_replenishment(seller=self.seller, replenishment=row.pk, actor=self.actor)
        place = reverse("api-replenishment", args=[row.public_id])
        status = 200 if again else 201
        return answer(_one(self, row.pk), status, headers={"Location": place})


def _rows(seller: Seller) -> "QuerySet[Replenishment]":
    return Replenishment.objects.filter(seller=seller).select_related("supplier", "warehouse")


def _one(view: ApiView, pk: int) -> dict[str, Any]:
    """A replenishment as it is now, with its lines. Three queries."""
    row = _rows(view.seller).get(pk=pk)
    return s.one_json(row, totals([row])[row.pk], lines_of(row), with_money=view.sees_money)


def _supplier(seller: Seller, name: str) -> Supplier | None:
    """A supplier by its id or its name; none for an empty text."""
    if not name:
        return None
    rows = Supplier.objects.filter(seller=seller)
    pk = decode(Supplier.id_prefix, name)
    row = (rows.filter(pk=pk).first() if pk else None) or rows.filter(name=name).first()
    if row is None:
        detail = _("There is no “%(name)s” here.") % {"name": name[:100]}
        raise Invalid(errors=[FieldError("/supplier", detail, "unknown")])
    return row


def _warehouse(seller: Seller, name: str) -> Warehouse:
    """The warehouse that a body names, or the only one there is."""
    rows = Warehouse.objects.filter(seller=seller, sample=False)
    if name:
        return named(rows, Warehouse.id_prefix, name, "/warehouse")
    found = list(rows[:2])
    if len(found) == 1:
        return found[0]
    detail = _("Say which warehouse.") if found else _("The shop has no warehouse. Make one first.")
    raise Invalid(errors=[FieldError("/warehouse", detail, "required")])


def _skus(seller: Seller, names: Sequence[str]) -> dict[str, Sku]:
    """SKUs by the id or code that names them. One query."""
    ids = {name: decode(Sku.id_prefix, name) for name in names}
    rows = Sku.objects.filter(seller=seller)
    some = rows.filter(code__in=names) | rows.filter(pk__in=[pk for pk in ids.values() if pk])
    by_code: dict[str, Sku] = {}
    by_pk: dict[int, Sku] = {}
    for sku in some:
        by_code[sku.code], by_pk[sku.pk] = sku, sku
    found = {name: by_pk.get(pk or 0) or by_code.get(name) for name, pk in ids.items()}
    return {name: sku for name, sku in found.items() if sku is not None}


def _unknown(i: int, name: str) -> FieldError:
    detail = _("There is no “%(name)s” here.") % {"name": name[:100]}
    return FieldError(f"/lines/{i}/sku", detail, "unknown")


def _wanted(
    seller: Seller, lines: Sequence[Mapping[str, Any]], supplier: Supplier | None
) -> tuple[list[Wanted], str]:
    """The lines of a body, and the one currency of their costs."""
    known = _skus(seller, [line["sku"] for line in lines])
    errors = [_unknown(i, x["sku"]) for i, x in enumerate(lines) if x["sku"] not in known]
    currency = supplier.currency if supplier else ""
    for i, line in enumerate(lines):
        cost = line.get("unit_cost")
        if cost is None:
            continue
        currency = currency or cost.currency
        if cost.currency != currency:
            detail = _("All costs are in %(currency)s.") % {"currency": currency}
            errors.append(FieldError(f"/lines/{i}/unit_cost/currency", detail, "other_currency"))
    if errors:
        raise Invalid(errors=errors)
    wanted = []
    for line in lines:
        cost = line.get("unit_cost")
        wanted.append(Wanted(known[line["sku"]], line["quantity"], cost.amount if cost else None))
    return wanted, currency


@contextmanager
def telling_state(row: Replenishment) -> Iterator[None]:
    """A refusal inside tells the state, and what can be done in it."""
    try:
        yield
    except Refused as error:
        now = Replenishment.objects.get(pk=row.pk)
        raise RefusedInState(
            error, state=now.state, allowed_actions=s.allowed_actions(now)
        ) from None


class OneReplenishment(ApiView):
    scopes = {"GET": "stock:read", "PATCH": "stock:write"}

    @describe(
        "Get a replenishment with its lines",
        name="replenishments_get",
        tag=_TAG,
        answers=s.OneReplenishmentSerializer,
    )
    def get(self, request: Request, replenishment: str) -> HttpResponse:
        read_query(request, Strict)
        row = own(_rows(self.seller), self.seller, Replenishment.id_prefix, replenishment)
        return answer(_one(self, row.pk))

    @describe(
        "Say that goods on the way come on another day",
        name="replenishments_update",
        tag=_TAG,
        body=s.RescheduleSerializer,
        answers=s.OneReplenishmentSerializer,
    )
    def patch(self, request: Request, replenishment: str) -> HttpResponse:
        row = own(_rows(self.seller), self.seller, Replenishment.id_prefix, replenishment)
        values = read(s.RescheduleSerializer(), request.data)
        with telling_state(row):
            reschedule(
                seller=self.seller,
                replenishment=row.pk,
                actor=self.actor,
                expected=values["expected_on"],
                note=values.get("note", row.note),
            )
        return answer(_one(self, row.pk))


class OrderReplenishment(ApiView):
    scopes = {"POST": "stock:write"}

    @describe(
        "Order a draft: its goods are on the way",
        name="replenishments_order",
        tag=_TAG,
        body=s.NothingSerializer,
        answers=s.OneReplenishmentSerializer,
    )
    def post(self, request: Request, replenishment: str) -> HttpResponse:
        """Expected after the supplier's lead time in working days, unless it has a day of its own.
        Ordering again changes nothing."""
        row = own(_rows(self.seller), self.seller, Replenishment.id_prefix, replenishment)
        read(s.NothingSerializer(), request.data or {})
        with telling_state(row):
            order_replenishment(seller=self.seller, replenishment=row.pk, actor=self.actor)
        return answer(_one(self, row.pk))


class CancelReplenishment(ApiView):
    scopes = {"POST": "stock:write"}

    @describe(
        "Cancel what has not come",
        name="replenishments_cancel",
        tag=_TAG,
        body=s.CancelSerializer,
        answers=s.OneReplenishmentSerializer,
    )
    def post(self, request: Request, replenishment: str) -> HttpResponse:
        """``reason`` is needed once it is ordered. Cancelling again changes nothing."""
        row = own(_rows(self.seller), self.seller, Replenishment.id_prefix, replenishment)
        values = read(s.CancelSerializer(), request.data or {})
        with telling_state(row):
            cancel_rest(
                seller=self.seller,
                replenishment=row.pk,
                actor=self.actor,
                reason=values["reason"],
            )
        return answer(_one(self, row.pk))


class Receipts(ApiView):
    scopes = {"POST": "stock:write"}

    @describe(
        "Receive goods of a replenishment",
        name="replenishments_receive",
        tag=_TAG,
        body=s.ReceiptInSerializer,
        answers={201: s.ReceiptSerializer, 200: s.ReceiptSerializer},
    )
    def post(self, request: Request, replenishment: str) -> HttpResponse:
        """All lines or none, once for an ``id`` (sent again: 200 and the same receipt). More than
        is still to come is 409 ``over_received`` unless ``over`` says what to do. Orders that wait
        for the goods are served by themselves."""
        row = own(_rows(self.seller), self.seller, Replenishment.id_prefix, replenishment)
        values = read(s.ReceiptInSerializer(), request.data)
        units, places = self._units(row, values["lines"])
        over: Over = values.get("over") or ""
        with telling_state(row):
            try:
                done = receive_replenishment(
                    seller=self.seller,
                    replenishment=row.pk,
                    units=units,
                    warehouse=(
                        _warehouse(self.seller, values["warehouse"])
                        if values["warehouse"]
                        else row.warehouse
                    ),
                    actor=self.actor,
                    client_id=values.get("id") or uuid4().hex,
                    over=over,
                    note=values["note"],
                )
            except Invalid as error:
                raise Invalid(
                    error.detail,
                    errors=[
                        FieldError(places.get(e.pointer, e.pointer), e.detail, e.code)
                        for e in error.errors
                    ],
                ) from None
        body = s.receipt_json(done.receipt) | {"replenishment": _one(self, row.pk)}
        return answer(body, 200 if done.again else 201)

    def _units(
        self, row: Replenishment, lines: Sequence[Mapping[str, Any]]
    ) -> tuple[dict[int, int], dict[str, str]]:
        """Units by line, and the places in the body of what the action may find wrong."""
        known = _skus(self.seller, [line["sku"] for line in lines])
        ours = {line.sku_id: line.pk for line in row.lines.all()}
        units: dict[int, int] = {}
        places: dict[str, str] = {}
        errors = []
        for i, line in enumerate(lines):
            sku = known.get(line["sku"])
            pk = ours.get(sku.pk) if sku else None
            if pk is None:
                missing = _("%(number)s has no such SKU.") % {"number": row.number}
                errors.append(FieldError(f"/lines/{i}/sku", missing, "unknown"))
            elif pk in units:
                twice = _("A line further up names this SKU already.")
                errors.append(FieldError(f"/lines/{i}/sku", twice, "given_twice"))
            else:
                units[pk] = line["quantity"]
                places[f"/lines/{pk}"] = f"/lines/{i}/quantity"
        if errors:
            raise Invalid(errors=errors)
        return units, places
