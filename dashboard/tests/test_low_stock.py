"""Low stock on Today."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.queries.trouble import troubles
from sellers.models import Role
from stock.alerts import watch_stock
from testing.factories import MembershipFactory, StockLevelFactory


@pytest.mark.django_db
def test_the_list_and_today_count_the_same(client: Client) -> None:
    level = StockLevelFactory(on_hand=10, reorder_point=10)
    member = MembershipFactory(seller=level.seller, role=Role.PACKER)
    StockLevelFactory(seller=level.seller, warehouse=level.warehouse)
    watch_stock()
    client.force_login(member.user)
    rows = client.get(reverse("stock:levels"), {"show": "alert"}).context["rows"]
    assert [row.sku for row in rows] == [level.sku]
    (trouble,) = [t for t in troubles(level.seller, timezone.now()) if t.kind == "low_stock"]
    assert trouble.count == 1
