"""SKUs in bulk, as files of orders bring them along."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from core import outbox
from core.actor import Actor
from stock.models import Sku

_CODE_LENGTH = Sku._meta.get_field("code").max_length or 64
_NAME_LENGTH = Sku._meta.get_field("name").max_length or 200


class SkuSeed(NamedTuple):
    """A SKU as an order line tells of it. Grams and millimetres; 0 is unknown."""

    seller_id: int
    code: str
    name: str = ""
    weight_grams: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


_INSERT = """
INSERT INTO stock_sku (seller_id, code, name, weight_grams, length_mm, width_mm, height_mm,
    barcode, name_zh, specification, declared_name, declared_name_zh, declared_value,
    declared_currency, hs_code, fragile, battery, liquid, price_currency, on_sale, version,
    created_at, updated_at)
SELECT v.*, '', '', '', '', '', 0, 'USD', '', false, false, false, 'CNY', true, 1, now(), now()
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[])
    AS v(seller_id, code, name, weight_grams, length_mm, width_mm, height_mm)
ON CONFLICT (seller_id, code) DO NOTHING
RETURNING seller_id
"""


def ensure_skus(seeds: Iterable[SkuSeed], *, actor: Actor) -> int:
    """Create those SKUs that do not exist yet, of any number of sellers, with one statement.

    What exists is left as it is. A code too long for a SKU is skipped. Returns how many are new;
    handlers of ``sku.created`` get one message per seller. Needs ``stock:write``.
    """
    actor.require("stock:write")
    # Sorted, so that two imports that bring the same codes queue up instead of blocking each other.
    rows = sorted(
        {
            (seed.seller_id, seed.code): seed._replace(name=(seed.name or seed.code)[:_NAME_LENGTH])
            for seed in seeds
            if 0 < len(seed.code) <= _CODE_LENGTH
        }.values()
    )
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
        made = [row[0] for row in cursor.fetchall()]
    outbox.put_many("sku.created", [(seller_id, {}) for seller_id in dict.fromkeys(made)])
    return len(made)
