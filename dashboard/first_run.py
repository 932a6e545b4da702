"""The way from an empty shop to its first orders: what is done, computed from what is there."""

from dataclasses import dataclass

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.errors import Text
from sellers.actions import HIDDEN
from sellers.models import Seller


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``mark`` is the name under which a person says that it is in order, for
    what cannot be seen from the data."""

    name: str
    icon: str
    title: Text
    text: Text
    href: str
    action: Text
    done: bool
    mark: Text = ""


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The steps, and whether the shop holds sample data."""

    steps: tuple[Step, ...]
    samples: bool
    hidden: bool

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def complete(self) -> bool:
        return self.done == len(self.steps)

    @property
    def current(self) -> Step | None:
        """The first step that is not done."""
        return next((step for step in self.steps if not step.done), None)


_FOUND = """
SELECT EXISTS (SELECT FROM sellers_store WHERE seller_id = %(seller)s AND NOT sample),
    EXISTS (SELECT FROM stock_warehouse WHERE seller_id = %(seller)s AND NOT sample),
    EXISTS (SELECT FROM stock_sku WHERE seller_id = %(seller)s AND NOT sample),
    EXISTS (
        SELECT FROM stock_stocklevel l JOIN stock_sku s ON s.id = l.sku_id
        WHERE l.seller_id = %(seller)s AND NOT s.sample AND l.on_hand > 0
    ),
    EXISTS (SELECT FROM orders_closure WHERE seller_id = %(seller)s),
    (SELECT count(*) > 1 FROM sellers_membership WHERE seller_id = %(seller)s),
    EXISTS (
        SELECT FROM sellers_store t JOIN orders_order o ON o.store_id = t.id
        WHERE t.seller_id = %(seller)s AND NOT t.sample
    ),
    EXISTS (SELECT FROM sellers_store WHERE seller_id = %(seller)s AND sample)
"""


def first_run(seller: Seller) -> FirstRun:
    """The steps of a seller; samples count for none of them. One query, in SQL since Today asks it
    until somebody hides the steps."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"seller": seller.pk})
        [(store, warehouse, sku, stock, closure, people, order, samples)] = cursor.fetchall()
    said = set(seller.setup_marks)
    steps = (
        Step(
            "store", "store", _("Add your store"),
            _("A store is your shop on one marketplace, with its handling time and cut-off."),
            reverse("sellers:add_store"), _("Add a store"), store,
        ),
        Step(
            "clock", "clock", _("Check handling time and cut-off"),
            _("They decide when an order has to leave. Take what your product pages promise."),
            reverse("sellers:shop"), _("Look at the stores"), "clock" in said,
            _("It is right") if store else "",
        ),
        Step(
            "calendar", "calendar-days", _("Check the working calendar"),
            _("Public holidays and make-up working days are there. Add the days you close."),
            reverse("orders_settings:calendar"), _("Look at the calendar"),
            closure or "calendar" in said, _("It is right"),
        ),
        Step(
            "warehouse", "warehouse", _("Add a warehouse"),
            _("Stock lies in a warehouse, and orders leave from one."),
            reverse("stock_settings:warehouses"), _("Add a warehouse"), warehouse,
        ),
        Step(
            "skus", "boxes", _("Add your SKUs"),
            _("With the codes that you use on the marketplace, so that orders find them."),
            reverse("stock:new"), _("Add a SKU"), sku,
        ),
        Step(
            "stock", "package-plus", _("Book your stock in"),
            _("What is there can be promised to orders, and never twice."),
            reverse("stock:receive"), _("Receive goods"), stock,
        ),
        Step(
            "people", "users", _("Let your colleagues in"),
            _("Each with the role that fits: a packer sees no money."),
            reverse("sellers:people"), _("Add people"), people or "people" in said,
            _("I work alone"),
        ),
        Step(
            "orders", "clipboard-list", _("Bring the first orders in"),
            _("From a file of the marketplace, or over the API from your own system."),
            reverse("marketplaces:import"), _("Import orders"), order,
        ),
    )  # fmt: skip
    return FirstRun(steps, samples, HIDDEN in said)
