"""A buyer's address corrected by the seller, after asking the buyer."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import FieldError, Invalid, NotFound, Refused
from core.locks import retry_on_deadlock
from orders import events
from orders.actions.base import lock_orders
from orders.actions.receive_rows import problems_of, ship_to_key
from orders.checks import COUNTRY_CODES, PROBLEM_CODES
from orders.drafts import BuyerDraft
from orders.models import Order
from orders.states import Stage
from sellers.models import Seller

#: Columns that can be corrected, in the order in which an address is read.
ADDRESS_FIELDS = (
    *("buyer_name", "address", "city", "state", "postcode", "country"),
    *("buyer_phone", "tax_number"),
)
CORRECTABLE = (Stage.NEW, Stage.ACCEPTED, Stage.STOCKED)


def why_not_correctable(stage: str, packed: int) -> str:
    """Why the address of an order stays as it is; empty when it can be corrected."""
    if stage == Stage.PACKED or (packed and stage in CORRECTABLE):
        return str(_("Units of it are in a parcel with this address. Undo the packing first."))
    if stage not in CORRECTABLE:
        return str(_("The parcel has left, so the address stays as it is."))
    return ""


@retry_on_deadlock
def correct_address(
    *, seller: Seller, order: int, fields: Mapping[str, str], actor: Actor, version: int
) -> Order:
    """Correct parts of a buyer's address (``ADDRESS_FIELDS``) and check it again.

    ``version`` is the order as the person saw it: of two who correct, the second is told. What the
    marketplace says of the corrected parts is kept beside them: told the same again it changes
    nothing, told something else it wins. The event names the parts, never what is in them.

    Raises ``Forbidden``, ``NotFound``, ``Invalid`` with pointers to the fields, ``Refused`` with
    ``changed`` or ``wrong_stage``.
    """
    actor.require("orders:write")
    now = timezone.now()
    with transaction.atomic():
        if not lock_orders(seller, [order]):
            raise NotFound
        row = Order.objects.get(pk=order)
        if row.version != version:
            raise Refused(_("The order has changed meanwhile. Look again."), code="changed")
        if why := why_not_correctable(row.stage, row.packed):
            raise Refused(why, code="wrong_stage")
        wanted = {
            name: " ".join(str(text).replace("\x00", "").split())
            for name, text in fields.items()
            if name in ADDRESS_FIELDS
        }
        if "country" in wanted:
            wanted["country"] = wanted["country"].upper()
        before = {name: getattr(row, name) for name in wanted}
        changed = [
            name for name in ADDRESS_FIELDS if name in wanted and wanted[name] != before[name]
        ]
        if not changed:
            return row
        for name in changed:
            setattr(row, name, wanted[name])
        _check(row, changed)
        buyer = _buyer(row)
        kept = {**{name: before[name] for name in changed}, **row.corrected}
        # Corrected back to what the marketplace says is no correction any more.
        row.corrected = {name: told for name, told in kept.items() if getattr(row, name) != told}
        row.problems = problems_of(buyer) + [p for p in row.problems if p not in PROBLEM_CODES]
        row.ship_to_key = ship_to_key(buyer, unknown=f"{row.store_id}/{row.number}")
        Order.objects.filter(pk=order).update(
            **{name: getattr(row, name) for name in changed},
            corrected=row.corrected,
            problems=row.problems,
            ship_to_key=row.ship_to_key,
            updated_at=now,
            version=F("version") + 1,
        )
        row.version += 1
        events.record(
            "address_corrected",
            rows=[(seller.pk, order)],
            actor=actor,
            at=now,
            data={"fields": changed},
        )
    return row


def _check(row: Order, changed: list[str]) -> None:
    """What cannot be kept is refused; what only looks wrong becomes a problem of the order."""
    errors = []
    for name in changed:
        field = Order._meta.get_field(name)
        try:
            field.clean(getattr(row, name), row)  # type: ignore[union-attr]
        except ValidationError as error:
            errors += [FieldError(f"/{name}", sentence) for sentence in error.messages]
    if "country" in changed and row.country not in COUNTRY_CODES:
        errors = [e for e in errors if e.pointer != "/country"]
        errors.append(FieldError("/country", _("Choose a country.")))
    if errors:
        raise Invalid(errors=errors)


def _buyer(row: Order) -> BuyerDraft:
    return BuyerDraft(
        country=row.country,
        name=row.buyer_name,
        phone=row.buyer_phone,
        state=row.state,
        city=row.city,
        postcode=row.postcode,
        address=row.address,
        tax_number=row.tax_number,
        ref=row.buyer_ref,
    )
