"""Events of orders that become notices in the page. Inside handlers: exactly once."""

from core import outbox
from core.models import OutboxMessage
from sellers.notices import KINDS, notify


def _tell(message: OutboxMessage) -> None:
    if message.seller_id is not None:
        notify(
            seller_id=message.seller_id,
            kind=message.topic.removeprefix("order."),
            count=int(message.payload["count"]),
        )


for _kind in KINDS:
    outbox.on(f"order.{_kind}", name="notices")(_tell)
