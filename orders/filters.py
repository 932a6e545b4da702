"""What a list of orders can be narrowed to: one filter set for the page and the API.

The parameters are the same in both. In the API ``q`` is plain text; on pages it is written in the
filter language (``orders.filter_keys``), of which plain text is the simplest sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from core.actor import Actor
from core.errors import FieldError, Invalid
from core.ids import decode
from orders.filter_keys import KEYS, Read, Reading, condition_of, read_filter
from orders.filter_terms import MAX_NUMBERS
from orders.filter_text import SEPARATORS, FilterError, Value
from orders.models import Order, OrderLine
from orders.queries.lists import DEADLINES, PROBLEMS, SORTS, deadline_q, orders_for
from orders.states import Stage
from sellers.models import Seller, Store
from stock.models import Sku


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
        # Only the filters that are asked for: a list in a hurry needs no form of all of them.
        asked = {n: each for n, each in type(self).base_filters.items() if n in (data or {})}
        setattr(self, "base_filters", asked)  # noqa: B010 - as an assignment it hides the class's
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
        return rows.filter(text_q(value, self.seller))

    def _has_sku(self, code: str) -> Exists:
        return _has_sku(self.seller, code)


def numbers_in(text: str) -> list[str]:
    """The numbers of a list as it is pasted from a sheet; none when it is something else."""
    words = [word for word in SEPARATORS.split(text.strip()) if word]
    if len(words) > 1 and all(any(c.isdigit() for c in word) for word in words):
        return list(dict.fromkeys(words))
    return []


def text_q(text: str, seller: Seller, *, several: bool = True) -> Q:
    """The condition of free text. Several numbers, as pasted from a sheet: those orders. Something
    with a digit: numbers that begin so, or that SKU. Words: buyers whose name has them, too."""
    text = text.strip()
    if several and (numbers := numbers_in(text)):
        return Q(number__in=numbers[:MAX_NUMBERS])
    found = Q(number__startswith=text)
    if not any(c.isdigit() for c in text):
        found |= Q(buyer_name__icontains=text)
    # Asked first, since with it the index of numbers is of no use.
    lines = OrderLine.objects.filter(seller=seller, sku__isnull=True, sku_code=text)
    if _sku(seller, text) or lines.exists():
        found |= Q(_has_sku(seller, text))
    return found


def _sku(seller: Seller, code: str) -> int | None:
    return Sku.objects.filter(seller=seller, code=code).values_list("pk", flat=True).first()


def _has_sku(seller: Seller, code: str) -> Exists:
    """A line of this SKU, or one that nobody has mapped and that has this code."""
    same = Q(sku__isnull=True, seller=seller, sku_code=code)
    if pk := _sku(seller, code):
        same |= Q(sku=pk)
    return Exists(OrderLine.objects.filter(same, order=OuterRef("pk")))


@dataclass(frozen=True, slots=True)
class Filtered:
    """A list as somebody asked for it. With ``errors`` it is empty, and they say why."""

    rows: QuerySet[Order]
    text: str
    read: list[Read]
    errors: list[FilterError]

    @property
    def single_text(self) -> str:
        """What was typed when it is nothing but one free text: perhaps an exact number."""
        if len(self.read) == 1 and self.read[0].key is None and not self.read[0].term.negated:
            return self.read[0].values[0].text.strip()
        return ""

    @property
    def numbers(self) -> list[str]:
        """Order numbers that were asked for one by one, two or more."""
        asked: list[str] = []
        for each in self.read:
            if each.term.negated:
                continue
            if each.key is None and not each.term.values[0].quoted:
                asked += numbers_in(each.term.values[0].text)
            elif each.key is KEYS["number"]:
                asked += [value.text for value in each.values if "*" not in value.text]
        return list(dict.fromkeys(asked)) if len(asked) > 1 else []


def filter_orders(params: QueryDict, reading: Reading) -> Filtered:
    """The list that a page's parameters ask for, ``q`` written in the filter language.

    Raises ``Invalid`` for parameters that only a program can get wrong; what is wrong in ``q`` is
    answered with its place.
    """
    others = QueryDict(mutable=True)
    for name in OrderFilter.base_filters:
        if name != "q" and params.get(name):
            others.setlist(name, params.getlist(name))
    narrowing = others.keys() - {"sort"} or others.get("sort", "ship_by") not in SORTS
    rows = _narrowed(others, reading) if narrowing else orders_for(reading.seller)
    text = params.get("q", "").strip()
    read, errors = read_filter(text, reading, _words) if text else ([], [])
    return Filtered(rows.none() if errors else rows.filter(condition_of(read)), text, read, errors)


def _words(value: Value, reading: Reading) -> Q:
    if value.quoted:
        return text_q(value.text, reading.seller, several=False)
    numbers = numbers_in(value.text)
    if len(numbers) > MAX_NUMBERS:
        raise FilterError(
            _("%(n)d numbers at once are too many; up to %(most)d are possible.")
            % {"n": len(numbers), "most": MAX_NUMBERS},
            value.start,
            value.end,
        )
    return text_q(value.text, reading.seller)


def _narrowed(
    params: QueryDict, reading: Reading, rows: QuerySet[Order] | None = None
) -> QuerySet[Order]:
    found = OrderFilter(params, seller=reading.seller, now=reading.now, queryset=rows)
    if not found.is_valid():
        raise Invalid(
            errors=[
                FieldError(name, str(error["message"]), str(error["code"] or "invalid"))
                for name, errors in found.form.errors.get_json_data().items()
                for error in errors
            ]
        )
    return found.qs


def order_list(
    seller: Seller,
    params: Mapping[str, Any],
    *,
    now: datetime | None = None,
    actor: Actor | None = None,
    plain: bool = False,
    rows: QuerySet[Order] | None = None,
) -> QuerySet[Order]:
    """The seller's orders narrowed by ``params``, their store with them.

    ``q`` is in the filter language as on the page, or with ``plain`` the API's plain text; ``rows``
    may then say which columns are read instead of whole orders with their store. Terms
    about money need an ``actor`` who may see it. Raises ``Invalid`` that names what cannot be read.
    """
    reading = Reading(seller, now or timezone.now(), actor)
    query = params if isinstance(params, QueryDict) else _query(params)
    if plain:
        rows = Order.objects.select_related("store") if rows is None else rows
        rows = rows.filter(seller=seller)
        asked = any(name in query for name in OrderFilter.base_filters)
        return _narrowed(query, reading, rows) if asked else rows
    found = filter_orders(query, reading)
    if found.errors:
        raise Invalid(errors=[FieldError("q", error.detail, "filter") for error in found.errors])
    return found.rows.select_related("store")


def _query(params: Mapping[str, Any]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in params.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query
