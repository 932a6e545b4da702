"""The demo shop: believable, sound, and the same when it is asked for twice."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from dashboard.invariants import broken
from orders.models import Order, OrderEvent
from orders.queries import list_counts
from orders.states import Stage
from sellers.models import Membership, Seller, User


@pytest.mark.django_db
def test_the_demo_shop_shows_everything_and_comes_once(settings) -> None:
    settings.DEBUG = True
    call_command("demo", verbosity=0)
    seller = Seller.objects.get(code="demo")
    counts = list_counts(seller, timezone.now())
    assert {s for s, n in counts.stages.items() if n} == set(Stage.values)
    assert counts.overdue > 0
    assert counts.on_hold > 0
    assert not any(broken().values())
    shops = {
        m.user.email: (m.seller.code, m.role)
        for m in Membership.objects.select_related("user", "seller")
    }
    assert shops == {
        "owner@demo.example": ("demo", "owner"),
        "packer@demo.example": ("demo", "packer"),
        "support@demo.example": ("demo", "support"),
        "owner@other.example": ("other", "owner"),
    }
    ops = User.objects.get(email="ops@demo.example")
    assert ops.is_staff
    assert ops.check_password("demo-password")
    before = (Order.objects.count(), OrderEvent.objects.count())
    call_command("demo", verbosity=0)
    assert (Order.objects.count(), OrderEvent.objects.count()) == before


@pytest.mark.django_db
def test_it_refuses_where_debug_is_off(settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command("demo")
    assert not User.objects.exists()
