"""The columns that the list of orders can show, and the cells in them.

A row is put together here and not in a template: fifty rows of ten cells are most of the page. An
app to the right registers columns of what it owns (``logistics.columns``).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from core.errors import Text
from core.ids import encode
from core.templatetags.ui import (
    COUNTDOWN_ICONS,
    EMPTY,
    absolute_time,
    abstime,
    countdown_tone,
    duration_patterns,
    duration_text,
    money,
    sprite_icon,
)
from orders.models import Order
from orders.queries.rows import RowDetails
from orders.states import Stage
from orders.views.words import STAGE_LOOKS, country_name, masked, progress_of
from sellers.models import Store


@dataclass
class Sheet:
    """What the cells of one page share: texts are looked up once, not once a row."""

    now: datetime
    stores: Mapping[int, Store]
    details: Mapping[int, RowDetails]
    extra: Mapping[str, Mapping[int, str]]
    money: bool
    patterns: Mapping[str, str] = field(default_factory=duration_patterns)
    badges: dict[str, str] = field(default_factory=dict)
    next_label: str = field(default_factory=lambda: gettext("next"))

    def badge(self, stage: str) -> str:
        if stage not in self.badges:
            tone, icon = STAGE_LOOKS[stage]
            label = escape(str(Stage(stage).label))
            self.badges[stage] = (
                f'<span class="badge" data-tone="{tone}">{sprite_icon(icon)}'
                f"<span>{label}</span></span>"
            )
        return self.badges[stage]


#: The fields of an order that ``fields_of`` names, by name: half the work of a model.
Row = Any
Cell = Callable[[Row, Sheet], str]
#: Cells of a column (HTML), by order, for orders of one seller; at most one query.
Load = Callable[[Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """``cell`` makes HTML of an order; what people wrote is escaped there. ``sort`` is a key of
    ``SORTS`` without its sign. ``load`` gives the cells of a column that another app owns."""

    name: str
    label: Text
    cell: Cell | None = None
    css: str = ""
    sort: str = ""
    scope: str = ""
    shown: bool = False
    load: Load | None = None
    #: Of the order, beside those that every row needs.
    fields: tuple[str, ...] = ()


COLUMNS: dict[str, Column] = {}


def register_column(column: Column, *, after: str = "") -> None:
    """Make a column known, behind another or at the end."""
    items = [(name, each) for name, each in COLUMNS.items() if name != column.name]
    names = [name for name, _each in items]
    items.insert(names.index(after) + 1 if after in names else len(items), (column.name, column))
    COLUMNS.clear()
    COLUMNS.update(items)


#: What of an order every row shows or decides by; addresses and phone numbers stay in the database.
FIELDS = (
    *("pk", "store_id", "number", "stage", "version", "buyer_name", "country", "remark"),
    *("currency", "goods_amount", "freight_amount", "units", "allocated", "packed", "shipped"),
    *("uploaded", "problems", "on_hold", "clock_open", "ship_by"),
)


def fields_of(columns: Collection[Column], *more: str) -> list[str]:
    """The fields that rows with these columns need, and ``more``."""
    wanted = (*FIELDS, *more, *(name for column in columns for name in column.fields))
    return list(dict.fromkeys(wanted))


#: The icons that rows refer to.
SPRITE = " ".join(
    sorted(
        {icon for _tone, icon in STAGE_LOOKS.values()}
        | {*COUNTDOWN_ICONS.values(), "pause", "triangle-alert", "message-square-text"}
    )
)


def choosable(actor: Actor) -> list[Column]:
    """The columns that somebody may see, in their order."""
    return [column for column in COLUMNS.values() if not column.scope or actor.may(column.scope)]


def chosen(names: Collection[str], actor: Actor) -> list[Column]:
    """The columns with these names that somebody may see; the usual ones when there is none."""
    columns = choosable(actor)
    found = [column for column in columns if column.name in names]
    return found or [column for column in columns if column.shown]


# --- rows ------------------------------------------------------------------------------------


def row_html(
    orders: Sequence[Row], columns: Sequence[Column], sheet: Sheet, query: str
) -> SafeString:
    """The rows of a page. ``query`` is the list's, so that an order's page knows its neighbours."""
    query = escape(query)
    cells = []
    for column in columns:
        css = f' class="{column.css}"' if column.css else ""
        begin = f'<td{css} data-label="{escape(str(column.label))}">'
        cells.append((begin, column.cell or _extra(column.name)))
    select = escape(gettext("Select order"))
    marks = _marks()
    preview = escape(gettext("Preview"))
    risk = _risk if sheet.money else _no_risk
    rows = []
    for order in orders:
        number = escape(order.number)
        store = escape(sheet.stores[order.store_id].name)
        late = ' class="is-late"' if order.clock_open and order.ship_by <= sheet.now else ""
        public_id = encode(Order.id_prefix, order.pk)
        rows.append(
            f'<tr id="row-{public_id}"{late} data-version="{order.version}">'
            '<td class="col-check"><label><input type="checkbox" name="order" '
            f'value="{public_id}" data-select data-stage="{order.stage}"{risk(order, sheet)} '
            f'aria-label="{select} {number}"></label></td>'
            f'<td class="col-main"><a href="{public_id}/?{query}" data-row-link>{number}</a>'
            f'<span class="cell-sub">{store}</span></td>'
            + "".join(f"{begin}{cell(order, sheet)}</td>" for begin, cell in cells)
            + '<td class="cell-marks"><button class="preview-open" type="button" data-preview-open '
            + f'aria-label="{preview} {number}"></button>{marks(order)}</td></tr>'
        )
    return mark_safe("\n".join(rows))  # noqa: S308 - cells escape what people wrote


def _risk(order: Row, sheet: Sheet) -> str:
    """The fine of a row, for the sum over those that are selected."""
    details = sheet.details[order.pk]
    if not (details.booked or details.next_amount):
        return ""
    return (
        f' data-currency="{escape(order.currency)}" data-booked="{details.booked}" '
        f'data-next="{details.next_amount}"'
    )


def _no_risk(order: Row, sheet: Sheet) -> str:
    return ""


def _extra(name: str) -> Cell:
    return lambda order, sheet: sheet.extra[name].get(order.pk, EMPTY)


def _sub(text: str) -> str:
    return f'<span class="cell-sub">{text}</span>'


def _marks() -> Callable[[Row], str]:
    hold = _mark("warn", "pause", gettext("On hold"))
    remark = escape(gettext("Buyer's remark"))
    speech = sprite_icon("message-square-text")

    def marks(order: Row) -> str:
        found = hold if order.on_hold else ""
        if n := len(order.problems):
            text = ngettext("%(n)d problem", "%(n)d problems", n) % {"n": n}
            found += _mark("warn", "triangle-alert", text)
        if order.remark:
            found += (
                f'<span class="mark" data-tone="info" title="{escape(order.remark)}">{speech}'
                f'<span class="visually-hidden">{remark}</span></span>'
            )
        return found

    return marks


def _mark(tone: str, icon: str, text: str) -> str:
    text = escape(text)
    return (
        f'<span class="mark" data-tone="{tone}" title="{text}">{sprite_icon(icon)}'
        f'<span class="visually-hidden">{text}</span></span>'
    )


# --- cells -----------------------------------------------------------------------------------


def _goods(order: Row, sheet: Sheet) -> str:
    details = sheet.details[order.pk]
    more = details.lines - 1
    text = f'<span class="cell-goods">{escape(details.goods or EMPTY)} × {details.quantity}</span>'
    if more > 0:
        text += _sub(ngettext("+%(n)d line", "+%(n)d lines", more) % {"n": more})
    return text


def _buyer(order: Row, sheet: Sheet) -> str:
    return escape(masked(order.buyer_name)) + _sub(escape(country_name(order.country)))


def _stage(order: Row, sheet: Sheet) -> str:
    part = progress_of(order)
    badge = sheet.badge(order.stage)
    return f'{badge} <span class="count">{part[0]}/{part[1]}</span>' if part else badge


def _time_left(order: Row, sheet: Sheet) -> str:
    if not order.clock_open:
        return EMPTY
    due = order.ship_by
    warn = due - timedelta(hours=sheet.stores[order.store_id].warn_hours)
    tone = countdown_tone(due, sheet.now, warn)
    pattern = sheet.patterns["late" if tone == "danger" else "left"]
    text = pattern.format(time=duration_text(due - sheet.now, sheet.patterns))
    return (
        f'<time class="countdown" data-tone="{tone}" data-countdown data-warn="{warn.isoformat()}" '
        f'datetime="{due.isoformat()}" title="{escape(absolute_time(due))}">'
        f"{sprite_icon(COUNTDOWN_ICONS[tone])}<span>{escape(text)}</span></time>"
    )


def _fine(order: Row, sheet: Sheet) -> str:
    details = sheet.details[order.pk]
    text = ""
    if details.booked:
        booked = escape(money(details.booked, order.currency))
        text = f'<span class="tone-text" data-tone="danger">{booked}</span>'
    if details.next_amount:
        coming = escape(money(details.next_amount, order.currency))
        text += _sub(f"{escape(sheet.next_label)} {coming}")
    return text or f'<span class="subtle">{EMPTY}</span>'


def _amount(order: Row, sheet: Sheet) -> str:
    return escape(money(order.goods_amount + order.freight_amount, order.currency))


def _remark(order: Row, sheet: Sheet) -> str:
    if not order.remark:
        return ""
    text = escape(order.remark)
    return f'<span class="cell-clip" title="{text}">{text}</span>'


def _moment(name: str, label: Text, field: str, sort: str = "") -> Column:
    def cell(order: Row, sheet: Sheet) -> str:
        moment: Any = getattr(order, field)
        return abstime(moment)

    return Column(name, label, cell, css="nowrap", sort=sort, fields=(field,))


for _column in (
    Column("goods", _("Goods"), _goods, shown=True),
    Column("units", _("Units"), lambda order, sheet: str(order.units), css="num"),
    Column("buyer", _("Buyer"), _buyer, shown=True),
    Column("city", _("City"), lambda order, sheet: escape(order.city or EMPTY), fields=("city",)),
    Column("stage", _("Stage"), _stage, shown=True),
    Column("time", _("Time left"), _time_left, css="nowrap", sort="ship_by", shown=True),
    _moment("ship_by", _("Ship by"), "ship_by", sort="ship_by"),
    _moment("deliver_by", _("Arrive by"), "deliver_by"),
    Column("fine", _("Fine"), _fine, css="num", scope="money:read", shown=True),
    Column("amount", _("Amount"), _amount, css="num", scope="money:read", shown=True),
    Column("remark", _("Remark"), _remark),
    _moment("placed", _("Placed"), "placed_at", sort="placed_at"),
    _moment("paid", _("Paid"), "paid_at"),
    _moment("accepted", _("Accepted"), "accepted_at"),
    _moment("stocked", _("Allocated"), "stocked_at"),
    _moment("packed", _("Packed"), "packed_at"),
    _moment("shipped", _("Shipped"), "shipped_at"),
    _moment("uploaded", _("Uploaded"), "uploaded_at"),
    _moment("updated", _("Changed"), "updated_at", sort="updated_at"),
):
    register_column(_column)
