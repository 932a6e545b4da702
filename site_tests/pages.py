"""Which pages there are: every route, with addresses that the pages themselves lead to.

New routes are found by themselves. One that nothing links to needs a line in ``UNLINKED``; without
it the test of the route says so.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from site_tests.html import Document
from site_tests.site import CHINESE, Site

#: Routes that are no pages for sellers: staff's, the API, what machines ask.
NOT_OURS = ("admin/", "api/", "design/", "livez", "readyz")
#: Addresses of routes that no page leads to.
UNLINKED: dict[str, list[str]] = {
    "password/set/<uidb64>/<token>/": ["/password/set/x/y/"],
    "settings/rules/<str:marketplace>/<str:mode>/": ["/settings/rules/aliexpress/semi_managed/"],
}
#: So many addresses of one route are looked at.
EACH = 2


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """Every route of the product, as ``orders/<str:order_id>/``."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if route.startswith(NOT_OURS):
            continue
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


ROUTES = sorted(set(routes()))


@cache
def addresses(site: Site) -> dict[str, list[str]]:
    """Route → addresses with whole pages for an owner. Follows the links from Today on, a few for
    each route."""
    pages: dict[str, list[str]] = defaultdict(list)
    tried: dict[str, int] = defaultdict(int)
    waiting = [f"/{route}" for route in ROUTES if "<" not in route]
    waiting += [address for known in UNLINKED.values() for address in known]
    seen = set(waiting)
    while waiting:
        address = waiting.pop(0)
        route = route_of(address)
        if route is None or tried[route] >= EACH:
            continue
        answer = site.get(address, language=CHINESE)  # as those who read them next
        if answer.status in (301, 302):
            follow = [answer.headers["Location"]]
        else:
            tried[route] += 1
            if not answer.is_page:
                continue  # a file, a part of a page, something that only takes posts
            pages[route].append(address)
            follow = Document.of(answer.text).links
        for link in follow:
            parts = urlsplit(urljoin(address, link))
            if not parts.netloc and parts.path not in seen:
                seen.add(parts.path)
                waiting.append(parts.path)
    return dict(pages)


def route_of(address: str) -> str | None:
    """The route that answers this address; None for what is not ours."""
    try:
        route = resolve(urlsplit(address).path).route
    except Resolver404:
        return None
    return None if route.startswith(NOT_OURS) else route


#: Answers with another page: where a notice leads.
NOT_IN_DEMO = ("notices/<str:notice_id>/",)
#: Parts of pages, which their pages ask for by themselves.
FRAGMENTS = (
    *("orders/<str:order_id>/address/", "orders/<str:order_id>/changes/"),
    *("orders/<str:order_id>/preview/",),
)


def is_a_file(route: str) -> bool:
    """Whether the route answers with a file to keep, by its name."""
    return bool(re.search(r"\.(csv|xlsx|pdf|zip|json|jpg)$|/file/$", route))


def only_takes_posts(site: Site, route: str) -> bool:
    """Whether the route refuses to be read, whatever it names."""
    return site.get("/" + re.sub(r"<[^>]+>", "x", route)).status == 405
