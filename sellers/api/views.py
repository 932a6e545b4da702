"""Stores."""

from django.http import HttpResponse
from rest_framework.request import Request

from core.api import ApiView, ListParams, answer_list, page_of, read_query
from core.api_schema import describe, list_of
from sellers.api.serializers import StoreSerializer, store_json
from sellers.models import Store


class Stores(ApiView):
    scopes = {"GET": "orders:read"}

    @describe(
        "List stores",
        name="stores_list",
        tag="Stores",
        query=ListParams,
        answers=list_of(StoreSerializer),
    )
    def get(self, request: Request) -> HttpResponse:
        params = read_query(request, ListParams)
        page = page_of(Store.objects.filter(seller=self.seller), params, key="id")
        return answer_list(request, [store_json(s) for s in page.rows], page.next_cursor)
