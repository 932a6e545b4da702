"""Two questions a load balancer asks: is the process alive, and can it do its work?"""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

BROKER_SECONDS = 3


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all; touches nothing."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and migrations are in order, else 503; says which is not."""
    checks: dict[str, Callable[[], str]] = {
        "database": database_state,
        "broker": broker_state,
        "migrations": migrations_state,
    }
    results = {name: check() for name, check in checks.items()}
    ready = all(result == "ok" for result in results.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "checks": results},
        status=200 if ready else 503,
    )


def database_state() -> str:
    """ "ok" when the database answers a query, else "unreachable"."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def broker_state() -> str:
    """ "ok" when the broker answers a ping within seconds, else "unreachable"."""
    client = redis.Redis.from_url(
        str(settings.CACHES["default"]["LOCATION"]),
        socket_connect_timeout=BROKER_SECONDS,
        socket_timeout=BROKER_SECONDS,
    )
    try:
        client.ping()
    except redis.RedisError:
        return "unreachable"
    finally:
        client.close()
    return "ok"


def migrations_state() -> str:
    """ "ok" when every migration of this code is applied, "unapplied" or "unknown" if not."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown"
    return "unapplied" if plan else "ok"
