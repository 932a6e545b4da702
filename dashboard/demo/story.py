"""How the demo shops came to where they are: told through the same actions that people use.

The story runs over the last days at the hours when such a shop works. Actions read the clock by
``django.utils.timezone.now``; the story puts its own time there while it tells, so that timelines,
deadlines and fines look as if people had worked, and nothing is written past the rules.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.actor import Actor
from core.models import OutboxMessage
from dashboard.demo.goods import GOODS, PLACES, REMARKS, STRANGE_CODE, Good
from logistics.actions.pack import pack_lines
from logistics.actions.tracking import News, record_tracking
from logistics.models import CarrierService, Shipment
from logistics.tracking_numbers import s10_check_digit
from orders.actions.receive import receive_orders
from orders.drafts import BuyerDraft, HistoryDraft, LineDraft, OrderDraft
from orders.models import Order
from orders.registry import perform
from orders.sweep import sweep_deadlines
from sellers.models import Seller, Store
from stock.actions.levels import Move, post_movements
from stock.models import Sku, Warehouse

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Days before now that are told step by step.
DAYS = 6
#: Days before now from which on the shop works with this program: fewer orders a day, told in
#: larger steps, so that reports have something to report.
OLD_DAYS = 36
#: Days before now at which the oldest order was placed; those before ``OLD_DAYS`` came as a file.
PAST_DAYS = 75


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Let the actions inside take ``moment`` for now."""
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


