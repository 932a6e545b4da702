"""What a list of orders can be narrowed to: one filter set for the page and the API."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from core.errors import FieldError, Invalid
from core.ids import decode
from orders.models import Order, OrderLine
from orders.queries.lists import DEADLINES, PROBLEMS, SORTS, deadline_q, orders_for
from orders.states import Stage
from sellers.models import Seller, Store
from stock.models import Sku

_SEPARATORS = re.compile(r"[\s,;，；、]+")


class OrderFilter(filters.FilterSet):
    """Parameters of a list of orders. ``queryset`` is the seller's; ``seller`` and ``now`` say
    whose stores and which clock."""

    stage = filters.MultipleChoiceFilter(label=_("Stage"), choices=Stage.choices, distinct=False)
    deadline = filters.ChoiceFilter(
        label=_("Deadline"), choices=list(DEADLINES.items()), method="by_deadline"
    )
    store = filters.CharFilter(label=_("Store"), method="by_store")
    country = filters.ChoiceFilter(label=_("Country"), choices=lambda: list(countries))
    currency = filters.CharFilter(label=_("Currency"), lookup_expr="iexact", max_length=3)
    sku = filters.CharFilter(label=_("SKU code"), method="by_sku")
    tag = filters.CharFilter(label=_("Tag"), method="by_tag")
    q = filters.CharFilter(label=_("Number, buyer or SKU"), method="by_text")
    on_hold = filters.BooleanFilter(label=_("On hold"))
    problems = filters.BooleanFilter(label=_("Problems"), method="by_problems")
    ship_by_after = filters.IsoDateTimeFilter("ship_by", "gte", label=_("Ship by, from"))
    ship_by_before = filters.IsoDateTimeFilter("ship_by", "lt", label=_("Ship by, before"))
    placed_after = filters.IsoDateTimeFilter("placed_at", "gte", label=_("Placed from"))
    placed_before = filters.IsoDateTimeFilter("placed_at", "lt", label=_("Placed before"))
    updated_since = filters.IsoDateTimeFilter("updated_at", "gte", label=_("Changed since"))
    sort = filters.ChoiceFilter(
        label=_("Sort"), choices=[(key, key) for key in SORTS], method="leave"
    )

    class Meta:
        model = Order
        fields: list[str] = []

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        seller: Seller,
        now: datetime | None = None,
        queryset: QuerySet[Order] | None = None,
        **kwargs: Any,
    ) -> None:
        self.seller = seller
        self.now = now or timezone.now()
        rows = orders_for(seller) if queryset is None else queryset
        super().__init__(data, queryset=rows, **kwargs)

    @property
    def sort_key(self) -> tuple[str, bool]:
        """(column, descending) for ``core.paging.paginate``; by time left unless asked."""
        name = self.form.cleaned_data.get("sort") if self.is_valid() else ""
        return SORTS[name or "ship_by"]

    def leave(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """Sorting is done with paging."""
        return rows

    def by_deadline(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return rows.filter(deadline_q(value, self.seller, self.now))

    def by_store(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """A store by its code or its public id."""
        pk = decode(Store.id_prefix, value)
        known = Q(pk=pk) if pk else Q(code=value)
        return rows.filter(store__in=Store.objects.filter(known, seller=self.seller))

    def by_problems(self, rows: QuerySet[Order], name: str, value: bool) -> QuerySet[Order]:
        return rows.filter(PROBLEMS) if value else rows.filter(problems=[])

    def by_tag(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        # The first condition is what the index of tagged orders serves.
        return rows.exclude(tags=[]).filter(tags__contains=[value])

    def by_sku(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        return rows.filter(self._has_sku(value))

    def by_text(self, rows: QuerySet[Order], name: str, value: str) -> QuerySet[Order]:
        """Several numbers, as pasted from a sheet: those orders. Something with a digit: numbers
        that begin so, or that SKU. Words: buyers whose name has them too."""
        value = value.strip()
        words = [word for word in _SEPARATORS.split(value) if word]
        if len(words) > 1 and all(any(c.isdigit() for c in word) for word in words):
            return rows.filter(number__in=words[:500])
        found = Q(number__startswith=value)
        if not any(c.isdigit() for c in value):
            found |= Q(buyer_name__icontains=value)
        # Asked first, since with it the index of numbers is of no use.
        lines = OrderLine.objects.filter(seller=self.seller, sku__isnull=True, sku_code=value)
        if self._sku(value) or lines.exists():
            found |= Q(self._has_sku(value))
        return rows.filter(found)

    def _sku(self, code: str) -> int | None:
        return (
            Sku.objects.filter(seller=self.seller, code=code).values_list("pk", flat=True).first()
        )

    def _has_sku(self, code: str) -> Exists:
        """A line of this SKU, or one that nobody has mapped and that has this code."""
        same = Q(sku__isnull=True, seller=self.seller, sku_code=code)
        if pk := self._sku(code):
            same |= Q(sku=pk)
        return Exists(OrderLine.objects.filter(same, order=OuterRef("pk")))


def order_list(
    seller: Seller, params: Mapping[str, Any], *, now: datetime | None = None
) -> QuerySet[Order]:
    """The seller's orders narrowed by ``params`` (see ``OrderFilter``), their store with them.

    Raises ``Invalid`` that names the parameters which cannot be read.
    """
    found = OrderFilter(params, seller=seller, now=now)
    if not found.is_valid():
        raise Invalid(
            errors=[
                FieldError(name, str(error["message"]), str(error["code"] or "invalid"))
                for name, errors in found.form.errors.get_json_data().items()
                for error in errors
            ]
        )
    return found.qs.select_related("store")
