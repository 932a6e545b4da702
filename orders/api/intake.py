"""From the body of a request to drafts, and from what became of them to an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.api import read
from core.errors import FieldError, Invalid
from core.ids import decode, encode
from core.problems import field_error
from orders.actions.receive import ReceivedRow, receive_many
from orders.api.serializers import OrderInSerializer
from orders.drafts import BuyerDraft, HistoryDraft, LineDraft, OrderDraft
from orders.models import Order
from sellers.models import Seller, Store
from stock.models import Sku

#: Where the draft's word for a place is not the API's.
_POINTERS = {"/status": "/marketplace_status"}


@dataclass(slots=True)
class _Reader:
    """Reads orders of one seller; looks stores and SKU ids up once for all of them."""

    seller: Seller
    stores: dict[str, Store] = field(default_factory=dict)
    skus: dict[int, str] = field(default_factory=dict)
    order: OrderInSerializer = field(default_factory=OrderInSerializer)

    def look_up(self, bodies: Sequence[Any]) -> None:
        for store in Store.objects.filter(seller=self.seller):
            self.stores[store.code] = self.stores[store.public_id] = store
        ids = {
            pk
            for body in bodies
            if isinstance(body, Mapping) and isinstance(body.get("lines"), list)
            for line in body["lines"]
            if isinstance(line, Mapping) and isinstance(line.get("sku"), str)
            for pk in [decode(Sku.id_prefix, line["sku"])]
            if pk is not None
        }
        if ids:
            rows = Sku.objects.filter(seller=self.seller, pk__in=ids)
            self.skus = dict(rows.values_list("pk", "code"))

    def read(self, body: Any) -> tuple[Store, OrderDraft]:
        """Raises ``Invalid`` with pointers from the order's own root."""
        values = read(self.order, body)
        errors = []
        store = self.stores.get(values["store"])
        if store is None:
            errors.append(
                FieldError(
                    "/store",
                    _("There is no store “%(name)s”.") % {"name": values["store"]},
                    "unknown_store",
                )
            )
        currency = values["currency"]
        prices = [
            (f"/lines/{i}/unit_price", x["unit_price"]) for i, x in enumerate(values["lines"])
        ]
        freight = values.get("freight")
        for pointer, price in [*prices, *([("/freight", freight)] if freight else [])]:
            if price.currency != currency:
                errors.append(
                    FieldError(
                        f"{pointer}/currency",
                        _("The order is in %(currency)s, and so is everything in it.")
                        % {"currency": currency[:3]},
                        "other_currency",
                    )
                )
        if store is None or errors:
            raise Invalid(errors=errors)
        return store, OrderDraft(
            number=values["number"],
            currency=currency,
            placed_at=values["placed_at"],
            paid_at=values["paid_at"],
            buyer=BuyerDraft(**values["buyer"]),
            lines=tuple(
                LineDraft(
                    quantity=line["quantity"],
                    unit_price=line["unit_price"].amount,
                    sku=self._code(line["sku"]),
                    title=line["title"],
                    specification=line["specification"],
                )
                for line in values["lines"]
            ),
            **({"freight": freight.amount} if freight else {}),
            ship_by=values.get("ship_by"),
            deliver_by=values.get("deliver_by"),
            remark=values["remark"],
            history=HistoryDraft(
                status=values["marketplace_status"],
                handed_over_at=values.get("handed_over_at"),
                delivered_at=values.get("delivered_at"),
                cancelled=values["cancelled"],
            ),
        )

    def _code(self, name: str) -> str:
        pk = decode(Sku.id_prefix, name)
        return self.skus.get(pk, name) if pk is not None else name


def receive(bodies: Sequence[Any], *, seller: Seller, actor: Actor) -> list[ReceivedRow]:
    """Take orders in as they were sent: an answer for each, errors from each one's own root."""
    actor.require("orders:write")
    reader = _Reader(seller)
    reader.look_up(bodies)
    drafts: list[tuple[Store, OrderDraft]] = []
    answers: list[ReceivedRow | None] = []
    for body in bodies:
        try:
            drafts.append(reader.read(body))
            answers.append(None)
        except Invalid as error:
            answers.append(ReceivedRow(_number(body), "rejected", None, error.errors))
    taken = iter(receive_many(drafts=drafts, actor=actor) if drafts else ())
    return [row if row is not None else _renamed(next(taken)) for row in answers]


def _number(body: Any) -> str:
    number = body.get("number") if isinstance(body, Mapping) else None
    return number[:64] if isinstance(number, str) else ""


def _renamed(row: ReceivedRow) -> ReceivedRow:
    if not row.errors:
        return row
    errors = (FieldError(_POINTERS.get(e.pointer, e.pointer), e.detail, e.code) for e in row.errors)
    return ReceivedRow(row.number, row.status, row.id, tuple(errors))


def received_json(rows: Sequence[ReceivedRow]) -> dict[str, Any]:
    """The answer of a batch; pointers start from its root: ``#/orders/3/lines/0/quantity``."""
    results = [
        {
            "number": row.number,
            "status": row.status,
            "id": encode(Order.id_prefix, row.id) if row.id else None,
            "errors": [
                field_error(FieldError(f"/orders/{i}{e.pointer}", e.detail, e.code))
                for e in row.errors
            ],
        }
        for i, row in enumerate(rows)
    ]
    statuses = ("created", "updated", "unchanged", "rejected")
    return {
        "results": results,
        "summary": {s: sum(1 for row in rows if row.status == s) for s in statuses},
    }
