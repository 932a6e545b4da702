"""The pages of parcels, by what people do there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from logistics.models import Carrier, Shipment, ShipmentLine, TrackingEvent
from logistics.queries import PROBLEMS, kind_counts, problem_of, shipment_list
from logistics.tests.conftest import Shop
from orders.models import OrderLine
from sellers.models import Role, User
from testing.factories import MembershipFactory, SkuFactory, make_orders


@pytest.fixture
def page(shop: Shop, client: Client) -> Client:
    client.force_login(MembershipFactory.create(seller=shop.seller, role=Role.OWNER).user)
    return client


def parcel_of(order: object) -> Shipment:
    return Shipment.objects.filter(lines__order=order).distinct().get()


def bare(shop: Shop, n: int = 1) -> list[Shipment]:
    """Parcels that are packed and have no number yet."""
    orders = shop.orders(n, stage="stocked")
    shop.act("pack", orders)
    return [parcel_of(order) for order in orders]


def urls_of(parcel: Shipment) -> list[str]:
    return [
        reverse("logistics:shipments"),
        reverse("logistics:numbers"),
        reverse("logistics:shipment", args=[parcel.public_id]),
    ]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("stage", ["packed", "shipped", "uploaded"])
def test_each_page_renders_without_inline_style_or_script(
    page: Client, shop: Shop, stage: str, language: str
) -> None:
    User.objects.update(language=language)
    parcel = parcel_of(shop.orders(stage=stage)[0])
    for url in urls_of(parcel):
        response = page.get(url)
        html = response.content.decode()
        assert response.status_code == 200, url
        assert f'<html lang="{language}"' in html
        assert "style=" not in html, url
        assert "<script>" not in html, url


@pytest.mark.parametrize("tab", ["", "packed", "handed_over", "declared", "problem", "void", "?"])
def test_every_tab_renders_when_it_is_empty(page: Client, tab: str) -> None:
    assert page.get(reverse("logistics:shipments"), {"state": tab}).status_code == 200


def test_a_stranger_finds_no_parcel(client: Client, shop: Shop) -> None:
    parcel = parcel_of(shop.orders(stage="packed")[0])
    client.force_login(MembershipFactory.create(role=Role.OWNER).user)
    assert client.get(reverse("logistics:shipment", args=[parcel.public_id])).status_code == 404
    for name in ("number", "event"):
        url = reverse(f"logistics:{name}", args=[parcel.public_id])
        assert client.post(url).status_code == 404
    for action in ("ship", "upload", "void"):
        url = reverse("logistics:do", args=[parcel.public_id, action])
        assert client.post(url).status_code == 404
    client.post(reverse("logistics:act"), {"action": "ship", "ids": [parcel.public_id]})
    client.post(reverse("logistics:act"), {"action": "ship", "all_matching": "1"})
    client.post(reverse("logistics:numbers"), {"numbers": f"{parcel.public_id} LV000000000X"})
    assert client.get(reverse("logistics:shipments")).context["rows"] == []
    parcel.refresh_from_db()
    assert (parcel.state, parcel.version) == ("packed", 1)


@pytest.mark.parametrize("text", ["nonsense", "shp_", "ord_abc"])
def test_what_is_no_id_is_not_found(page: Client, text: str) -> None:
    assert page.get(reverse("logistics:shipment", args=[text])).status_code == 404


def test_who_only_reads_is_offered_no_action(client: Client, shop: Shop) -> None:
    parcel = parcel_of(shop.orders(stage="packed")[0])
    client.force_login(MembershipFactory.create(seller=shop.seller, role=Role.SUPPORT).user)
    assert client.get(reverse("logistics:shipments")).context["actions"] == []
    context = client.get(reverse("logistics:shipment", args=[parcel.public_id])).context
    assert (context["buttons"], context["number_form"]) == ([], None)
    assert client.get(reverse("logistics:numbers")).status_code == 403
    url = reverse("logistics:do", args=[parcel.public_id, "ship"])
    assert client.post(url).status_code == 403


def test_tabs_count_what_they_list(page: Client, shop: Shop) -> None:
    shop.orders(3, stage="packed")
    shop.orders(2, stage="shipped")
    late, fresh = shop.orders(2, stage="uploaded")
    failed = shop.orders(stage="uploaded")[0]
    Shipment.objects.filter(lines__order=late).update(
        declared_at=timezone.now() - timedelta(days=5, minutes=1)
    )
    Shipment.objects.filter(lines__order=failed).update(tracking_state="failed")
    url = reverse("logistics:shipments")
    counts = {tab["href"]: tab["count"] for tab in page.get(url).context["tabs"]}
    assert counts["?state=packed"] == 3
    assert counts["?state=handed_over"] == 2
    assert counts["?state=unscanned"] == 2
    assert counts["?state=problem"] == 2
    for tab in ("packed", "handed_over", "unscanned", "problem"):
        rows = page.get(url, {"state": tab}).context["rows"]
        assert len(rows) == counts[f"?state={tab}"]
    shown = {row["shipment"].pk for row in page.get(url, {"state": "problem"}).context["rows"]}
    assert shown == {parcel_of(late).pk, parcel_of(failed).pk}
    assert parcel_of(fresh).pk not in shown


def test_parcels_are_found_by_tracking_and_order_numbers(page: Client, shop: Shop) -> None:
    orders = shop.orders(3, stage="packed")
    parcels = [parcel_of(order) for order in orders]

    def found(q: str) -> set[int]:
        rows = page.get(reverse("logistics:shipments"), {"q": q}).context["rows"]
        return {row["shipment"].pk for row in rows}

    assert found(parcels[0].tracking_number.lower()) == {parcels[0].pk}
    assert found(orders[1].number) == {parcels[1].pk}
    assert found("TRACK") == {p.pk for p in parcels}
    assert found(f"{parcels[0].tracking_number}\n{orders[2].number}") == {
        parcels[0].pk,
        parcels[2].pk,
    }
    assert found("nothing") == set()


def test_a_bulk_action_answers_per_parcel(page: Client, shop: Shop) -> None:
    parcels = [parcel_of(o) for o in shop.orders(2, stage="packed")]
    held = shop.orders(stage="packed")[0]
    shop.act("hold", [held], reason="other")
    ids = [p.public_id for p in [*parcels, parcel_of(held)]]
    response = page.post(reverse("logistics:act"), {"action": "ship", "ids": ids})
    assert response.context["outcome"].summary == {"done": 2, "already": 0, "refused": 1}
    (row, public_id) = response.context["shown"][0]
    assert (row.code, public_id) == ("on_hold", ids[2])
    states = set(Shipment.objects.filter(pk__in=[p.pk for p in parcels]).values_list("state"))
    assert states == {("handed_over",)}


def test_all_that_match_are_meant_and_no_others(page: Client, shop: Shop) -> None:
    shop.orders(3, stage="packed")
    out = parcel_of(shop.orders(stage="shipped")[0])
    page.post(reverse("logistics:act"), {"action": "void", "all_matching": "1", "state": "packed"})
    assert Shipment.objects.filter(state="void").count() == 3
    out.refresh_from_db()
    assert out.state == "handed_over"


@pytest.mark.parametrize("action", ["", "sell", "number"])
def test_an_action_that_is_none_is_not_found(page: Client, shop: Shop, action: str) -> None:
    parcel = parcel_of(shop.orders(stage="packed")[0])
    said = {"action": action, "ids": [parcel.public_id]}
    assert page.post(reverse("logistics:act"), said).status_code == 404


def test_a_parcel_without_a_number_is_named_by_its_id(page: Client, shop: Shop) -> None:
    (parcel,) = bare(shop)
    page.post(reverse("logistics:act"), {"action": "ship", "ids": [parcel.public_id]})
    said = {"action": "upload", "ids": [parcel.public_id]}
    (row,) = page.post(reverse("logistics:act"), said).context["outcome"]
    assert (row.number, row.code) == (parcel.public_id, "no_tracking_number")


def test_numbers_are_entered_by_order_and_by_parcel_and_every_line_is_answered(
    page: Client, shop: Shop
) -> None:
    first, second, third = bare(shop, 3)
    number = first.lines.get().order.number
    text = f"{number}\tUT12345678X\n\n{second.public_id},UT22345678X\nNOBODY UT32345678X\nalone"
    text += f"\n{third.public_id} UT12345678X"
    response = page.post(reverse("logistics:numbers"), {"numbers": text})
    assert response.status_code == 200
    assert [(line.at, line.status) for line in response.context["lines"]] == [
        (1, "done"), (3, "done"), (4, "refused"), (5, "refused"), (6, "refused"),
    ]  # fmt: skip
    assert set(Shipment.objects.values_list("pk", "tracking_number")) == {
        (first.pk, "UT12345678X"), (second.pk, "UT22345678X"), (third.pk, ""),
    }  # fmt: skip
    kept = response.context["form"]["numbers"].value().splitlines()
    assert kept == ["NOBODY\tUT32345678X", "alone", f"{third.public_id}\tUT12345678X"]


def test_an_order_in_several_parcels_needs_the_parcels_id(page: Client, shop: Shop) -> None:
    first, second = bare(shop, 2)
    line = first.lines.get()
    ShipmentLine.objects.filter(shipment=second).update(order=line.order)
    said = {"numbers": f"{line.order.number} UT12345678X"}
    (answer,) = page.post(reverse("logistics:numbers"), said).context["lines"]
    assert answer.status == "refused"
    assert Shipment.objects.exclude(tracking_number="").count() == 0


def test_an_order_with_one_bare_parcel_gives_it_the_number(page: Client, shop: Shop) -> None:
    first, second = bare(shop, 2)
    line = first.lines.get()
    ShipmentLine.objects.filter(shipment=second).update(order=line.order)
    Shipment.objects.filter(pk=first.pk).update(tracking_number="HAS0000001")
    said = {"numbers": f"{line.order.number} UT12345678X"}
    (answer,) = page.post(reverse("logistics:numbers"), said).context["lines"]
    assert (answer.status, answer.shipment) == ("done", second.pk)


@pytest.mark.parametrize("text", ["", " \n \n"])
def test_nothing_pasted_is_said(page: Client, text: str) -> None:
    response = page.post(reverse("logistics:numbers"), {"numbers": text})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["numbers"]


def test_a_parcel_goes_its_way_from_its_page(page: Client, shop: Shop) -> None:
    (parcel,) = bare(shop)

    def go(name: str, **said: str) -> None:
        args = [parcel.public_id]
        if name in ("ship", "upload", "void"):
            url = reverse("logistics:do", args=[*args, name])
        else:
            url = reverse(f"logistics:{name}", args=args)
        assert page.post(url, said).status_code == 302
        parcel.refresh_from_db()

    go("number", tracking_number="UT12345678X")
    go("ship")
    go("upload")
    assert (parcel.state, parcel.tracking_number) == ("declared", "UT12345678X")
    at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    go("event", state="picked_up", at=at, location="Shenzhen")
    assert parcel.tracking_state == "picked_up"
    assert TrackingEvent.objects.get().location == "Shenzhen"
    html = page.get(reverse("logistics:shipment", args=[parcel.public_id])).content.decode()
    assert "Shenzhen" in html


def test_a_number_that_is_refused_is_said_beside_the_field(page: Client, shop: Shop) -> None:
    taken = parcel_of(shop.orders(stage="packed")[0])
    (parcel,) = bare(shop)
    url = reverse("logistics:number", args=[parcel.public_id])
    response = page.post(url, {"tracking_number": taken.tracking_number})
    assert response.status_code == 422
    assert list(response.context["number_form"].errors) == ["tracking_number"]
    parcel.refresh_from_db()
    assert parcel.tracking_number == ""


def test_news_of_the_future_are_refused_on_the_page(page: Client, shop: Shop) -> None:
    parcel = parcel_of(shop.orders(stage="shipped")[0])
    url = reverse("logistics:event", args=[parcel.public_id])
    response = page.post(url, {"state": "delivered", "at": "2999-01-01T10:00"})
    assert response.status_code == 422
    assert not TrackingEvent.objects.exists()


def test_the_first_scan_is_counted_down_until_it_is_there(page: Client, shop: Shop) -> None:
    parcel = parcel_of(shop.orders(stage="uploaded")[0])
    (row,) = page.get(reverse("logistics:shipments")).context["rows"]
    assert row["first_scan"]["due"] == parcel.declared_at + timedelta(days=5)
    Shipment.objects.update(tracking_state="picked_up", first_scan_at=timezone.now())
    (row,) = page.get(reverse("logistics:shipments")).context["rows"]
    assert row["first_scan"] is None


def test_what_was_uploaded_first_stands_first_among_the_unscanned(page: Client, shop: Shop) -> None:
    parcels = [parcel_of(order) for order in shop.orders(3, stage="uploaded")]
    for parcel, hours in zip(parcels, (2, 30, 10), strict=True):
        Shipment.objects.filter(pk=parcel.pk).update(
            declared_at=timezone.now() - timedelta(hours=hours)
        )
    rows = page.get(reverse("logistics:shipments"), {"state": "unscanned"}).context["rows"]
    assert [row["shipment"].pk for row in rows] == [parcels[i].pk for i in (1, 2, 0)]


def test_a_list_can_be_read_to_its_end(page: Client, fill: Callable[[int], Shipment]) -> None:
    fill(120)
    seen: list[int] = []
    cursor = ""
    for _ in range(3):
        context = page.get(reverse("logistics:shipments"), {"cursor": cursor}).context
        seen += [row["shipment"].pk for row in context["rows"]]
        cursor = context["page"].next_cursor
    assert seen == sorted(Shipment.objects.values_list("pk", flat=True), reverse=True)
    assert cursor == ""


@pytest.fixture
def fill(shop: Shop) -> Callable[[int], Shipment]:
    """So many parcels with two orders each, one of them with so much news."""

    def make(n: int) -> Shipment:
        carrier = Carrier.objects.get(code="other")
        orders = make_orders(2 * n, store=shop.store, lines=[(SkuFactory(seller=shop.seller), 1)])
        lines = OrderLine.objects.filter(order__in=orders).order_by("pk")
        parcels = Shipment.objects.bulk_create(
            Shipment(seller=shop.seller, carrier=carrier, country="BR", tracking_number=f"N{i}")
            for i in range(n)
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(
                seller=shop.seller,
                shipment=parcels[i // 2],
                order_id=line.order_id,
                line=line,
                quantity=1,
            )
            for i, line in enumerate(lines)
        )
        TrackingEvent.objects.bulk_create(
            TrackingEvent(
                seller=shop.seller,
                shipment=parcels[0],
                state="in_transit",
                at=timezone.now() - timedelta(minutes=i),
                actor="x",
            )
            for i in range(n)
        )
        return parcels[0]

    return make


@pytest.mark.parametrize("n", [1, 50, 120])
def test_every_list_takes_the_same_queries_whatever_it_holds(
    page: Client, fill: Callable[[int], Shipment], n: int
) -> None:
    parcel = fill(n)
    page.get(reverse("logistics:shipments"))
    taken = {}
    for url in urls_of(parcel):
        with CaptureQueriesContext(connection) as queries:
            assert page.get(url).status_code == 200
        taken[resolve(url).view_name] = len(queries)
    # A list of more than one page counts itself.
    counting = 1 if n > 50 else 0
    assert taken == {
        "logistics:shipments": 5 + counting,
        "logistics:numbers": 4,
        "logistics:shipment": 8,
    }


# --- what a tab is made of -------------------------------------------------------------------


def heard(parcel: Shipment, state: str, days: int) -> None:
    """Brings a parcel's tracking to a state of which the last was heard so many days ago."""
    then = timezone.now() - timedelta(days=days)
    Shipment.objects.filter(pk=parcel.pk).update(
        tracking_state=state, last_event_at=then, first_scan_at=then
    )


