"""The list of orders, page and API, beside bare views that give the same answers."""

import json
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import views
from benchmarks.data import PATH, START, Shop, load_orders, make_shop
from benchmarks.database import settle
from benchmarks.measure import ROUNDS, Figure, figure, in_turns, say
from benchmarks.replica import replicate
from core.paging import paginate
from orders.models import Order
from testing.factories import MembershipFactory

MANY, FEW, DEEP = 100_000, 10_000, 90_000
QUICK = 10  # --quick divides by this
REPEAT = 8
BARE_BOUND, SAME_BOUND = 2.0, 1.2
PAGE, API = "/orders/?sort=ship_by", "/api/v1/orders?limit=50"


def measure(*, quick: bool) -> list[Figure]:
    many, few, deep = (n // QUICK if quick else n for n in (MANY, FEW, DEEP))
    big, small = _shop(many), _shop(few)
    settle("orders_order", "orders_orderline", "orders_deadline", "orders_orderevent")
    late = paginate(
        Order.objects.filter(seller=big.seller).only("ship_by"), key="ship_by", limit=deep
    ).next_cursor
    here, there = logged_in(big), logged_in(small)
    figures = []
    for name, path, bare, prepare in (
        ("page", PAGE, "/bare/page", _like_page),
        ("API list", API, "/bare/json", _like_json),
    ):
        prepare(body(here, path))
        further = f"{path}{'&' if '?' in path else '?'}cursor={late}"
        pairs = (
            (f"{name}: 50 of {many:,} beside a bare view", (here, path), (here, bare), BARE_BOUND),
            (f"{name}: after {deep:,} beside the first", (here, further), (here, path), SAME_BOUND),
            (f"{name}: of {many:,} beside {few:,}", (here, path), (there, path), SAME_BOUND),
        )
        for title, ours, baseline, bound in pairs:
            counts = [queries(*each) for each in (ours, baseline)]
            say(f"{title}: {counts[0]} and {counts[1]} queries")
            found = in_turns(
                lambda ours=ours: body(*ours),
                lambda baseline=baseline: body(*baseline),
                rounds=ROUNDS,
                repeat=REPEAT,
            )
            figures.append(figure(title, found, bound, note=f"{counts[0]} and {counts[1]} queries"))
    return figures


def _shop(n: int) -> Shop:
    """A shop with orders in all stages, due from ten days ago on."""
    say(f"Loading {n:,} orders of one seller")
    shop = make_shop()
    load_orders(
        shop,
        n,
        prefix="L",
        stages=[*PATH, "accepted", "packed", "uploaded"],
        first_due=START - timedelta(days=10),
        step=timedelta(days=20) / n,
        varied=True,
        fines=True,
    )
    return shop


def logged_in(shop: Shop) -> Client:
    """A browser of somebody who owns the shop."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(MembershipFactory(seller=shop.seller).user)
    return client


def body(client: Client, path: str) -> str:
    """What the page answers. Raises when it is not 200."""
    response = client.get(path)
    if response.status_code != 200:
        raise RuntimeError(f"{path}: {response.status_code}")
    return response.content.decode()


def queries(client: Client, path: str) -> int:
    """How many queries the page takes."""
    body(client, path)  # what is kept after a first request is kept
    with CaptureQueriesContext(connection) as captured:
        body(client, path)
    return len(captured)


def _like_page(html: str) -> None:
    views.page["template"], views.page["rows"] = replicate(html)
    if len(views.page["rows"]) != 50:
        raise RuntimeError("a page has 50 rows")


def _like_json(text: str) -> None:
    views.listing |= json.loads(text)
