"""The weeks before the last days: fewer orders a day, told in larger steps, so that the reports
have something to report."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dashboard.demo.story import DAYS, NEXT_NEWS, OLD_DAYS, Story, clock_at
from logistics.actions.tracking import News
from logistics.models import Shipment
from orders.drafts import OrderDraft
from orders.models import Order
from orders.sweep import sweep_deadlines
from sellers.models import Store
from stock.actions.levels import Move, post_movements
from stock.models import Sku, Warehouse

#: Days in transit of each carrier, and how much longer it takes to some countries.
_TRANSIT_DAYS = {"yunexpress": (5, 11), "4px": (6, 13), "cainiao": (8, 16), "china-post": (11, 22)}
_FAR = {"BR": 4, "MX": 3, "KR": -4, "US": 1}
#: Every so many-th parcel is heard of no more.
_LOST = 43


class LongStory(Story):
    """A story that begins some weeks earlier."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: What carriers will tell of parcels, by shipment id.
        self.coming: list[tuple[datetime, int, News]] = []

    def old_days(self, per_day: int) -> None:
        """The weeks before the last days, a day at a time, and what became of their parcels."""
        for day in range(OLD_DAYS, DAYS, -2):
            morning = self.midnight - timedelta(days=day)
            found: dict[Store, list[OrderDraft]] = {}
            # The orders of two days; everything done to them is done at once.
            for n in range(2 * per_day):
                paid = morning + timedelta(minutes=int(self.dice.triangular(1, 900, 640)))
                store = self.dice.choice(self.stores)
                draft = self.draft(paid - timedelta(days=n % 2), self.basket())
                found.setdefault(store, []).append(draft)
            self.stock_for([draft for drafts in found.values() for draft in drafts], morning)
            for store, drafts in found.items():
                self.receive(store, drafts, morning + timedelta(hours=15, minutes=30))
            if self.dice.random() < 0.2:
                with clock_at(morning + timedelta(hours=15, minutes=33)):
                    self.perform("cancel", self.some("new", 1)[:1], reason="Buyer changed her mind")
            # On a busy Monday not everything gets done.
            share = 0.75 if morning.weekday() == 0 else 0.95
            for hour, action in ((15.6, "accept"), (15.8, "allocate"), (16.2, "pack"),
                                 (17.6, "ship"), (18.2, "upload")):  # fmt: skip
                moment = morning + timedelta(hours=hour, minutes=self.dice.randint(0, 10))
                with clock_at(moment):
                    if action == "accept":
                        sweep_deadlines(now=moment)
                    getattr(self, f"do_{action}")(moment, share)
            self.first_scans(morning + timedelta(hours=21))
        self.plan_ways()
        for day in range(OLD_DAYS, DAYS, -1):
            self.go_on(self.midnight - timedelta(days=day, hours=-21))

    def stock_for(self, drafts: Sequence[OrderDraft], at: datetime) -> None:
        """Bring in what these orders take, so that the last days find the stock as it began."""
        wanted: dict[str, int] = {}
        for draft in drafts:
            for line in draft.lines:
                wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
        skus = {sku.code: sku for sku in Sku.objects.filter(seller=self.seller, code__in=wanted)}
        warehouse = Warehouse.objects.filter(seller=self.seller).order_by("pk").first()
        if warehouse is None:
            return
        moves = [
            Move("receive", skus[code], warehouse, n, reference=f"PO-{at:%m%d}")
            for code, n in sorted(wanted.items())
        ]
        with clock_at(at):
            post_movements(seller=self.seller, moves=moves, actor=self.actor)

    def first_scans(self, evening: datetime) -> None:
        """The carriers scan most of what was handed over; the rest the day after."""
        parcels = Shipment.objects.filter(
            seller=self.seller, state="declared", first_scan_at__isnull=True
        ).order_by("pk")
        news = {
            pk: [
                News(evening - timedelta(minutes=self.dice.randint(9, 150)), *NEXT_NEWS["pending"])
            ]
            for pk in parcels.values_list("pk", flat=True)
            if self.dice.random() < 0.85
        }
        with clock_at(evening):
            self.tell(news)

    def plan_ways(self) -> None:
        """What carriers will tell of the parcels of the old days; a few are lost on the way."""
        parcels = Shipment.objects.filter(seller=self.seller, first_scan_at__isnull=False)
        for parcel in parcels.select_related("carrier").order_by("pk"):
            fast, slow = _TRANSIT_DAYS.get(parcel.carrier.code, (9, 18))
            far = _FAR.get(parcel.country, 0)
            total = self.dice.triangular(fast + far, slow + far, fast + far + 2) * 24
            ways = ((0.1, "picked_up"), (0.6, "in_transit"), (0.9, "customs"),
                    (1.0, "out_for_delivery"))  # fmt: skip
            for share, state in ways[:2] if parcel.pk % _LOST == 0 else ways:
                at = (parcel.first_scan_at or self.now) + timedelta(hours=total * share)
                self.coming.append((at, parcel.pk, News(at, *NEXT_NEWS[state])))

    def go_on(self, evening: datetime) -> None:
        """What carriers tell until this evening; what arrived some days ago is confirmed."""
        told: dict[int, list[News]] = {}
        for at, pk, news in self.coming:
            if at < evening:
                told.setdefault(pk, []).append(news)
        self.coming = [each for each in self.coming if each[0] >= evening]
        arrived = Order.objects.filter(
            seller=self.seller, stage="uploaded", delivered_at__lt=evening - timedelta(days=2)
        )
        with clock_at(evening):
            self.tell(told)
            self.perform("confirm", list(arrived.order_by("pk").values_list("pk", flat=True)))

    def do_track(self, moment: datetime) -> None:
        super().do_track(moment)
        self.go_on(moment)
