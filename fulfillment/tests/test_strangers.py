"""A stranger walks every route with the ids of somebody else: not found, and nothing changed.

New routes are found by themselves; one whose parameter is not known here fails the test, so that
nobody forgets to say what it names.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from logistics.models import Box, PackPhoto, PackSession, QualityCheck, Shipment, Wave
from logistics.tests.conftest import Shop, make_shop, shop
from marketplaces.models import ImportRun
from orders.models import Closure, Penalty, SavedView
from sellers.actions import create_api_key
from sellers.models import Job, Membership, Notice
from stock.models import StockFile, StockTake, Transfer
from testing.everything import fingerprint
from testing.factories import (
    STAFF,
    MembershipFactory,
    PenaltyRuleFactory,
    SupplierSkuFactory,
    WarehouseFactory,
    make_replenishment,
)

__all__ = ["make_shop", "shop"]

pytestmark = pytest.mark.django_db

#: Routes that name nothing of a seller.
OTHER = {
    "password/set/<uidb64>/<token>/",
    "settings/rules/<str:marketplace>/<str:mode>/",
}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for p in patterns:
        route = prefix + str(p.pattern)
        if isinstance(p, URLResolver):
            if not route.startswith("admin/"):
                yield from routes(p.url_patterns, route)
        elif isinstance(p, URLPattern) and "<" in route and route not in OTHER:
            yield route


ROUTES = sorted(routes(get_resolver().url_patterns))


@pytest.fixture
def theirs(shop: Shop, settings: Any, tmp_path: Path) -> dict[str, list[str]]:
    """Parameter → what it may name, all of one seller."""
    settings.MEDIA_ROOT = tmp_path
    (order,) = shop.orders(stage="packed")
    parcel = Shipment.objects.get()
    line = order.lines.get()
    member = MembershipFactory(seller=shop.seller)
    key, _token = create_api_key(seller=shop.seller, name="ERP", scopes=["orders:read"],
                                 actor=STAFF)  # fmt: skip
    closure = Closure.objects.create(seller=shop.seller, day=date(2026, 12, 24))
    rule = PenaltyRuleFactory(seller=shop.seller)
    fine = Penalty.objects.create(
        seller=shop.seller, order=order, rule=rule, step=rule.steps.first(),
        amount=Decimal("5.00"), currency="USD", at=order.ship_by, actor="sweep",
    )  # fmt: skip
    notice = Notice.objects.create(
        seller=shop.seller, kind="overdue", bucket=order.ship_by, count=1
    )
    run = ImportRun.objects.create(
        seller=shop.seller, store=shop.store, size=1, name="orders.csv",
        file=ContentFile(b"number\n1\n", "orders.csv"),
        options={"header": ["number"], "mapping": None, "time_zone": "UTC", "create_skus": False},
    )  # fmt: skip
    job = Job.objects.create(
        seller=shop.seller, kind="bulk", params={"subject": "orders", "action": "accept"}
    )
    box = Box.objects.create(
        seller=shop.seller, code="S1", length_mm=100, width_mm=100, height_mm=100
    )
    wave = Wave.objects.create(seller=shop.seller, warehouse=shop.warehouse, code="W1", made_by="x")
    photo = PackPhoto.objects.create(
        seller=shop.seller, session=PackSession.objects.create(seller=shop.seller), file="x.jpg"
    )
    view = SavedView.objects.create(seller=shop.seller, owner=member.user, name="Late", shared=True)
    bought = make_replenishment((shop.sku, 2), warehouse=shop.warehouse)
    offer = SupplierSkuFactory(sku=shop.sku, supplier=bought.supplier)
    check = QualityCheck.objects.create(seller=shop.seller, text="No cracks")
    take = StockTake.objects.create(
        seller=shop.seller, warehouse=shop.warehouse, number=1, scope="all", made_by="x"
    )
    stock_file = StockFile.objects.create(seller=shop.seller, mode="set", size=1, name="stock.csv")
    transfer = Transfer.objects.create(
        seller=shop.seller, source=shop.warehouse, number=1, made_by="x",
        target=WarehouseFactory(seller=shop.seller),
    )  # fmt: skip
    return {
        "file_id": [stock_file.public_id],
        "transfer_id": [transfer.public_id],
        "take_id": [take.public_id],
        "view_id": [view.public_id],
        "supplier_id": [offer.supplier.public_id],
        "offer_id": [offer.public_id],
        "replenishment_id": [bought.public_id],
        "replenishment": [bought.public_id],
        "box_id": [box.public_id],
        "check_id": [check.public_id],
        "wave_id": [wave.public_id],
        "wave": [wave.public_id],
        "photo_id": [photo.public_id],
        "what": ["take", "take-over", "close", "cancel"],
        "job_id": [job.public_id],
        "job": [job.public_id],
        "order_id": [order.public_id],
        "order": [order.public_id],
        "line_id": [line.public_id],
        "line": [line.public_id],
        "parcel_id": [parcel.public_id],
        "shipment_id": [parcel.public_id],
        "shipment": [parcel.public_id],
        "sku_id": [shop.sku.public_id],
        "sku": [shop.sku.public_id, shop.sku.code],
        "store": [shop.store.public_id],
        "store_id": [shop.store.public_id],
        "warehouse_id": [shop.warehouse.public_id],
        "member_id": [member.public_id],
        "key_id": [key.public_id],
        "closure_id": [str(closure.pk), *([closure.public_id] if hasattr(closure, "public_id")
                                          else [])],
        "fine": [fine.public_id],
        "run_id": [run.public_id],
        "notice_id": [notice.public_id],
        "name": ["ship", "upload", "void"],
    }  # fmt: skip


def addresses(route: str, theirs: dict[str, list[str]]) -> Iterator[str]:
    names = [part.split(">")[0].split(":")[-1] for part in route.split("<")[1:]]
    for choice in range(max(len(theirs[n]) for n in names)):
        address = route
        for n in names:
            value = theirs[n][min(choice, len(theirs[n]) - 1)]
            address = address.replace(f"<str:{n}>", value).replace(f"<{n}>", value)
        yield "/" + address


def test_a_stranger_finds_nothing_and_changes_nothing(
    shop: Shop, theirs: dict[str, list[str]], client: Client
) -> None:
    stranger = MembershipFactory(role="owner")
    client.force_login(stranger.user)
    client.get("/settings/me/")  # whatever a first visit writes is written now
    before = fingerprint()
    for route in ROUTES:
        for address in addresses(route, theirs):
            answers = {
                "GET": client.get(address).status_code,
                "POST": client.post(address, {"reason": "x", "quantity": "1"}).status_code,
                "PATCH": client.patch(address, "{}", content_type="application/json").status_code,
            }
            assert 404 in answers.values(), (address, answers)
            assert set(answers.values()) <= {404, 405}, (address, answers)
        assert fingerprint() == before, route
    assert len(ROUTES) > 60
    assert Membership.objects.filter(user=stranger.user).count() == 1


NO_IDS = ("x", "0", "ord_", "ord_' OR 1=1 --", "%00", "中文", "9" * 40)


def test_what_is_no_id_is_not_found(client: Client, shop: Shop) -> None:
    """Another one for each route, in turns."""
    owner = MembershipFactory(seller=shop.seller, role="owner")
    client.force_login(owner.user)
    for n, route in enumerate(ROUTES):
        junk = NO_IDS[n % len(NO_IDS)]
        address = "/" + route
        for part in route.split("<")[1:]:
            name = part.split(">")[0]
            value = "ship" if name.endswith(":name") else junk
            address = address.replace(f"<{name}>", value)
        assert client.get(address).status_code in {404, 405}, address
        assert client.post(address).status_code in {404, 405}, address
