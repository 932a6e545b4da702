"""Waves over the API: for systems that send their own pickers, or that want to know how far ours
are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from core.api import (
    ApiView,
    ListParams,
    answer,
    answer_list,
    moment,
    named,
    own,
    page_of,
    read,
    read_query,
)
from core.api_fields import IdField, Strict, text
from core.api_schema import describe, list_of
from core.errors import FieldError, Invalid, Refused
from core.ids import encode
from core.problems import RefusedInState
from logistics.actions.picking import record_pick, short_pick
from logistics.actions.waves import close_wave, make_wave
from logistics.models import Wave
from logistics.pick_queries import MAX_ORDERS, Place, Progress, places_of, progress_of, waves_of
from orders.models import Order
from stock.models import Warehouse

STATES = ("open", "finished", "cancelled")


# --- what is sent ----------------------------------------------------------------------------


class WaveInSerializer(Strict):
    """``warehouse`` may be left out where the seller has one. The parcels of the wave leave with
    ``service``."""

    orders = serializers.ListField(
        child=IdField(Order.id_prefix), allow_empty=False, max_length=MAX_ORDERS
    )
    warehouse = text(64)
    service = text(60)


class WaveParams(ListParams):
    state = serializers.ChoiceField(choices=STATES, required=False)


class PickInSerializer(Strict):
    """What happened at one place: so many units were fetched, so many were not there.

    ``id`` is the caller's own and makes it count once. ``reason`` is needed for ``short``;
    ``adjust`` (true unless said otherwise) corrects the stock level by them.
    """

    id = serializers.CharField(max_length=64, required=False)
    place = IdField("lvl")
    picked = serializers.IntegerField(required=False)
    short = serializers.IntegerField(required=False)
    reason = text(200)
    adjust = serializers.BooleanField(default=True)


class PicksInSerializer(Strict):
    picks = PickInSerializer(many=True, allow_empty=False, max_length=200)  # type: ignore[call-arg]


class WaveChangeSerializer(Strict):
    state = serializers.ChoiceField(choices=("finished", "cancelled"))


# --- what is answered ------------------------------------------------------------------------


class WantSerializer(serializers.Serializer[Any]):
    """What one order wants of a place."""

    order = serializers.CharField()
    order_number = serializers.CharField()
    order_line = serializers.CharField()
    quantity = serializers.IntegerField()
    picked = serializers.IntegerField()
    short = serializers.IntegerField()
    left = serializers.IntegerField()


class PlaceSerializer(serializers.Serializer[Any]):
    """One SKU in one bin, in walking order. ``left`` is still to be fetched, ``extra`` to be put
    back."""

    id = serializers.CharField()
    bin = serializers.CharField()
    sku = serializers.CharField()
    sku_code = serializers.CharField()
    barcode = serializers.CharField()
    picked = serializers.IntegerField()
    short = serializers.IntegerField()
    reason = serializers.CharField()
    left = serializers.IntegerField()
    extra = serializers.IntegerField()
    orders = WantSerializer(many=True)


class WaveSerializer(serializers.Serializer[Any]):
    """Units: ``picked`` and ``left`` are what there is to fetch, ``short`` was not found."""

    object = serializers.ChoiceField(choices=["wave"])
    id = serializers.CharField()
    code = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    warehouse = serializers.CharField()
    service = serializers.CharField(allow_null=True)
    picker = serializers.CharField(allow_null=True)
    orders = serializers.IntegerField()
    picked = serializers.IntegerField()
    short = serializers.IntegerField()
    left = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class OneWaveSerializer(WaveSerializer):
    """With its places."""

    places = PlaceSerializer(many=True)


class WaveRefusalSerializer(serializers.Serializer[Any]):
    order = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class MadeWaveSerializer(OneWaveSerializer):
    """``refused`` names the orders that are not in it, and why."""

    refused = WaveRefusalSerializer(many=True)


def wave_json(wave: Wave, progress: Progress) -> dict[str, Any]:
    """A wave read by ``waves_of``."""
    return {
        "object": "wave",
        "id": wave.public_id,
        "code": wave.code,
        "state": state_of(wave),
        "warehouse": wave.warehouse.code,
        "service": wave.service.code if wave.service else None,
        "picker": str(wave.picker) if wave.picker else None,
        "orders": progress.orders,
        "picked": progress.picked,
        "short": progress.short,
        "left": progress.rest,
        "created_at": moment(wave.created_at),
        "closed_at": moment(wave.closed_at),
    }


def state_of(wave: Wave) -> str:
    if wave.cancelled:
        return "cancelled"
    return "open" if wave.closed_at is None else "finished"


def place_json(place: Place) -> dict[str, Any]:
    return {
        "id": encode("lvl", place.level),
        "bin": place.bin,
        "sku": place.sku.public_id,
        "sku_code": place.sku.code,
        "barcode": place.sku.barcode,
        "picked": place.picked,
        "short": place.short,
        "reason": place.reason,
        "left": place.rest,
        "extra": place.extra,
        "orders": [
            {
                "order": encode(Order.id_prefix, part.order),
                "order_number": part.number,
                "order_line": encode("lin", part.line),
                "quantity": part.quantity,
                "picked": part.picked,
                "short": part.short,
                "left": part.rest,
            }
            for part in place.parts
        ],
    }


def one_json(wave: Wave) -> dict[str, Any]:
    """A wave with its places. Three queries."""
    progress = progress_of([wave]).get(wave.pk, Progress())
    return wave_json(wave, progress) | {"places": [place_json(p) for p in places_of(wave)]}


class Waves(ApiView):
    scopes = {"GET": "shipments:read", "POST": "shipments:write"}

    @describe(
        "List waves, newest first",
        name="waves_list",
        tag="Picking",
        query=WaveParams,
        answers=list_of(WaveSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, WaveParams)
        rows = waves_of(self.seller)
        if state := params.get("state"):
            rows = rows.filter(closed_at__isnull=state == "open", cancelled=state == "cancelled")
        page = page_of(rows, params, key="id", descending=True)
        progress = progress_of(page.rows)
        data = [wave_json(wave, progress.get(wave.pk, Progress())) for wave in page.rows]
        return answer_list(request, data, page.next_cursor)

    @describe(
        "Make a wave: fetch the goods of up to 200 orders together",
        name="waves_create",
        tag="Picking",
        body=WaveInSerializer,
        answers={201: MadeWaveSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """Of orders with stock in one warehouse that no open wave has. 409 when none goes."""
        values = read(WaveInSerializer(), request.data)
        warehouse = _warehouse(self.seller, values["warehouse"])
        wave, outcome = make_wave(
            seller=self.seller,
            warehouse=warehouse,
            orders=values["orders"],
            actor=self.actor,
            service=values["service"],
        )
        known = {row.id: row for row in outcome}
        refused = [
            {
                "order": encode(Order.id_prefix, pk),
                "code": known[pk].code if pk in known else "not_found",
                "detail": str(known[pk].detail) if pk in known else _("There is no such order."),
            }
            for pk in dict.fromkeys(values["orders"])
            if pk not in known or known[pk].status == "refused"
        ]
        body = one_json(waves_of(self.seller).get(pk=wave.pk)) | {"refused": refused}
        place = reverse("api-wave", args=[wave.public_id])
        return answer(body, 201, headers={"Location": place})


def _warehouse(seller: Any, name: str) -> Warehouse:
    rows = Warehouse.objects.filter(seller=seller)
    if name:
        return named(rows, Warehouse.id_prefix, name, "/warehouse")
    found = list(rows[:2])
    if len(found) == 1:
        return found[0]
    raise Invalid(errors=[FieldError("/warehouse", _("Say which warehouse."), "required")])


class OneWave(ApiView):
    scopes = {"GET": "shipments:read", "PATCH": "shipments:write"}

    @describe(
        "Get a wave with its places", name="waves_get", tag="Picking", answers=OneWaveSerializer
    )
    def get(self, request: Request, wave: str) -> HttpResponse:
        read_query(request, Strict)
        return answer(one_json(own(waves_of(self.seller), self.seller, Wave.id_prefix, wave)))

    @describe(
        "Finish or cancel a wave",
        name="waves_update",
        tag="Picking",
        body=WaveChangeSerializer,
        answers=OneWaveSerializer,
    )
    def patch(self, request: Request, wave: str) -> HttpResponse:
        """What was not fetched may go into another wave then."""
        row = own(waves_of(self.seller), self.seller, Wave.id_prefix, wave)
        values = read(WaveChangeSerializer(), request.data)
        with telling_state(row):
            close_wave(
                seller=self.seller,
                wave=row.pk,
                actor=self.actor,
                cancel=values["state"] == "cancelled",
            )
        return answer(one_json(waves_of(self.seller).get(pk=row.pk)))


class WavePicks(ApiView):
    scopes = {"POST": "shipments:write"}

    @describe(
        "Tell what was fetched, and what was not there",
        name="waves_picks",
        tag="Picking",
        body=PicksInSerializer,
        answers=OneWaveSerializer,
    )
    def post(self, request: Request, wave: str) -> HttpResponse:
        """All or nothing. Fetched units are for the most urgent orders; missing ones are given up
        by the least urgent, which get others from elsewhere or wait for stock again."""
        row = own(waves_of(self.seller), self.seller, Wave.id_prefix, wave)
        picks = read(PicksInSerializer(), request.data)["picks"]
        self._check(row, picks)
        with telling_state(row), transaction.atomic():
            for i, entry in enumerate(picks):
                self._enter(row, i, entry)
        return answer(one_json(waves_of(self.seller).get(pk=row.pk)))

    def _check(self, wave: Wave, picks: Sequence[dict[str, Any]]) -> None:
        known = {place.level for place in places_of(wave)}
        errors = [
            FieldError(f"/picks/{i}/place", _("The wave has no such place."), "unknown")
            for i, entry in enumerate(picks)
            if entry["place"] not in known
        ]
        errors += [
            FieldError(f"/picks/{i}", _("Say how many were picked, or how many are short."))
            for i, entry in enumerate(picks)
            if ("picked" in entry) is ("short" in entry)
        ]
        if errors:
            raise Invalid(errors=errors)

    def _enter(self, wave: Wave, i: int, entry: dict[str, Any]) -> None:
        common: dict[str, Any] = {
            "seller": self.seller,
            "wave": wave.pk,
            "level": entry["place"],
            "actor": self.actor,
            "client_id": entry.get("id") or uuid4().hex,
        }
        try:
            if "picked" in entry:
                record_pick(quantity=entry["picked"], **common)
            else:
                short_pick(
                    quantity=entry["short"],
                    reason=entry["reason"],
                    adjust=entry["adjust"],
                    **common,
                )
        except Invalid as error:
            name = "picked" if "picked" in entry else "short"
            raise Invalid(
                errors=[
                    FieldError(
                        f"/picks/{i}{e.pointer.replace('/quantity', f'/{name}')}", e.detail, e.code
                    )
                    for e in error.errors
                ]
            ) from None


@contextmanager
def telling_state(wave: Wave) -> Iterator[None]:
    """A refusal inside tells the wave's state."""
    try:
        yield
    except Refused as error:
        now = Wave.objects.get(pk=wave.pk)
        raise RefusedInState(error, state=state_of(now)) from None
