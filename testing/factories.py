"""Rows for tests. What they make is consistent: ``check_invariants`` has nothing to say about it
as long as an order stays before ``stocked`` (later stages need stock and parcels, which the actions
make; ``OrderFactory(stage=…)`` only sets the counters, for tests that read).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, groupby
from operator import attrgetter
from typing import Any

import factory
from factory.django import DjangoModelFactory

from core.actor import Actor
from orders import events
from orders.models import (
    Deadline,
    DeadlineKind,
    Order,
    OrderLine,
    PenaltyRule,
    PenaltyStep,
    StopOn,
)
from orders.states import Stage
from sellers.models import Membership, Role, Seller, Store, User
from stock.actions import replenish
from stock.models import (
    MovementKind,
    Replenishment,
    Sku,
    StockLevel,
    StockMovement,
    Supplier,
    SupplierSku,
    Warehouse,
)

PASSWORD = "correct horse battery"

STAFF = Actor("staff", 1, "ops")
JOB = Actor.job("test")


def at(text: str) -> datetime:
    """A UTC time from ``2026-03-02 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class SellerFactory(DjangoModelFactory[Seller]):
    class Meta:
        model = Seller

    code = factory.Sequence(lambda n: f"seller-{n}")
    name = factory.Sequence(lambda n: f"Seller {n}")
    status = Seller.Status.APPROVED


