"""Boxes: which one is large enough, how many are left, and the settings pages."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor
from core.errors import Forbidden, Invalid
from logistics.actions.boxes import add_check, save_box, save_pack_settings
from logistics.box_queries import box_stock, settings_of
from logistics.boxes import Goods, fits, suggest, too_heavy
from logistics.models import Box, QualityCheck, Shipment
from logistics.tests.conftest import Shop
from sellers.access import scopes_of
from sellers.models import Membership, Role, User
from testing.factories import STAFF, MembershipFactory, SkuFactory


@dataclass
class Carton:
    length_mm: int
    width_mm: int
    height_mm: int
    limit_grams: int | None = None


MUG = (120, 95, 100)


@pytest.mark.parametrize(
    ("box", "goods", "verdict"),
    [
        (Carton(120, 95, 100), [Goods(MUG, 1)], "fits"),
        (Carton(100, 120, 95), [Goods(MUG, 1)], "fits"),
        (Carton(119, 95, 100), [Goods(MUG, 1)], "no"),
        (Carton(240, 190, 100), [Goods(MUG, 4)], "fits"),
        (Carton(240, 190, 100), [Goods(MUG, 5)], "no"),
        (Carton(200, 200, 200), [Goods((150, 150, 150), 2)], "tight"),
        (Carton(200, 200, 200), [Goods(MUG, 1), Goods((0, 0, 0), 1)], "unknown"),
        (Carton(100, 100, 100), [Goods(MUG, 1), Goods((0, 0, 0), 1)], "no"),
        (Carton(200, 200, 200), [], "fits"),
        (Carton(1000, 1000, 1000), [Goods((100, 100, 100), 700)], "fits"),
        (Carton(1000, 1000, 1000), [Goods((100, 100, 100), 900)], "tight"),
    ],
)
def test_what_goes_into_a_box(box: Carton, goods: list[Goods], verdict: str) -> None:
    assert fits(box, goods) == verdict


@given(
    st.tuples(*[st.integers(1, 4)] * 3),
    st.tuples(*[st.integers(10, 200)] * 3),
    st.randoms(),
)
def test_a_box_filled_to_the_last_corner_is_never_refused(
    grid: tuple[int, int, int], unit: tuple[int, int, int], dice: object
) -> None:
    box = Carton(*(n * side for n, side in zip(grid, unit, strict=True)))
    n = grid[0] * grid[1] * grid[2]
    assert fits(box, [Goods(unit, n)]) != "no"
    assert fits(box, [Goods(unit, n + 1)]) == "no"


def test_the_smallest_certain_box_is_offered_first() -> None:
    small, middle, large = Carton(100, 90, 90), Carton(130, 110, 110), Carton(400, 300, 200)
    weak = Carton(200, 200, 200, limit_grams=400)
    offered = suggest([large, weak, middle, small], [Goods(MUG, 1, grams=420)])
    assert [box for box, _verdict in offered] == [middle, large]
    assert too_heavy(weak, 401)
    assert not too_heavy(weak, 400)


def test_at_most_four_are_offered() -> None:
    boxes = [Carton(200 + i, 200, 200) for i in range(9)]
    assert [b.length_mm for b, _v in suggest(boxes, [Goods(MUG, 1)])] == [200, 201, 202, 203]


# --- kept boxes --------------------------------------------------------------------------------

SIZE = {"length_mm": 200, "width_mm": 150, "height_mm": 100}


def test_a_box_is_used_up_by_parcels_and_given_back_by_undoing(shop: Shop) -> None:
    box = save_box(seller=shop.seller, actor=STAFF, code="s1", counted=10, **SIZE)
    shop.orders(2, stage="packed")
    Shipment.objects.update(box=box, packed_at=timezone.now() + timedelta(seconds=1))
    assert [(r.box.code, r.left) for r in box_stock(shop.seller)] == [("S1", 8)]
    one = Shipment.objects.first()
    assert one is not None
    Shipment.objects.filter(pk=one.pk).update(state="void", voided_at=timezone.now())
    assert box_stock(shop.seller)[0].left == 9


def test_a_box_that_nobody_counts_has_no_number(shop: Shop) -> None:
    save_box(seller=shop.seller, actor=STAFF, code="S1", **SIZE)
    assert box_stock(shop.seller)[0].left is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"length_mm": 0}, "/length_mm"),
        ({"height_mm": 3001}, "/height_mm"),
        ({"weight_grams": 10**9}, "/weight_grams"),
        ({"limit_grams": 0}, "/limit_grams"),
        ({"code": "no spaces"}, "/code"),
        ({"code": ""}, "/code"),
    ],
)
def test_a_box_that_cannot_be_is_refused(shop: Shop, change: dict, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        save_box(seller=shop.seller, actor=STAFF, **{"code": "S1", **SIZE, **change})
    assert [e.pointer for e in caught.value.errors] == [pointer]
    assert not Box.objects.exists()


def test_a_code_is_used_once(shop: Shop) -> None:
    save_box(seller=shop.seller, actor=STAFF, code="S1", **SIZE)
    with pytest.raises(Invalid):
        save_box(seller=shop.seller, actor=STAFF, code="s1", **SIZE)
    assert Box.objects.count() == 1


def test_a_packer_changes_no_settings(shop: Shop) -> None:
    packer = Actor("user", 1, "p", scopes_of(Role.PACKER))
    with pytest.raises(Forbidden):
        save_box(seller=shop.seller, actor=packer, code="S1", **SIZE)
    with pytest.raises(Forbidden):
        save_pack_settings(seller=shop.seller, actor=packer, ask_box=False)
    with pytest.raises(Forbidden):
        add_check(seller=shop.seller, actor=packer, text="x")
    assert not Box.objects.exists()


# --- pages -------------------------------------------------------------------------------------


@pytest.fixture
def owner(shop: Shop) -> Membership:
    return MembershipFactory.create(seller=shop.seller, role=Role.OWNER)


@pytest.fixture
def page(owner: Membership, client: Client) -> Client:
    client.force_login(owner.user)
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_render_in_both_languages(page: Client, owner: Membership, language: str) -> None:
    User.objects.filter(pk=owner.user.pk).update(language=language)
    box = save_box(seller=owner.seller, actor=STAFF, code="S1", counted=0, **SIZE)
    add_check(seller=owner.seller, actor=STAFF, text="No cracks")
    for url in (
        reverse("logistics_settings:boxes"),
        reverse("logistics_settings:box", args=[box.public_id]),
        reverse("logistics_settings:packing"),
    ):
        answer = page.get(url)
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.content.decode()


def test_a_box_is_added_and_changed(page: Client, owner: Membership) -> None:
    url = reverse("logistics_settings:boxes")
    typed = {"code": "S1", **SIZE, "weight_grams": 60, "cost": "0.80", "cost_currency": "CNY",
             "counted": 5, "active": "on"}  # fmt: skip
    assert page.post(url, typed).status_code == 302
    box = Box.objects.get()
    counted_at = box.counted_at
    url = reverse("logistics_settings:box", args=[box.public_id])
    assert page.post(url, {**typed, "name": "Small"}).status_code == 302
    box.refresh_from_db()
    assert (box.name, box.counted, box.counted_at) == ("Small", 5, counted_at)
    assert page.post(url, {**typed, "counted": 3}).status_code == 302
    box.refresh_from_db()
    assert box.counted == 3
    assert box.counted_at != counted_at


def test_checks_are_added_and_removed(page: Client, owner: Membership) -> None:
    url = reverse("logistics_settings:packing")
    SkuFactory.create(seller=owner.seller, code="MUG")
    assert page.post(url, {"what": "check", "text": "x", "sku": "NONE"}).status_code == 422
    assert page.post(url, {"what": "check", "text": "x", "sku": "MUG"}).status_code == 302
    check = QualityCheck.objects.get()
    gone = page.post(reverse("logistics_settings:uncheck", args=[check.public_id]))
    assert gone.status_code == 302
    assert not QualityCheck.objects.exists()


def test_the_packing_settings_are_saved(page: Client, owner: Membership) -> None:
    url = reverse("logistics_settings:packing")
    typed = {"what": "settings", "tolerance_percent": 3, "tolerance_grams": 10,
             "limit_grams": 20000, "photo": "required", "ask_weight": "on"}  # fmt: skip
    assert page.post(url, {**typed, "tolerance_percent": 101}).status_code == 422
    assert settings_of(owner.seller).tolerance_percent == 5
    assert page.post(url, typed).status_code == 302
    row = settings_of(owner.seller)
    assert (row.tolerance_percent, row.ask_box, row.photo) == (3, False, "required")
