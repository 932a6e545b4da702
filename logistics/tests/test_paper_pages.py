"""Printing from the pages and over the API."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from logistics.models import Shipment
from logistics.tests.conftest import Shop
from orders.models import Order, OrderEvent
from sellers.models import Role
from testing.api import Api
from testing.factories import MembershipFactory, SkuFactory

ASK = {"action": "print"}


@pytest.fixture
def page(shop: Shop, client: Client) -> Client:
    client.force_login(MembershipFactory.create(seller=shop.seller, role=Role.PACKER).user)
    return client


def parcels(shop: Shop, n: int = 1) -> list[Shipment]:
    shop.orders(n, stage="packed")
    return list(Shipment.objects.filter(seller=shop.seller).order_by("-pk"))


def body(response: object) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_selected_parcels_are_asked_about_and_printed(page: Client, shop: Shop) -> None:
    ids = [parcel.public_id for parcel in parcels(shop, 3)]
    asked = page.post(reverse("logistics:act"), {"action": "print", "ids": ids})
    assert asked.status_code == 200
    assert asked.context["ids"] == ids
    assert (asked.context["unnumbered"], asked.context["again"]) == (0, 0)
    sent = {"ids": ids, "paper": "label-100x100", "format": "pdf"}
    response = page.post(reverse("logistics:labels"), sent)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith('inline; filename="label-100x100-')
    assert body(response).startswith(b"%PDF-")
    assert OrderEvent.objects.filter(kind="printed").count() == 3
    again = page.post(reverse("logistics:act"), {"action": "print", "all_matching": "1"})
    assert again.context["ids"] == ids
    assert (again.context["again"], again.context["paper"]) == (3, "label-100x100")


def test_what_will_not_print_well_is_said_before(page: Client, shop: Shop) -> None:
    (order,) = shop.orders(stage="stocked")
    Order.objects.filter(pk=order.pk).update(buyer_name="Ana \U00020bb7")
    shop.act("pack", [order])
    parcel = Shipment.objects.get()
    asked = page.post(reverse("logistics:act"), {"action": "print", "ids": [parcel.public_id]})
    assert [each.characters for each, _field in asked.context["lost"]] == ["\U00020bb7"]
    assert asked.context["unnumbered"] == 1
    assert asked.context["no_sender"]
    assert not OrderEvent.objects.filter(kind="printed").exists()


def test_zpl_is_sent_as_a_file_and_only_for_labels(page: Client, shop: Shop) -> None:
    (parcel,) = parcels(shop)
    sent = {"ids": [parcel.public_id], "paper": "label-100x150", "format": "zpl"}
    response = page.post(reverse("logistics:labels"), sent)
    assert response["Content-Disposition"].startswith("attachment;")
    assert body(response).startswith(b"^XA")
    page.post(reverse("logistics:labels"), sent | {"paper": "slip-a4"})
    assert OrderEvent.objects.filter(kind="printed").count() == 1


def test_one_parcel_prints_on_the_sheet_used_last(page: Client, shop: Shop) -> None:
    (parcel,) = parcels(shop)
    url = reverse("logistics:label", args=[parcel.public_id])
    assert 'filename="label-100x150-' in page.get(url)["Content-Disposition"]
    page.get(url, {"paper": "label-100x100"})
    assert 'filename="label-100x100-' in page.get(url)["Content-Disposition"]
    slip = page.get(reverse("logistics:slip", args=[parcel.public_id]))
    assert 'filename="slip-100x150-' in slip["Content-Disposition"]


def test_an_unknown_paper_is_refused_in_words(page: Client, shop: Shop) -> None:
    (parcel,) = parcels(shop)
    response = page.get(reverse("logistics:label", args=[parcel.public_id]), {"paper": "a3"})
    assert response.status_code == 422
    assert "a3" in response.content.decode()
    assert not OrderEvent.objects.filter(kind="printed").exists()


def test_a_stranger_prints_nothing(client: Client, shop: Shop) -> None:
    (parcel,) = parcels(shop)
    client.force_login(MembershipFactory.create(role=Role.OWNER).user)
    for name in ("label", "slip"):
        assert client.get(reverse(f"logistics:{name}", args=[parcel.public_id])).status_code == 404
    sent = {"ids": [parcel.public_id], "paper": "slip-a4"}
    assert client.post(reverse("logistics:labels"), sent).status_code == 404
    asked = client.post(reverse("logistics:act"), {"action": "print", "ids": [parcel.public_id]})
    assert asked.context["ids"] == []
    assert not OrderEvent.objects.filter(kind="printed").exists()


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.VIEWER])
def test_who_does_not_pack_prints_nothing(client: Client, shop: Shop, role: Role) -> None:
    (parcel,) = parcels(shop)
    client.force_login(MembershipFactory.create(seller=shop.seller, role=role).user)
    url = reverse("logistics:label", args=[parcel.public_id])
    assert client.get(url).status_code == 403


def test_printing_costs_the_same_queries_for_any_number(page: Client, shop: Shop) -> None:
    def queries(n: int) -> int:
        ids = [parcel.public_id for parcel in parcels(shop, n)][:n]
        sent = {"ids": ids, "paper": "label-100x150"}
        with CaptureQueriesContext(connection) as captured:
            body(page.post(reverse("logistics:labels"), sent))
        return len(captured)

    queries(1)
    assert queries(2) == queries(40)


def test_stickers_for_goods(page: Client, shop: Shop) -> None:
    url = reverse("logistics:sku-labels")
    response = page.get(url, {"sku": shop.sku.public_id, "copies": "3"})
    assert body(response).startswith(b"%PDF-")
    for copies in ("0", "-1", "501", "x", "1000000000"):
        refused = page.get(url, {"sku": shop.sku.public_id, "copies": copies})
        assert refused.status_code == 422
    assert page.get(url).status_code == 404
    assert page.get(url, {"sku": SkuFactory.create().public_id}).status_code == 404


def test_labels_over_the_api(shop: Shop) -> None:
    api = Api(shop.seller)
    first, second = parcels(shop, 2)
    response = api.get(f"/shipments/{first.public_id}/label.pdf", paper="label-100x100")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    named = {"shipments": [second.public_id, first.public_id]}
    response = api.post("/shipments/labels", named, Accept="application/zpl")
    assert response["Content-Type"] == "application/zpl"
    assert response.content.count(b"^XA") == 2
    slip = api.get(f"/shipments/{first.public_id}/slip.pdf")
    assert slip.content.startswith(b"%PDF-")
    assert OrderEvent.objects.filter(kind="printed").count() == 4


def test_the_api_says_what_is_wrong(shop: Shop) -> None:
    api = Api(shop.seller)
    (parcel,) = parcels(shop)
    response = api.post("/shipments/labels", {"shipments": [parcel.public_id], "paper": "a3"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#/paper"
    assert api.post("/shipments/labels", {"shipments": []}).status_code == 422
    other = Api(MembershipFactory.create().seller)
    assert other.get(f"/shipments/{parcel.public_id}/label.pdf").status_code == 404
    assert other.post("/shipments/labels", {"shipments": [parcel.public_id]}).status_code == 404
    reader = Api(shop.seller, ["shipments:read"])
    assert reader.get(f"/shipments/{parcel.public_id}/label.pdf").status_code == 403
    assert not OrderEvent.objects.filter(kind="printed").exists()
