"""What the demo shops hold: ``python -m site_tests.demo_facts``, an answer in JSON.

Asks for the demo shops again first, which must change nothing.
"""

import json
from typing import Any

import django


def facts() -> dict[str, Any]:
    """Figures of the demo shops, and what ``check_invariants`` would name."""
    from django.core.management import call_command
    from django.utils import timezone

    from dashboard.invariants import broken
    from orders.models import Order, OrderEvent
    from orders.queries import list_counts
    from sellers.models import Membership, Seller, User

    before = (Order.objects.count(), OrderEvent.objects.count())
    call_command("demo", force=True, verbosity=0)
    counts = list_counts(Seller.objects.get(code="demo"), timezone.now())
    members = Membership.objects.select_related("user", "seller")
    ops = User.objects.get(email="ops@demo.example")
    return {
        "same": (Order.objects.count(), OrderEvent.objects.count()) == before,
        "stages": sorted(stage for stage, n in counts.stages.items() if n),
        "overdue": counts.overdue,
        "on_hold": counts.on_hold,
        "broken": {name: len(rows) for name, rows in broken().items() if rows},
        "people": {m.user.email: [m.seller.code, m.role] for m in members},
        "ops": [ops.is_staff, ops.check_password("demo-password")],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(facts()))
