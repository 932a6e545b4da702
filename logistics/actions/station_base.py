"""What the parts of the packing table share: a scan on its way in, and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from core.actor import Actor
from core.errors import Refused
from logistics.models import PackSession, Scan
from logistics.station_queries import (
    ShopRules,
    Table,
    entry_of,
    read_entries,
    read_lines,
    read_rules,
)
from sellers.models import Seller

MAX_TEXT = 200


@dataclass(slots=True)
class Answer:
    """What the packer is told. ``table`` is what lies there now, ``None`` with nothing open.

    ``data`` may say ``stay``: the parcel is not closed by this scan, though nothing is left to do.
    """

    result: str
    message: str
    table: Table | None = None
    again: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Entering:
    """One scan on its way in: what the parts of the station read and write."""

    seller: Seller
    actor: Actor
    client_id: str
    text: str
    table: Table | None
    wave: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    #: The parcel that the page shows, when it is not on the table any more.
    stale: str = ""

    @property
    def on_table(self) -> Table:
        """What lies on the table, where something does."""
        if self.table is None:
            raise Wrong("empty")
        return self.table

    def write(
        self,
        kind: str,
        result: str,
        message: str,
        *,
        line: int | None = None,
        quantity: int = 0,
        data: Mapping[str, Any] | None = None,
    ) -> Scan:
        """Write the scan, once; its entry is added to the table."""
        scan = Scan.objects.create(
            seller=self.seller,
            client_id=self.client_id,
            session=self.table.session if self.table else None,
            wave_id=self.wave if self.table is None else None,
            kind=kind,
            result=result,
            text=self.text[:MAX_TEXT],
            line_id=line,
            quantity=quantity,
            data=dict(data or {}),
            message=message[:500],
            actor=self.actor.name[:120],
            at=timezone.now(),
        )
        if self.table is not None:
            self.table.entries.append(entry_of(scan))
        return scan


class Wrong(Refused):
    """A scan that does not count: red screen, low tone, nothing moves on. ``data`` is kept with
    it, for what the page offers then."""

    code = "wrong"
    data: Mapping[str, Any] = {}


def table_of(session: PackSession, scans: list[Scan] | None = None) -> Table:
    """What lies on a table: its scans, and its orders as they are now."""
    if scans is None:
        scans = read_entries(session.seller, session)
    table = Table(session, entries=[entry_of(s) for s in scans if s.session_id == session.pk])
    read_lines(table)
    return table


def look(seller: Seller, table: Table | None) -> None:
    """Read the shop's rules when they matter: all units are in."""
    if table is not None and table.whole and table.rules is None:
        need_rules(seller, table)


def need_rules(seller: Seller, table: Table) -> ShopRules:
    """Read the shop's rules for what is in the box."""
    counts = table.state.counts
    skus = {line.sku for line in table.lines if line.sku and counts.get(line.id)}
    table.rules = read_rules(seller, skus)
    return table.rules
