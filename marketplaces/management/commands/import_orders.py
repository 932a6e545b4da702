"""``manage.py import_orders``: a file of orders from the command line (docs/order-file.md)."""

import json
from argparse import ArgumentParser
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from core.actor import Actor
from marketplaces.importers.order_csv import FileProblem
from marketplaces.importers.run import ImportResult, Shops, run_import
from marketplaces.importers.shops import OwnStores, ShopsOfFile
from sellers.models import Store

_SHOWN = 20


class Command(BaseCommand):
    help = "Take the orders of a CSV file in (docs/order-file.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("--store", metavar="CODE", help="the store that the orders belong to")
        where.add_argument(
            "--create-sellers",
            action="store_true",
            help="the column “seller” names the shop; unknown ones are created",
        )
        parser.add_argument(
            "--seller", metavar="CODE", help="whose store, when several have a store of that code"
        )
        parser.add_argument(
            "--timezone",
            metavar="ZONE",
            help="zone of times that have none (default: the store's, else Asia/Shanghai)",
        )
        parser.add_argument(
            "--shift-to-now",
            action="store_true",
            help="move all times by whole days, so that the newest order is from the last 24 hours",
        )
        parser.add_argument(
            "--create-skus",
            action="store_true",
            help="create SKUs that do not exist yet (with --create-sellers: always)",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = Actor("import", None, "import_orders")
        shops: Shops
        if options["create_sellers"]:
            zone = options["timezone"] or "Asia/Shanghai"
            shops = ShopsOfFile(actor, zone)
        else:
            store = self._store(options["store"], options["seller"])
            zone = options["timezone"] or store.time_zone
            shops = OwnStores(store)
        try:
            result = run_import(
                options["file"],
                shops=shops,
                actor=actor,
                zone=self._zone(zone),
                to_now=options["shift_to_now"],
                create_skus=options["create_skus"] or options["create_sellers"],
            )
        except FileProblem as problem:
            raise CommandError(str(problem)) from None
        except OSError as error:
            raise CommandError(
                _("The file %(name)s cannot be opened: %(reason)s.")
                % {"name": options["file"], "reason": error.strerror or error}
            ) from None
        if options["json"]:
            self.stdout.write(json.dumps(result.as_dict(), ensure_ascii=False))
        else:
            self._tell(result)

    def _store(self, code: str, seller: str | None) -> Store:
        stores = Store.objects.filter(code=code).select_related("seller")
        if seller:
            stores = stores.filter(seller__code=seller)
        found = list(stores[:2])
        if not found:
            raise CommandError(_("There is no store “%(code)s”.") % {"code": code})
        if len(found) > 1:
            raise CommandError(
                _("Several sellers have a store “%(code)s”. Say whose with --seller.")
                % {"code": code}
            )
        return found[0]

    def _zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            raise CommandError(
                _("“%(name)s” is not a time zone. Use a name such as Asia/Shanghai.")
                % {"name": name}
            ) from None

    def _tell(self, result: ImportResult) -> None:
        self.stdout.write(
            _("%(rows)d rows, read as %(encoding)s.")
            % {"rows": result.rows, "encoding": result.encoding}
        )
        if result.shift_days:
            self.stdout.write(
                _("All times were moved by %(days)d days.") % {"days": result.shift_days}
            )
        if result.unknown_columns:
            self.stdout.write(
                _("Columns left out: %(columns)s.") % {"columns": ", ".join(result.unknown_columns)}
            )
        self.stdout.write(
            _(
                "Orders: %(created)d created, %(updated)d updated, %(unchanged)d unchanged, "
                "%(rejected)d rejected."
            )
            % {
                "created": result.created,
                "updated": result.updated,
                "unchanged": result.unchanged,
                "rejected": result.rejected,
            }
        )
        rejections = sorted(result.rejections, key=lambda r: r.row)
        for rejection in rejections[:_SHOWN]:
            self.stdout.write(
                _("Row %(row)d, %(column)s: %(detail)s")
                % {
                    "row": rejection.row,
                    "column": rejection.column or "—",
                    "detail": rejection.detail,
                }
            )
        if len(rejections) > _SHOWN:
            self.stdout.write(_("… and %(count)d more.") % {"count": len(rejections) - _SHOWN})