TROUBLE = [
    ("stalled", "in_transit", 8),
    ("customs", "customs", 4),
    ("failed", "failed", 0),
    ("returning", "returning", 0),
    ("lost", "lost", 0),
]


@pytest.mark.parametrize(("kind", "state", "days"), TROUBLE)
def test_a_problem_stands_on_its_tab_and_under_its_kind(
    page: Client, shop: Shop, kind: str, state: str, days: int
) -> None:
    parcel, fine = (parcel_of(o) for o in shop.orders(2, stage="uploaded"))
    heard(parcel, state, days)
    heard(fine, "in_transit", 1)
    now = timezone.now()
    parcel.refresh_from_db()
    fine.refresh_from_db()
    assert (problem_of(parcel, now), problem_of(fine, now)) == (kind, "")
    assert list(shipment_list(shop.seller, tab="problem", now=now)) == [parcel]
    for other, _state, _days in TROUBLE:
        found = list(shipment_list(shop.seller, tab="problem", kind=other, now=now))
        assert found == ([parcel] if other == kind else [])
    body = page.get(reverse("logistics:shipments"), {"state": "problem"}).content.decode()
    assert str(PROBLEMS[kind]) in body
    assert kind_counts(shop.seller, "problem", now)[kind] == 1


@pytest.mark.parametrize(("state", "days"), [("in_transit", 6), ("customs", 2), ("delivered", 90)])
def test_what_moves_is_no_problem(shop: Shop, state: str, days: int) -> None:
    parcel = parcel_of(shop.orders(stage="uploaded")[0])
    heard(parcel, state, days)
    assert not shipment_list(shop.seller, tab="problem", now=timezone.now()).exists()


