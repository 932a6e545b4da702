"""Labels and packing slips over the API: the answer is the file."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, TypeVar

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from core.actor import Actor
from core.api import ApiView, answer, own, read, read_query
from core.api_fields import IdField, Strict
from core.api_schema import describe
from logistics.actions.paper import AT_ONCE, MAX_PARCELS, print_parcels
from logistics.api.waves import telling_state
from logistics.models import Shipment, Wave
from logistics.paper.file import PAPERS, Printed, pdf_as_zpl, write_pack_list, write_pick_list
from logistics.paper.wave_content import PackPaper, PickPaper, pack_paper, pick_paper
from logistics.paper_job import start_paper
from logistics.pick_queries import waves_of
from sellers.api.jobs import JobSerializer, job_json

LABELS = [paper.name for paper in PAPERS.values() if paper.is_label]
SLIPS = [paper.name for paper in PAPERS.values() if not paper.is_label]
_FILE = {(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "The file")}
_FILES = _FILE | {(200, "application/zpl"): OpenApiResponse(OpenApiTypes.BINARY, "The file")}


class PdfRenderer(BaseRenderer):
    """Lets a caller ask for ``application/pdf``; the views answer bytes themselves."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None

    def render(self, data: Any, *_rest: Any, **_more: Any) -> Any:
        return data


class ZplRenderer(PdfRenderer):
    """As above, for label printers."""

    media_type = "application/zpl"
    format = "zpl"


class LabelParams(Strict):
    """The sheet of a label."""

    paper = serializers.ChoiceField(choices=LABELS, default=LABELS[0])


class SlipParams(Strict):
    """The sheet of a slip."""

    paper = serializers.ChoiceField(choices=SLIPS, default=SLIPS[0])


class LabelsSerializer(Strict):
    """Parcels in the order in which their paper is wanted."""

    shipments = serializers.ListField(
        child=IdField(Shipment.id_prefix), allow_empty=False, max_length=MAX_PARCELS
    )
    paper = serializers.ChoiceField(choices=[*LABELS, *SLIPS], default=LABELS[0])


class _Paper(ApiView):
    """What the three calls share."""

    renderer_classes = [PdfRenderer, ZplRenderer, JSONRenderer]

    def _print(self, request: Request, shipments: Sequence[int], paper: str) -> HttpResponse:
        pdf = io.BytesIO()
        print_parcels(
            seller=self.seller,
            shipments=shipments,
            paper=PAPERS[paper],
            actor=self.actor,
            target=pdf,
        )
        if request.accepted_media_type != ZplRenderer.media_type:
            return HttpResponse(pdf.getvalue(), content_type="application/pdf")
        zpl = io.BytesIO()
        pdf.seek(0)
        pdf_as_zpl(pdf, zpl)
        return HttpResponse(zpl.getvalue(), content_type="application/zpl")

    def _one(self, request: Request, shipment: str, values: Mapping[str, Any]) -> HttpResponse:
        row = own(Shipment.objects.all(), self.seller, Shipment.id_prefix, shipment)
        return self._print(request, [row.pk], values["paper"])


class Labels(_Paper):
    scopes = {"POST": "shipments:write"}

    @describe(
        "Labels or packing slips of many shipments in one file",
        name="shipments_labels",
        tag="Shipments",
        body=LabelsSerializer,
        answers=_FILES | {202: JobSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        """A page or more each, in the order given. PDF, or ZPL for printers of 203 dpi with
        `Accept: application/zpl`. Printing is recorded on the orders. More than 500 are written
        by a job: 202, and its file when it is done."""
        values = read(LabelsSerializer(), request.data)
        if len(values["shipments"]) > AT_ONCE:
            job = start_paper(
                seller=self.seller,
                shipments=values["shipments"],
                paper=PAPERS[values["paper"]],
                actor=self.actor,
                zpl=request.accepted_media_type == ZplRenderer.media_type,
            )
            place = reverse("api-job", args=[job.public_id])
            return answer(job_json(job, request), 202, headers={"Location": place})
        return self._print(request, values["shipments"], values["paper"])


class Label(_Paper):
    scopes = {"GET": "shipments:write"}

    @describe(
        "Get the label of a shipment",
        name="shipments_label",
        tag="Shipments",
        query=LabelParams,
        answers=_FILES,
    )
    def get(self, request: Request, shipment: str) -> HttpResponse:
        """PDF, or ZPL with `Accept: application/zpl`. Printing is recorded on the orders."""
        return self._one(request, shipment, read_query(request, LabelParams))


class Slip(_Paper):
    scopes = {"GET": "shipments:write"}

    @describe(
        "Get the packing slip of a shipment",
        name="shipments_slip",
        tag="Shipments",
        query=SlipParams,
        answers=_FILE,
    )
    def get(self, request: Request, shipment: str) -> HttpResponse:
        """In the language of the buyer's country. Printing is recorded on the orders."""
        return self._one(request, shipment, read_query(request, SlipParams))


P = TypeVar("P", PickPaper, PackPaper)


class _WaveList(ApiView):
    """What the lists of a wave share."""

    renderer_classes = [PdfRenderer, JSONRenderer]
    scopes = {"GET": "shipments:read"}

    def _list(
        self,
        request: Request,
        wave: str,
        read_paper: Callable[[Wave, Actor], P],
        write: Callable[[BinaryIO, P], Printed],
    ) -> HttpResponse:
        read_query(request, Strict)
        row = own(waves_of(self.seller), self.seller, Wave.id_prefix, wave)
        pdf = io.BytesIO()
        with telling_state(row):
            write(pdf, read_paper(row, self.actor))
        return HttpResponse(pdf.getvalue(), content_type="application/pdf")


class WavePickList(_WaveList):
    @describe("Get the pick list of a wave", name="waves_pick_list", tag="Picking", answers=_FILE)
    def get(self, request: Request, wave: str) -> HttpResponse:
        """A4, in walking order: what is still to be fetched, and for which orders. 409 for a wave
        that is over."""
        return self._list(request, wave, pick_paper, write_pick_list)


class WavePackList(_WaveList):
    @describe(
        "Get the packing list of a wave", name="waves_packing_list", tag="Picking", answers=_FILE
    )
    def get(self, request: Request, wave: str) -> HttpResponse:
        """A4: its orders by urgency with what goes into each."""
        return self._list(request, wave, pack_paper, write_pack_list)