class Story:
    """One shop's story. The same ``seed`` and ``now`` tell the same one."""

    def __init__(
        self,
        seller: Seller,
        stores: Sequence[Store],
        actor: Actor,
        *,
        people: Sequence[Actor],
        seed: int,
        goods: Sequence[Good] = GOODS,
    ) -> None:
        self.seller, self.stores, self.actor, self.goods = seller, stores, actor, goods
        #: The owner decides, the packer (or the owner, when alone) packs and ships.
        self.owner, self.packer = people[0], people[min(1, len(people) - 1)]
        self.dice = random.Random(seed)  # noqa: S311 - for a story
        self.now = timezone.now()
        self.midnight = datetime.combine(self.now.astimezone(SHANGHAI).date(), time(), SHANGHAI)
        self.recent = self.midnight - timedelta(days=DAYS)
        self.number = 8_190_000_000_000_000 + seed * 1_000_000_000
        self.serial = 10_000_000 + seed * 100_000

    # --- stock -----------------------------------------------------------------------------------

    def stock_up(self, skus: dict[str, Sku], warehouses: Sequence[Warehouse]) -> None:
        """Goods came in before the story starts: most in the first warehouse."""
        with clock_at(self.midnight - timedelta(days=PAST_DAYS)):
            moves = []
            for good in self.goods:
                if not good.stock:
                    continue
                second = good.stock // 4 if len(warehouses) > 1 and good.stock > 100 else 0
                for warehouse, n in zip(warehouses, (good.stock - second, second), strict=False):
                    if n:
                        moves.append(
                            Move("receive", skus[good.code], warehouse, n, reference="PO-1001")
                        )
            post_movements(seller=self.seller, moves=moves, actor=self.actor)

    # --- orders ----------------------------------------------------------------------------------

    def draft(self, paid: datetime, goods: Sequence[Good], **more: Any) -> OrderDraft:
        """An order of some invented buyer."""
        place = self.dice.choice(PLACES)
        self.number += self.dice.randint(11, 9_999)
        digits = f"{self.dice.randint(0, 10**8 - 1):08d}"
        buyer = BuyerDraft(
            country=place.country,
            name=self.dice.choice(place.names),
            phone=place.phone.format(d6=digits[:6], d7=digits[:7], d8=digits),
            state=place.state,
            city=place.city,
            postcode=place.postcode,
            address=place.street.format(n=self.dice.randint(1, 240)),
            tax_number=place.tax_number,
            ref=f"b{digits}",
        )
        lines = tuple(
            LineDraft(
                quantity=self.dice.choice((1, 1, 1, 2, 3)),
                unit_price=g.amount,
                sku=g.code,
                title=g.name,
                specification=g.specification,
            )
            for g in goods
        )
        fields: dict[str, Any] = {
            "number": str(self.number),
            "currency": "USD",
            "placed_at": paid - timedelta(minutes=self.dice.randint(2, 50)),
            "paid_at": paid,
            "buyer": buyer,
            "lines": lines,
            "freight": Decimal(self.dice.choice(("0.00", "1.99", "3.49"))),
            "deliver_by": paid + timedelta(days=self.dice.randint(15, 30)),
            "remark": self.dice.choice(REMARKS) if self.dice.random() < 0.12 else "",
        }
        return OrderDraft(**(fields | more))

    def basket(self) -> list[Good]:
        plenty = [g for g in self.goods if g.stock > 30]
        return self.dice.sample(plenty, self.dice.choice((1, 1, 1, 1, 2, 2, 3)))

    def receive(self, store: Store, drafts: Sequence[OrderDraft], at: datetime) -> list[int]:
        with clock_at(at):
            outcome = receive_orders(store=store, drafts=drafts, actor=self.actor)
        return [row.id for row in outcome if row.id is not None]

    def past(self, n: int) -> None:
        """Orders of the weeks before, most shipped in time, some late, a few cancelled."""
        for store in self.stores:
            drafts = []
            for _ in range(n // len(self.stores)):
                days = self.dice.randint(OLD_DAYS + 1, PAST_DAYS)
                paid = self.midnight - timedelta(days=days, minutes=-self.dice.randint(1, 1439))
                hours = self.dice.choice((5, 9, 22, 26, 28, 30, 44, 47, 118))
                left = paid + timedelta(hours=hours)
                arrived = left + timedelta(days=self.dice.randint(9, 24))
                cancelled = self.dice.random() < 0.03
                status = "IN_CANCEL" if cancelled else "FINISH"
                drafts.append(
                    self.draft(
                        paid,
                        self.basket(),
                        history=HistoryDraft(
                            status=status,
                            handed_over_at=None if cancelled else left,
                            delivered_at=None if cancelled else arrived,
                            cancelled=cancelled,
                        ),
                    )
                )
            self.receive(store, drafts, self.now - timedelta(days=1))

    def arrivals(self, per_day: int) -> list[tuple[datetime, Store, OrderDraft]]:
        """The orders of the last days, and those of today until now."""
        found = []
        for day in range(DAYS, -1, -1):
            for _ in range(per_day):
                minute = int(self.dice.triangular(1, 1439, 780))
                paid = self.midnight - timedelta(days=day) + timedelta(minutes=minute)
                if paid < self.now - timedelta(minutes=2):
                    store = self.dice.choice(self.stores)
                    found.append((paid, store, self.draft(paid, self.basket())))
        return sorted(found, key=lambda a: a[0])

    def tell(self, news: Mapping[int, Sequence[News]]) -> None:
        """Tracking news of parcels, as their carrier's interface brings them."""
        record_tracking(seller=self.seller, news=news, actor=self.actor, source="api")

    def special(self) -> list[tuple[datetime, Store, OrderDraft]]:
        """Orders that show what else happens in a shop."""
        by_code = {g.code: g for g in GOODS}
        store = self.stores[0]
        ago = [self.now - timedelta(hours=h) for h in (190, 150, 27, 20, 8, 5, 2)]
        short = [by_code["CABLE-C2-2M"]]
        few = [by_code["MUG-CEL-02"]]
        twice = self.draft(ago[5], [by_code["CASE-15-BK"]])
        strange = LineDraft(1, Decimal("6.40"), STRANGE_CODE, "Gift box, small", "Red / 红色")
        unclear = self.draft(ago[4], [by_code["TEA-SET-4"]])
        rows = [
            (ago[0], self.draft(ago[0], short)),
            (ago[1], self.draft(ago[1], [*short, by_code["CASE-15-BL"]])),
            *[(self.now - timedelta(hours=h), self.draft(self.now - timedelta(hours=h), goods))
              for h, goods in ((170, short), (122, short), (70, short), (30, short), (148, few),
                               (100, few), (75, few), (52, few), (29, few), (9, few))],
            (ago[3], self.draft(ago[3], [by_code["MUG-CEL-01"]], lines=(strange,))),
            (ago[4], self.draft(ago[4], [by_code["POWER-10K"]],
                                ship_by=self.now + timedelta(hours=9))),
            (ago[4], self.replace_buyer(unclear, postcode="9999", address="?")),
            (ago[5], twice),
            (ago[6], self.draft(ago[6], [by_code["SOCK-WOOL-2"]], buyer=twice.buyer)),
            (ago[6], self.draft(ago[6], [by_code["CASE-15-BK"]], buyer=twice.buyer,
                                lines=twice.lines)),
        ]  # fmt: skip
        return [(paid, store, draft) for paid, draft in rows]

    @staticmethod
    def replace_buyer(draft: OrderDraft, **changes: str) -> OrderDraft:
        return draft._replace(buyer=draft.buyer._replace(**changes))

    # --- work ------------------------------------------------------------------------------------

    def work(self, arrivals: list[tuple[datetime, Store, OrderDraft]]) -> None:
        """The working hours of the last days, one after the other."""
        hours = ((9, "accept"), (10, "allocate"), (11, "pack"), (15, "accept"), (15.3, "allocate"),
                 (16, "pack"), (17.5, "ship"), (18, "upload"), (21, "track"))  # fmt: skip
        moments = [
            (self.midnight - timedelta(days=day) + timedelta(hours=hour), what)
            for day in range(DAYS, -1, -1)
            for hour, what in hours
        ]
        waiting = list(arrivals)
        old = True
        for moment, what in moments:
            moment += timedelta(minutes=self.dice.randint(0, 12))
            if moment >= self.now:
                break
            if old and moment > self.now - timedelta(days=1):
                # What happened before is no news any more.
                OutboxMessage.objects.filter(seller_id=self.seller.pk, handler="notices").delete()
                old = False
            waiting = self.take_in(waiting, moment)
            with clock_at(moment):
                sweep_deadlines(now=moment)
                getattr(self, f"do_{what}")(moment)
        self.take_in(waiting, self.now)
        sweep_deadlines(now=self.now)

    def take_in(
        self, waiting: list[tuple[datetime, Store, OrderDraft]], until: datetime
    ) -> list[tuple[datetime, Store, OrderDraft]]:
        """Receive the orders paid until then, as a marketplace is asked for them: on the hour."""
        for store in self.stores:
            coming = [(paid, draft) for paid, s, draft in waiting if s == store and paid < until]
            hours = groupby(coming, lambda row: row[0].replace(minute=0, second=0, microsecond=0))
            for hour, rows in hours:
                asked = min(hour + timedelta(hours=1), until)
                self.receive(store, [draft for _paid, draft in rows], asked)
        return [row for row in waiting if row[0] >= until]

    def some(self, stage: str, share: float) -> list[int]:
        """Most orders of a stage; a few of the last days are always left behind, as in life."""
        ids = Order.objects.filter(seller=self.seller, stage=stage, on_hold=False).order_by(
            "ship_by", "pk"
        )
        now = timezone.now()
        if now < self.recent:
            # Some wait at this stage until they are late.
            return [
                pk
                for pk, due in ids.values_list("pk", "ship_by")
                if self.dice.random() < share and (pk % _SLOW.get(stage, 999) or due < now)
            ]
        never = _FORGOTTEN.get(stage)
        return [
            pk
            for pk in ids.values_list("pk", flat=True)
            if self.dice.random() < share and not (never and pk % never == 0)
        ]

    def perform(self, name: str, ids: Sequence[int], **params: Any) -> None:
        actor = self.packer if name in ("pack", "ship", "upload") else self.owner
        if name == "confirm":
            actor = self.actor
        if ids:
            perform(name, seller=self.seller, orders=ids, actor=actor, params=params)

    def do_accept(self, _moment: datetime, share: float = 0.85) -> None:
        self.perform("accept", self.some("new", share))

    def do_allocate(self, _moment: datetime, share: float = 0.9) -> None:
        self.perform("allocate", self.some("accepted", share))

    def do_pack(self, moment: datetime, share: float = 0.75) -> None:
        services = list(CarrierService.objects.filter(code__in=_SERVICES).order_by("code"))
        if moment < self.recent:
            services = [services[moment.toordinal() % len(services)]]
        ids = self.some("stocked", share)
        for i, service in enumerate(services):
            mine = ids[i :: len(services)]
            if not mine:
                continue
            numbers = {
                Order(pk=pk).public_id: self.tracking_number(service.carrier.code) for pk in mine
            }
            self.perform(
                "pack",
                mine,
                service=service.code,
                tracking_numbers=numbers,
                weight_grams=self.dice.choice((120, 240, 480, 910)),
            )

    def do_ship(self, _moment: datetime, share: float = 0.9) -> None:
        self.perform("ship", self.some("packed", share))

    def do_upload(self, _moment: datetime, share: float = 0.88) -> None:
        self.perform("upload", self.some("shipped", share))

    def do_track(self, moment: datetime) -> None:
        parcels = Shipment.objects.filter(
            seller=self.seller,
            state="declared",
            declared_at__range=(
                self.midnight - timedelta(days=DAYS + 1),
                moment - timedelta(hours=2),
            ),
        ).order_by("pk")
        news = {}
        for pk, state in parcels.values_list("pk", "tracking_state"):
            following = NEXT_NEWS.get(state)
            if following and self.dice.random() < 0.72:
                at = moment - timedelta(minutes=self.dice.randint(5, 90))
                news[pk] = [News(at, *following)]
        self.tell(news)

    def tracking_number(self, carrier: str) -> str:
        """A number of the carrier's form, with a right check digit where it has one."""
        self.serial += self.dice.randint(1, 40)
        serial = f"{self.serial:08d}"
        if carrier == "yunexpress":
            return f"YT26{self.serial:014d}"
        if carrier == "4px":
            return f"4PX300{self.serial:010d}CN"
        return f"LV{serial}{s10_check_digit(serial)}CN"

    def finish(self) -> None:
        """Holds, a parcel that went wrong, an order in two parcels, receipts confirmed."""
        with clock_at(self.now - timedelta(minutes=40)):
            unclear = Order.objects.filter(
                seller=self.seller,
                problems__contains=["postcode_format"],
                stage__in=["new", "accepted"],
            )
            self.perform(
                "hold",
                list(unclear.values_list("pk", flat=True)[:2]),
                reason="address",
                note="Asked the buyer for the street / 已问买家街道",
            )
            # Which stages have orders depends on the time of day.
            stages = ("stocked", "accepted", "new")
            waiting = next(filter(None, (self.some(stage, 1.0) for stage in stages)), [])
            self.perform(
                "hold", waiting[-1:], reason="buyer", note="Wants another colour / 想换颜色"
            )
            self.split_one()
            self.ready_for_a_wave()
            self.bad_news()
            delivered = Order.objects.filter(
                seller=self.seller, stage="uploaded", delivered_at__isnull=False
            )
            self.perform("confirm", list(delivered.values_list("pk", flat=True)))

    def split_one(self) -> None:
        order = (
            Order.objects.filter(seller=self.seller, stage="stocked", units__gte=3, on_hold=False)
            .order_by("ship_by")
            .first()
        )
        if order:
            line = order.lines.order_by("position").first()
            if line and line.allocated:
                pack_lines(
                    seller=self.seller,
                    lines={line.pk: 1},
                    actor=self.packer,
                    service="yunexpress-standard",
                    tracking_number=self.tracking_number("yunexpress"),
                    weight_grams=150,
                )

    def ready_for_a_wave(self) -> None:
        """The morning's orders are accepted and have their stock; somebody must fetch it."""
        fresh = Order.objects.filter(
            seller=self.seller, stage__in=["new", "accepted"], on_hold=False, problems=[]
        ).order_by("ship_by", "pk")
        ids = list(fresh.values_list("pk", flat=True)[: fresh.count() * 2 // 3])
        self.perform("accept", ids)
        self.perform("allocate", ids)

    def bad_news(self) -> None:
        parcels = Shipment.objects.filter(
            seller=self.seller, tracking_state__in=["in_transit", "customs", "out_for_delivery"]
        ).order_by("pk")[:2]
        at = timezone.now() - timedelta(minutes=9)
        self.tell({p.pk: [News(at, *said)] for p, said in zip(parcels, _BAD, strict=False)})


#: The same for the old days: every so many-th order waits until it is late.
_SLOW = {"accepted": 37, "stocked": 41, "shipped": 31}
#: Stage → every so many-th order is forgotten there, and becomes late.
_FORGOTTEN = {"packed": 41, "shipped": 29, "new": 67}
_SERVICES = ("cainiao-standard", "yunexpress-standard", "4px-standard", "china-post-registered")
NEXT_NEWS: dict[str, tuple[str, str, str]] = {
    "pending": ("picked_up", "Picked up by the carrier", "Shenzhen"),
    "picked_up": ("in_transit", "Left the sorting centre", "Guangzhou"),
    "in_transit": ("customs", "Arrived at customs", ""),
    "customs": ("out_for_delivery", "Out for delivery", ""),
    "out_for_delivery": ("delivered", "Delivered", ""),
}
_BAD = (
    ("failed", "Delivery attempted, nobody at home"),
    ("returning", "Refused by the recipient, returning to sender"),
)