def test_the_upload_queue_says_what_each_parcel_waits_for(page: Client, shop: Shop) -> None:
    ready, held = shop.orders(2, stage="shipped")
    (bare_one,) = bare(shop)
    shop.act("ship", [bare_one.lines.get().order])
    shop.act("hold", [held])
    now = timezone.now()
    queue = {
        kind: list(shipment_list(shop.seller, tab="handed_over", kind=kind, now=now))
        for kind in ("ready", "bare", "held")
    }
    assert queue == {
        "ready": [parcel_of(ready)],
        "bare": [bare_one],
        "held": [parcel_of(held)],
    }
    body = page.get(reverse("logistics:shipments"), {"state": "handed_over"}).content.decode()
    assert body.count("Enter its tracking number first") == 1
    assert body.count("An order in it is on hold") == 1


def test_all_matching_means_the_kind_too(page: Client, shop: Shop) -> None:
    ready, held = shop.orders(2, stage="shipped")
    shop.act("hold", [held])
    data = {"action": "upload", "all_matching": "1", "state": "handed_over", "kind": "ready"}
    page.post(reverse("logistics:act"), data)
    assert (parcel_of(ready).state, parcel_of(held).state) == ("declared", "handed_over")


def test_what_was_refused_is_tried_again(page: Client, shop: Shop) -> None:
    done, held = shop.orders(2, stage="shipped")
    shop.act("hold", [held])
    ids = [parcel_of(order).public_id for order in (done, held)]
    body = page.post(reverse("logistics:act"), {"action": "upload", "ids": ids}).content.decode()
    assert "Try the refused one again" in body
    assert f'name="ids" value="{ids[1]}"' in body
    assert f'name="ids" value="{ids[0]}"' not in body


