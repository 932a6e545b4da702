"""A worker that is killed, a broker that forgets: the outbox neither loses nor doubles."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
import redis
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from kombu.exceptions import OperationalError

from core import outbox
from core.models import OutboxMessage, OutboxState
from core.tasks import deliver_outbox
from logistics.tests.conftest import Shop, make_shop, shop
from orders import events
from sellers.models import Notice
from testing.factories import SellerFactory

__all__ = ["make_shop", "shop"]

pytestmark = pytest.mark.django_db(transaction=True)

#: A worker whose every delivery takes a while, so that it can be killed in the middle of one.
WORKER = """
import sys, time
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from core import outbox
handle = outbox._handlers["order.received"]
def slowly(run):
    def wrapped(message):
        run(message)
        print("in the middle", flush=True)
        time.sleep(0.2)
    return wrapped
for name, h in list(handle.items()):
    handle[name] = outbox.Handler(h.topic, h.name, slowly(h.run))
while True:
    outbox.deliver_due(limit=8)
    time.sleep(0.05)
"""


def queue(n: int) -> int:
    """Queue ``n`` messages that each count one order into a notice; the seller's id."""
    seller = SellerFactory()
    for _ in range(n):
        events.announce("received", {seller.pk: 1}, at=timezone.now())
    return int(seller.pk)


def counted(seller: int) -> int:
    return sum(Notice.objects.filter(seller=seller).values_list("count", flat=True))


def test_a_killed_worker_loses_and_doubles_nothing() -> None:
    seller = queue(20)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"]],
        stdout=subprocess.PIPE,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
        cwd=settings.BASE_DIR,
    )
    assert worker.stdout is not None
    for _ in range(5):
        assert worker.stdout.readline() == b"in the middle\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    before = counted(seller)
    assert 0 < before < 20
    # Its database session ends a moment after the process.
    while OutboxMessage.objects.filter(state=OutboxState.SENDING).exists():
        if outbox.deliver_due(now=timezone.now() + outbox.LEASE + timedelta(seconds=1)) == 0:
            time.sleep(0.05)
    while outbox.deliver_due(now=timezone.now() + outbox.LEASE + timedelta(seconds=1)):
        pass
    assert counted(seller) == 20
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"confirmed"}


def test_an_emptied_broker_loses_and_doubles_nothing() -> None:
    seller = queue(5)
    redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]).flushall()
    deliver_outbox()
    deliver_outbox()
    assert counted(seller) == 5


def test_an_order_is_taken_in_while_the_broker_is_away(shop: Shop) -> None:
    with mock.patch.object(deliver_outbox, "apply_async", side_effect=OperationalError("away")):
        (order,) = shop.orders(stage="accepted")
        seller = queue(1)
    assert order.stage == "accepted"
    deliver_outbox()
    assert counted(seller) == 1


def test_two_workers_share_the_work() -> None:

    seller = queue(60)

    def work() -> None:
        try:
            deliver_outbox()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work) for _ in range(4)]:
            future.result()
    assert counted(seller) == 60
