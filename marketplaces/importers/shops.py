"""Where the orders of a file go: into one seller's stores, or into the shops that it names."""

from dataclasses import dataclass, field
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.actor import Actor
from marketplaces.importers.run import Rejection
from sellers.models import Seller, Store, code_validator
from stock.models import Warehouse

MAIN = "MAIN"


@dataclass(slots=True)
class OwnStores:
    """Everything goes into ``store``; a row whose cell ``store`` names another store of the same
    seller goes there. The column ``seller`` is not looked at."""

    store: Store
    by_seller: ClassVar[bool] = False
    _others: dict[str, Store] = field(default_factory=dict)

    def prepare(self, cells: set[tuple[str, str]]) -> None:
        codes = {store for _seller, store in cells if store}
        self._others = {
            store.code: store
            for store in Store.objects.filter(seller=self.store.seller_id, code__in=codes)
        }

    def find(self, seller: str, store: str) -> Store | Rejection:
        if not store or store == self.store.code:
            return self.store
        found = self._others.get(store)
        if found is not None:
            return found
        detail = _("You have no store with this code. Leave the cell empty for the chosen one.")
        return Rejection(0, "store", store, "unknown_store", detail)


@dataclass(slots=True)
class ShopsOfFile:
    """The column ``seller`` names the shop; sellers and stores that do not exist are created, with
    a warehouse. A store is named by the cell ``store``, or like its seller."""

    actor: Actor
    time_zone: str
    by_seller: ClassVar[bool] = True
    _found: dict[tuple[str, str], Store] = field(default_factory=dict)

    @transaction.atomic
    def prepare(self, cells: set[tuple[str, str]]) -> None:
        """At most eight statements, however many shops."""
        self.actor.require("people:write")
        wanted = sorted({(seller, store or seller) for seller, store in cells if _is_code(seller)})
        wanted = [(seller, store) for seller, store in wanted if _is_code(store)]
        codes = sorted({seller for seller, _store in wanted})
        known = set(Seller.objects.filter(code__in=codes).values_list("code", flat=True))
        Seller.objects.bulk_create(
            (
                Seller(code=code, name=code, status=Seller.Status.APPROVED)
                for code in codes
                if code not in known
            ),
            ignore_conflicts=True,
        )
        sellers = {seller.code: seller for seller in Seller.objects.filter(code__in=codes)}
        Warehouse.objects.bulk_create(
            (
                Warehouse(seller=seller, code=MAIN, name=MAIN)
                for code, seller in sellers.items()
                if code not in known
            ),
            ignore_conflicts=True,
        )
        Store.objects.bulk_create(
            (
                Store(
                    seller=sellers[seller],
                    code=store,
                    name=store,
                    marketplace=Store.Marketplace.OTHER,
                    mode=Store.Mode.SEMI_MANAGED,
                    time_zone=self.time_zone,
                )
                for seller, store in wanted
            ),
            ignore_conflicts=True,
        )
        self._found = {
            (store.seller.code, store.code): store
            for store in Store.objects.filter(
                seller__in=sellers.values(), code__in={store for _seller, store in wanted}
            ).select_related("seller")
        }

    def find(self, seller: str, store: str) -> Store | Rejection:
        if not seller:
            return Rejection(0, "seller", "", "required", _("This cell must not be empty."))
        found = self._found.get((seller, store or seller))
        if found is not None:
            return found
        detail = _("This is not a code: use letters, digits, dot, dash and underscore only.")
        if not _is_code(seller):
            return Rejection(0, "seller", seller, "bad_code", detail)
        return Rejection(0, "store", store, "bad_code", detail)


def _is_code(text: str) -> bool:
    try:
        code_validator(text)
    except ValidationError:
        return False
    return True