def test_a_void_parcel_is_packed_again_from_its_page(page: Client, shop: Shop) -> None:
    old = parcel_of(shop.orders(stage="packed")[0])
    page.post(reverse("logistics:do", args=[old.public_id, "void"]))
    answer = page.post(reverse("logistics:repack", args=[old.public_id]))
    new = Shipment.objects.exclude(pk=old.pk).get()
    assert answer.url == reverse("logistics:shipment", args=[new.public_id])
    assert (new.state, new.tracking_number) == ("packed", old.tracking_number)


def test_of_two_numbers_for_one_parcel_the_second_is_told(page: Client, shop: Shop) -> None:
    parcel = parcel_of(shop.orders(stage="packed")[0])
    url = reverse("logistics:number", args=[parcel.public_id])
    old = {"parcel_version": str(parcel.version)}
    page.post(url, old | {"tracking_number": "FIRST0000001X"})
    answer = page.post(url, old | {"tracking_number": "SECOND000001X"})
    assert answer.status_code == 422
    assert "Somebody has changed this parcel meanwhile" in answer.content.decode()
    parcel.refresh_from_db()
    assert parcel.tracking_number == "FIRST0000001X"


@pytest.mark.parametrize(("stage", "tab"), [("packed", "packed"), ("shipped", "handed_over")])
def test_what_waits_longest_comes_first(page: Client, shop: Shop, stage: str, tab: str) -> None:
    first, second = (parcel_of(order) for order in shop.orders(2, stage=stage))
    hour = timedelta(hours=1)
    Shipment.objects.filter(pk=second.pk).update(
        packed_at=second.packed_at - hour,
        handed_over_at=second.handed_over_at and second.handed_over_at - hour,
    )
    body = page.get(reverse("logistics:shipments"), {"state": tab}).content.decode()
    assert body.index(second.tracking_number) < body.index(first.tracking_number)
