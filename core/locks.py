"""Row locks, taken in one order everywhere: store → order → line → shipment → stock level.

Within a table rows are locked by primary key, so that two batches over the same rows queue up
instead of blocking each other. The check comes after the lock.
"""

import random
import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from django.db.models import Model, QuerySet

P = ParamSpec("P")
T = TypeVar("T")
M = TypeVar("M", bound=Model)

#: serialization_failure, deadlock_detected
_RETRY = {"40001", "40P01"}


def lock(rows: QuerySet[M], ids: Iterable[int]) -> list[M]:
    """Lock the rows of ``rows`` with these primary keys, in primary-key order, and read them."""
    return list(
        rows.filter(pk__in=list(ids)).order_by("pk").select_for_update(of=("self",), no_key=True)
    )


def retry_on_deadlock(function: Callable[P, T]) -> Callable[P, T]:
    """Run a whole transaction again when the database chose it as the victim of a deadlock.

    Only for functions that open the outermost transaction themselves; inside another transaction
    the error goes up to whoever opened that.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(5):
            try:
                return function(*args, **kwargs)
            except OperationalError as error:
                code = getattr(error.__cause__, "pgcode", None)
                if code not in _RETRY or connection.in_atomic_block or attempt == 4:
                    raise
                time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311
        raise AssertionError("unreachable")

    return run
