"""``manage.py demo``: fill a believable shop, and a second, smaller one of another seller."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core.actor import Actor
from dashboard.demo.desk import desk_work
from dashboard.demo.goods import GOODS, Good
from dashboard.demo.purchasing import buy
from dashboard.demo.story import DAYS, OLD_DAYS
from dashboard.demo.warehouse import begin_count, begin_wave, equip, send_goods
from dashboard.demo.weeks import LongStory
from orders.models import Order
from sellers import actions as sellers
from sellers.access import scopes_of
from sellers.models import Membership, Role, Seller, Store, User
from stock.models import Sku, Warehouse

PASSWORD = "demo-password"  # noqa: S105 - printed on every start
ACTOR = Actor.job("demo")

#: Shop code → (name, people with name, address and role).
SHOPS: dict[str, tuple[str, tuple[tuple[str, str, str], ...]]] = {
    "demo": (
        "Lingnan Home 岭南家居",
        (
            ("Lin Wei 林薇", "owner@demo.example", Role.OWNER),
            ("Chen Hao 陈浩", "packer@demo.example", Role.PACKER),
            ("Zhou Min 周敏", "support@demo.example", Role.SUPPORT),
        ),
    ),
    "other": ("Jiangnan Studio 江南工坊", (("Wu Fang 吴芳", "owner@other.example", Role.OWNER),)),
}

_WAREHOUSES = (
    (
        "SZ",
        "Shenzhen 深圳仓",
        {
            "address": "宝安区西乡街道固戍二路 88 号 B 栋 3 楼",
            "city": "深圳市",
            "state": "广东省",
            "postcode": "518101",
            "phone": "+86 755 0000 0088",
        },
    ),
    (
        "YW",
        "Yiwu 义乌仓",
        {
            "address": "稠江街道杨村路 300 号 2 楼",
            "city": "义乌市",
            "state": "浙江省",
            "postcode": "322000",
            "phone": "+86 579 0000 0300",
        },
    ),
)


class Command(BaseCommand):
    help = "Fill a demo shop and a second one of another seller. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="also when DEBUG is off (known passwords!)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "DEBUG is off. The demo makes people with a known password; "
                "add --force if you really want that here."
            )
        with transaction.atomic():
            self.ops()
            demo = self.shop("demo")
            other = self.shop("other")
        self.fill(
            demo, stores=("demo", "demo-temu"), goods=GOODS, past=110, per_day=24, old=6, seed=1
        )
        self.fill(other, stores=("other",), goods=GOODS[:6], past=20, per_day=4, old=1, seed=2)

    def ops(self) -> None:
        person("ops@demo.example", "Ops 运营", is_staff=True, is_superuser=True)

    def shop(self, code: str) -> Seller:
        name, people = SHOPS[code]
        seller = Seller.objects.filter(code=code).first() or sellers.create_seller(
            code=code, name=name, actor=ACTOR, status=Seller.Status.APPROVED
        )
        for full_name, email, role in people:
            Membership.objects.get_or_create(
                user=person(email, full_name), seller=seller, defaults={"role": role}
            )
        # Nobody has to be led through a shop that is set up.
        Seller.objects.filter(pk=seller.pk).update(setup_marks=sorted(sellers.SETUP_MARKS))
        return seller

    def fill(
        self,
        seller: Seller,
        *,
        stores: tuple[str, ...],
        goods: tuple[Good, ...],
        past: int,
        per_day: int,
        old: int,
        seed: int,
    ) -> None:
        if Order.objects.filter(seller=seller).exists():
            self.stdout.write(f"{seller.name}: is there already")
            return
        with transaction.atomic():
            shops = [
                Store.objects.get_or_create(
                    seller=seller,
                    code=code,
                    defaults={
                        "name": f"{seller.name.split()[0]} {label}",
                        "marketplace": marketplace,
                        "handling_days": 2,
                    },
                )[0]
                for code, (marketplace, label) in zip(
                    stores, (("aliexpress", "AliExpress"), ("temu", "Temu")), strict=False
                )
            ]
            places = [
                Warehouse.objects.get_or_create(
                    seller=seller,
                    code=code,
                    defaults={"name": name, "sender_name": seller.name, **address},
                )[0]
                for code, name, address in _WAREHOUSES[: len(stores)]
            ]
            skus = make_skus(seller, goods)
            members = Membership.objects.filter(seller=seller).select_related("user")
            people = [
                Actor("user", m.user_id, str(m.user), scopes_of(m.role))
                for m in members.order_by("pk")
            ]
            story = LongStory(seller, shops, ACTOR, people=people, seed=seed, goods=goods)
            story.stock_up(skus, places)
            equip(seller, ACTOR, large=seed == 1)
            story.past(past)
            story.old_days(old)
            arrivals = story.arrivals(per_day)
            if seed == 1:
                arrivals = sorted([*arrivals, *story.special()], key=lambda a: a[0])
            story.work(arrivals)
            story.finish()
            if seed == 1:
                begin_wave(seller, people[0])
                begin_count(seller, people[0])
                send_goods(seller, people[0])
                buy(seller, skus, places[0], people[0], story.now)
        if seed == 1:  # a job begins when what asked for it is committed
            desk_work(seller, shops[0], people[0], story.now)
        self.stdout.write(
            f"{seller.name}: {Order.objects.filter(seller=seller).count()} orders, "
            f"{OLD_DAYS + 1} days of work, the last {DAYS + 1} step by step"
        )


def person(email: str, name: str, **flags: bool) -> User:
    """The person with this address; a new one gets the demo password."""
    return User.objects.filter(email=email).first() or User.objects.create_user(
        email, PASSWORD, name=name, **flags
    )


def make_skus(seller: Seller, goods: tuple[Good, ...]) -> dict[str, Sku]:
    """The SKUs of the goods, by code."""
    Sku.objects.bulk_create(
        [
            Sku(
                seller=seller,
                code=g.code,
                barcode=f"69{i:011d}",
                name=g.name,
                name_zh=g.name_zh,
                specification=g.specification,
                weight_grams=g.grams,
                length_mm=g.size[0],
                width_mm=g.size[1],
                height_mm=g.size[2],
                declared_name=g.declared,
                declared_name_zh=g.declared_zh,
                declared_value=g.amount / 2,
                price=g.amount,
                price_currency="USD",
                fragile=g.fragile,
                battery=g.battery,
                liquid=g.liquid,
            )
            for i, g in enumerate(goods, 1)
        ],
        ignore_conflicts=True,
    )
    return {sku.code: sku for sku in Sku.objects.filter(seller=seller)}