class UserFactory(DjangoModelFactory[User]):
    """``user.email`` and ``PASSWORD`` log in; ``force_login`` is faster."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person-{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    seller = factory.SubFactory(SellerFactory)
    role = Role.OWNER


class StoreFactory(DjangoModelFactory[Store]):
    class Meta:
        model = Store

    seller = factory.SubFactory(SellerFactory)
    code = factory.Sequence(lambda n: f"store-{n}")
    name = factory.Sequence(lambda n: f"Store {n}")


class WarehouseFactory(DjangoModelFactory[Warehouse]):
    class Meta:
        model = Warehouse

    seller = factory.SubFactory(SellerFactory)
    code = factory.Sequence(lambda n: f"WH-{n}")
    name = factory.Sequence(lambda n: f"Warehouse {n}")


class SkuFactory(DjangoModelFactory[Sku]):
    class Meta:
        model = Sku

    seller = factory.SubFactory(SellerFactory)
    code = factory.Sequence(lambda n: f"SKU-{n}")
    name = factory.Sequence(lambda n: f"Thing {n}")
    weight_grams = 300
    declared_name = "Thing"
    declared_name_zh = "东西"
    declared_value = Decimal("3.00")


class StockLevelFactory(DjangoModelFactory[StockLevel]):
    """``on_hand`` units with the ledger entry that brought them. Pass ``sku`` or ``seller``."""

    class Meta:
        model = StockLevel

    seller = factory.SubFactory(SellerFactory)
    sku = factory.SubFactory(SkuFactory, seller=factory.SelfAttribute("..seller"))
    warehouse = factory.SubFactory(WarehouseFactory, seller=factory.SelfAttribute("..seller"))
    on_hand = 100

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> StockLevel:
        _seller_from(params, "sku", "warehouse")
        return super()._generate(strategy, params)

    @classmethod
    def _create(cls, model_class: type[StockLevel], *args: Any, **kwargs: Any) -> StockLevel:
        level = super()._create(model_class, *args, **kwargs)
        if level.on_hand:
            StockMovement.objects.create(
                seller=level.seller,
                level=level,
                kind=MovementKind.RECEIVE,
                on_hand=level.on_hand,
                reserved=0,
                reason="test",
                actor="test",
            )
        return level


class SupplierFactory(DjangoModelFactory[Supplier]):
    class Meta:
        model = Supplier

    seller = factory.SubFactory(SellerFactory)
    name = factory.Sequence(lambda n: f"Supplier {n}")


class SupplierSkuFactory(DjangoModelFactory[SupplierSku]):
    """A SKU with its preferred supplier. Pass ``sku`` or ``seller``."""

    class Meta:
        model = SupplierSku

    seller = factory.SubFactory(SellerFactory)
    sku = factory.SubFactory(SkuFactory, seller=factory.SelfAttribute("..seller"))
    supplier = factory.SubFactory(SupplierFactory, seller=factory.SelfAttribute("..seller"))
    price = Decimal("2.50")
    preferred = True

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> SupplierSku:
        _seller_from(params, "sku", "supplier")
        return super()._generate(strategy, params)


def make_replenishment(
    *lines: tuple[Sku, int], ordered: bool = True, **fields: Any
) -> Replenishment:
    """A purchase order for these SKUs, made and ordered by the actions. Without ``supplier`` and
    ``warehouse`` new ones of the seller of the first SKU."""
    seller = lines[0][0].seller
    fields.setdefault("warehouse", WarehouseFactory(seller=seller))
    fields.setdefault("supplier", SupplierFactory(seller=seller))
    row, _again = replenish.make_replenishment(
        seller=seller, actor=STAFF, lines=[replenish.Wanted(sku, n) for sku, n in lines], **fields
    )
    if ordered:
        row = replenish.order_replenishment(seller=seller, replenishment=row.pk, actor=STAFF)
    return row


class PenaltyRuleFactory(DjangoModelFactory[PenaltyRule]):
    """A rule with ``steps``: (hours late, fixed amount, percent of goods value)."""

    class Meta:
        model = PenaltyRule

    seller = None
    marketplace = Store.Marketplace.OTHER
    mode = Store.Mode.SEMI_MANAGED
    currency = "USD"
    effective_from = at("2020-01-01 00:00")
    steps: Any = ((0, "5.00", "0"), (24, "0", "10"))

    @classmethod
    def _create(
        cls, model_class: type[PenaltyRule], *args: Any, steps: Iterable[Any], **kwargs: Any
    ) -> PenaltyRule:
        rule = super()._create(model_class, *args, **kwargs)
        PenaltyStep.objects.bulk_create(
            PenaltyStep(
                rule=rule,
                position=position,
                after_hours=hours,
                fixed=Decimal(fixed),
                percent=Decimal(percent),
            )
            for position, (hours, fixed, percent) in enumerate(steps, 1)
        )
        return rule


#: Fields that each stage adds: (time stamp, counter).
_PATH = (
    (Stage.ACCEPTED, "accepted_at", None),
    (Stage.STOCKED, "stocked_at", "allocated"),
    (Stage.PACKED, "packed_at", "packed"),
    (Stage.SHIPPED, "shipped_at", "shipped"),
    (Stage.UPLOADED, "uploaded_at", "uploaded"),
    (Stage.CONFIRMED, "confirmed_at", None),
)
_numbers = count(1)
_received = attrgetter("created_at")


class OrderFactory(DjangoModelFactory[Order]):
    """A paid order with its lines, its accept and ship-by clocks and its ``received`` event.

    ``lines`` are (sku, quantity) or (sku, quantity, unit price); without, one unit of a new SKU.
    A sku may be a text: the line is then not mapped. Pass ``store`` or ``seller``. The stages
    after the one given follow the clock: one hour each after ``paid_at``, unless the time stamp is
    given. The ship-by clock stops at ``uploaded_at`` (or ``cancelled_at``).
    """

    class Meta:
        model = Order

    seller = factory.SubFactory(SellerFactory)
    store = factory.SubFactory(StoreFactory, seller=factory.SelfAttribute("..seller"))
    number = factory.LazyFunction(lambda: f"N{next(_numbers):08d}")
    stage = Stage.NEW
    buyer_name = "Ana Souza"
    buyer_phone = "+5511912345678"
    country = "BR"
    state = "SP"
    city = "São Paulo"
    postcode = "01310-100"
    address = "Av. Paulista 1000"
    tax_number = "111.444.777-35"
    ship_to_key = factory.Sequence(lambda n: f"key-{n}")
    currency = "USD"
    handling_days = 2
    paid_at = factory.LazyFunction(lambda: datetime.now(UTC).replace(microsecond=0))
    placed_at = factory.SelfAttribute("paid_at")
    ship_by = factory.LazyAttribute(lambda o: o.paid_at + timedelta(days=2))
    created_at = factory.SelfAttribute("paid_at")
    updated_at = factory.SelfAttribute("paid_at")
    lines: Any = None

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Order:
        _seller_from(params, "store")
        return super()._generate(strategy, params)

    @classmethod
    def _create(cls, model_class: type[Order], *args: Any, **kwargs: Any) -> Order:
        if kwargs["lines"] is None:
            kwargs["lines"] = [(SkuFactory(seller=kwargs["seller"]), 1)]
        return _write([kwargs])[0]


def make_orders(
    n: int,
    *,
    store: Store | None = None,
    lines: Sequence[Any] | None = None,
    **fields: Any,
) -> list[Order]:
    """``n`` orders of one store with the same lines, as ``OrderFactory`` makes them, in bulk."""
    seller = fields.pop("seller", None) or (store.seller if store else SellerFactory())
    store = store or StoreFactory(seller=seller)
    lines = lines if lines is not None else [(SkuFactory(seller=seller), 1)]
    return _write(
        factory.build(
            dict,
            FACTORY_CLASS=OrderFactory,
            store=store,
            seller=seller,
            lines=lines,
            **fields,
        )
        for _ in range(n)
    )


def _seller_from(params: dict[str, Any], *names: str) -> None:
    for name in names:
        if params.get(name) is not None and "seller" not in params:
            params["seller"] = params[name].seller


def _write(drafts: Iterable[dict[str, Any]]) -> list[Order]:
    orders: list[Order] = []
    lines: list[OrderLine] = []
    for draft in drafts:
        wanted = [(*line, Decimal("9.90"))[:3] for line in draft.pop("lines")]
        units = sum(quantity for _, quantity, _ in wanted)
        reached = _reached(draft, units)
        draft.setdefault("goods_amount", sum((p * q for _, q, p in wanted), Decimal(0)))
        order = Order(**draft)
        orders.append(order)
        for position, (sku, quantity, price) in enumerate(wanted, 1):
            mapped = isinstance(sku, Sku)
            cancelled = order.stage == Stage.CANCELLED
            lines.append(
                OrderLine(
                    seller=order.seller,
                    order=order,
                    position=position,
                    sku=sku if mapped else None,
                    sku_code=sku.code if mapped else sku,
                    title=sku.name if mapped else sku,
                    quantity=quantity,
                    unit_price=price,
                    cancelled=quantity if cancelled else 0,
                    **dict.fromkeys(reached, quantity),
                )
            )
    Order.objects.bulk_create(orders)
    OrderLine.objects.bulk_create(lines)
    Deadline.objects.bulk_create(clock for order in orders for clock in _clocks(order))
    for received, group in groupby(sorted(orders, key=_received), key=_received):
        rows = [(order.seller_id, order.pk) for order in group]
        events.record("received", rows=rows, actor=JOB, at=received)
    return orders


def _reached(draft: dict[str, Any], units: int) -> list[str]:
    """Fill the counters and time stamps that the stage implies; the names of the counters."""
    stage, paid = draft["stage"], draft["paid_at"]
    draft.setdefault("units", 0 if stage == Stage.CANCELLED else units)
    if stage == Stage.CANCELLED:
        draft.setdefault("cancelled_at", paid + timedelta(hours=1))
    draft.setdefault("clock_open", stage in (Stage.NEW, *[s for s, _, _ in _PATH[:4]]))
    counters = []
    stages = [s for s, _, _ in _PATH]
    last = stages.index(stage) + 1 if stage in stages else 0
    for hours, (_, stamp, counter) in enumerate(_PATH[:last], 1):
        draft.setdefault(stamp, paid + timedelta(hours=hours))
        if counter:
            draft.setdefault(counter, units)
            counters.append(counter)
    return counters


def _clocks(order: Order) -> Iterable[Deadline]:
    def clock(
        kind: DeadlineKind, due: datetime, stopped: datetime | None, stop_on: str = ""
    ) -> Deadline:
        stopped = stopped or order.cancelled_at
        outcome = Deadline.Outcome.MET if stopped else Deadline.Outcome.OPEN
        if stopped and stopped == order.cancelled_at:
            outcome = Deadline.Outcome.VOID
        return Deadline(
            seller=order.seller,
            order=order,
            kind=kind,
            due_at=due,
            warn_at=due - timedelta(hours=12),
            computed_at=due,
            stop_on=stop_on,
            outcome=outcome,
            stopped_at=stopped,
        )

    yield clock(DeadlineKind.ACCEPT, order.paid_at + timedelta(hours=24), order.accepted_at)
    yield clock(DeadlineKind.SHIP_BY, order.ship_by, order.uploaded_at, StopOn.UPLOADED)
    if order.deliver_by:
        yield clock(DeadlineKind.DELIVER_BY, order.deliver_by, order.delivered_at)
