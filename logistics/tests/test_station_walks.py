"""Random scans at two tables: whatever is scanned in whatever order and however often it is sent,
no parcel closes with a wrong count."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.actor import Actor
from logistics.actions.boxes import save_pack_settings
from logistics.actions.station import enter
from logistics.models import PackSession, ShipmentLine
from logistics.tests.conftest import Shop
from logistics.tests.test_waves import sound
from orders.actions.cancel import cancel_units
from orders.models import Order, OrderLine
from sellers.access import scopes_of
from sellers.models import Role
from testing.factories import (
    STAFF,
    MembershipFactory,
    SkuFactory,
    StockLevelFactory,
    make_orders,
)

#: What happens: (what, which, how many).
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["order", "unit", "unit", "unit", "unit", "CLOSE", "SPLIT", "UNDO", "OUT", "LEAVE",
             "COMBINE", "FAIL-DAMAGED", "resend", "other table", "cancel", "hold", "release"]
        ),
        st.integers(0, 5),
        st.integers(1, 2),
    ),
    min_size=5,
    max_size=45,
)  # fmt: skip


class Walk:
    """A shop with five orders of two SKUs, and what its two packers have sent."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.skus = [shop.sku, SkuFactory.create(seller=shop.seller)]
        StockLevelFactory.create(seller=shop.seller, sku=self.skus[1], warehouse=shop.warehouse,
                                 on_hand=12)  # fmt: skip
        self.people = [
            Actor("user", m.user_id, "p", scopes_of(Role.PACKER))
            for m in (MembershipFactory(seller=shop.seller, role=Role.PACKER) for _ in range(2))
        ]
        made = [
            *make_orders(2, store=shop.store, lines=[(self.skus[0], 2), (self.skus[1], 1)],
                         ship_to_key="one door"),
            *make_orders(2, store=shop.store, lines=[(self.skus[0], 1)]),
            *make_orders(1, store=shop.store, lines=[(self.skus[1], 3), (self.skus[1], 1)]),
        ]  # fmt: skip
        shop.act("accept", made)
        shop.act("allocate", made)
        self.orders = made
        self.sent: list[tuple[Actor, str, str]] = []

    def text(self, what: str, i: int, n: int) -> str:
        if what == "order":
            return self.orders[i % len(self.orders)].number
        if what == "unit":
            code = self.skus[i % 2].code
            return code if n == 1 else f"{n}*{code}"
        return what

    def go(self, what: str, i: int, n: int, table: int) -> None:
        order = Order.objects.get(pk=self.orders[i % len(self.orders)].pk)
        if what == "cancel":
            line = order.lines.order_by("pk")[0]
            free = line.open - line.packed
            if free and order.stage in ("stocked", "accepted"):
                cancel_units(seller=self.shop.seller, order=order.pk,
                             units={line.pk: min(n, free)}, actor=STAFF)  # fmt: skip
        elif what in ("hold", "release"):
            params: dict[str, Any] = {"reason": "buyer"} if what == "hold" else {}
            self.shop.act(what, [order], **params)
        elif what == "resend":
            if self.sent:
                actor, client_id, text = self.sent[i % len(self.sent)]
                self.enter(actor, client_id, text)
        else:
            self.enter(self.people[table], f"c{len(self.sent)}", self.text(what, i, n))

    def enter(self, actor: Actor, client_id: str, text: str) -> None:
        before = PackSession.objects.filter(packer=actor.id, outcome="open").first()
        counts = _units(before)
        self.sent.append((actor, client_id, text))
        answer = enter(seller=self.shop.seller, actor=actor, text=text, client_id=client_id)
        if answer.again and before is not None:
            assert _units(before) == counts, "sent again, counted again"


def _units(session: PackSession | None) -> Counter[str]:
    found: Counter[str] = Counter()
    if session is not None:
        for line, n in session.scans.exclude(quantity=0).values_list("line__sku__code", "quantity"):
            found[line] += n
    return +found


def check(walk: Walk) -> None:
    for session in PackSession.objects.filter(outcome="packed").select_related("shipment"):
        inside: Counter[int] = Counter()
        for line, n in ShipmentLine.objects.filter(shipment=session.shipment).values_list(
            "line", "quantity"
        ):
            inside[line] += n
        scanned: Counter[int] = Counter()
        for line, n in session.scans.exclude(quantity=0).values_list("line", "quantity"):
            scanned[line] += n
        assert inside == +scanned, "a parcel holds what was scanned for it"
    for line in OrderLine.objects.all():
        packed = sum(
            ShipmentLine.objects.filter(line=line)
            .exclude(shipment__state="void")
            .values_list("quantity", flat=True)
        )
        assert packed == line.packed <= line.open, "never more than was ordered"
    sound()


@pytest.mark.django_db
def test_no_parcel_closes_with_a_wrong_count(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(on_hand=30)
    save_pack_settings(seller=shop.seller, actor=STAFF, ask_box=False, ask_weight=False)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(steps)
    def walk(plan: list[tuple[str, int, int]]) -> None:
        with transaction.atomic():
            walking = Walk(shop)
            table = 0
            for what, i, n in plan:
                if what == "other table":
                    table = 1 - table
                    continue
                walking.go(what, i, n, table)
            check(walking)
            transaction.set_rollback(True)

    walk()
