"""Many people take in the same goods at once: every delivery counts once, and no more comes in than
was ordered or confirmed."""

from collections.abc import Callable

import pytest
from django.db.models import Sum

from core.errors import Refused
from core.outcome import BatchOutcome
from logistics.tests.test_concurrency import assert_stock_is_sound, at_once
from stock.actions.receipts import Over, receive_replenishment
from stock.models import Receipt, ReceiptLine, Replenishment, StockLevel
from testing.factories import STAFF, SkuFactory, make_replenishment

pytestmark = pytest.mark.django_db(transaction=True)


def delivery(
    row: Replenishment, client_id: str, units: int, over: Over = ""
) -> Callable[[], BatchOutcome]:
    line = row.lines.get().pk

    def receive() -> BatchOutcome:
        try:
            receive_replenishment(
                seller=row.seller, replenishment=row.pk, units={line: units},
                warehouse=row.warehouse, actor=STAFF, client_id=client_id, over=over,
            )  # fmt: skip
        except Refused as error:
            assert error.code in {"over_received", "wrong_state"}  # noqa: PT017
        return BatchOutcome([])

    return receive


def test_eight_people_click_on_the_same_ten_deliveries() -> None:
    row = make_replenishment((SkuFactory(), 30))
    at_once([delivery(row, f"d{i}", 3) for i in range(10) for _ in range(8)], threads=8)
    row.refresh_from_db()
    assert (row.state, row.lines.get().received) == ("received", 30)
    assert Receipt.objects.count() == ReceiptLine.objects.count() == 10
    assert StockLevel.objects.get().on_hand == 30
    assert_stock_is_sound()


def test_eight_people_bring_more_than_was_ordered() -> None:
    row = make_replenishment((SkuFactory(), 50))
    at_once([delivery(row, f"d{i}", 4) for i in range(40)], threads=8)
    line = row.lines.get()
    assert (line.received, line.extra) == (48, 0)
    assert StockLevel.objects.get().on_hand == 48
    assert ReceiptLine.objects.aggregate(n=Sum("quantity"))["n"] == 48
    assert_stock_is_sound()


def test_only_one_surplus_is_confirmed() -> None:
    row = make_replenishment((SkuFactory(), 5))
    at_once([delivery(row, f"d{i}", 7, "all") for i in range(8)], threads=8)
    line = row.lines.get()
    assert (line.received, line.extra) == (7, 2)
    assert StockLevel.objects.get().on_hand == 7
    assert_stock_is_sound()
