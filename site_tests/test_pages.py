"""Every page, in both languages and themes, wide and narrow: accessible and in one piece."""

from collections.abc import Sequence
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from site_tests import THOROUGH, pages
from site_tests.conftest import OpenAs
from site_tests.site import EMPTY, NOBODY, OPS, PACKER, SUPPORT, Site

WIDTHS = (1440, 1280, 360, 320)
THEMES = ("light", "dark")
#: Pages that are opened every time, those of most work; all others are then only read without a
#: browser, by the tests beside this one.
MAIN = (
    *("", "orders/", "orders/<str:order_id>/", "shipments/", "shipments/<str:shipment_id>/"),
    *("stock/", "pick/<str:wave_id>/", "pack/", "import/", "reports/"),
)
#: Those of them that axe reads every time, and the one that shows every component. It takes longer
#: than all else together.
READ = ("", "orders/", "orders/<str:order_id>/", "/design/")
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "preload": False,  # what is loaded anew is for rules about media and locked orientation
    "rules": {"target-size": {"enabled": True}},
}
#: Rows of a table are alike; the first ones stand for the others.
AXE_CONTEXT = {"exclude": [["tbody > tr:nth-child(n + 11)"]]}


#: What a theme can make wrong; everything else is the same in both. The language decides about
#: everything else.
COLOURS = ["color-contrast", "link-in-text-block"]
ONLY_COLOURS = AXE_OPTIONS | {"runOnly": COLOURS}
NO_COLOURS = AXE_OPTIONS | {
    "rules": {"target-size": {"enabled": True}} | {name: {"enabled": False} for name in COLOURS}
}


def violations(page: Page, options: dict[str, Any] = AXE_OPTIONS) -> list[str]:
    """What axe finds on the page as it is now, one line for each element."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate(
        "([context, options]) => axe.run(context, options)", [AXE_CONTEXT, options]
    )
    return [
        f"{v['id']}: {node['target'][-1]}: {node['html'][:160]} "
        + " ".join(c["message"] for c in (*node["any"], *node["all"], *node["none"]))
        for v in found["violations"]
        for node in v["nodes"]
    ]


def faults(page: Page, language: str) -> list[str]:
    """What is wrong with the page, beside what axe and the watch see."""
    found = page.evaluate("""() => ({
        language: document.documentElement.lang,
        headings: [...document.querySelectorAll("h1")].map((h) => h.textContent.trim()),
        title: document.title,
    })""")
    lines = []
    if found["language"] != language:
        lines.append(f"lang is {found['language']!r}")
    if len(found["headings"]) != 1 or not found["headings"][0]:
        lines.append(f"its h1: {found['headings']}")
    if len(found["title"].split(" · ")[0].strip()) < 2:
        lines.append(f"its title is {found['title']!r}")
    return lines


def overflow(page: Page) -> list[str]:
    """The widths at which the page would scroll sideways, with what sticks out."""
    lines = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        out = page.evaluate("""() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return null;
            return [...document.querySelectorAll("body *")]
                .filter((each) => each.getBoundingClientRect().right > width + 1)
                .slice(0, 3).map((each) => each.outerHTML.slice(0, 160));
        }""")
        if out is not None:
            lines.append(f"scrolls sideways at {width} px: {out}")
    return lines


def in_the_dark(page: Page) -> None:
    """The page in the other theme. Without transitions, colours are read when they have turned."""
    page.evaluate("""() => {
        const still = new CSSStyleSheet();
        still.replaceSync("*, ::before, ::after { transition-property: none !important }");
        document.adoptedStyleSheets.push(still);
        document.documentElement.dataset.theme = "dark";
    }""")


def looked_at(
    page: Page, address: str, language: str, themes: Sequence[str], *, axe: bool
) -> list[str]:
    """Everything that is wrong with one page, its colours in these themes."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(address)
    problems = faults(page, language)
    if axe and not themes:
        problems += violations(page, NO_COLOURS)
    for theme in themes if axe else ():
        if theme == "dark":
            in_the_dark(page)
        options = AXE_OPTIONS if theme == themes[0] else ONLY_COLOURS
        problems += [f"{theme}: {line}" for line in violations(page, options)]
    problems += overflow(page)
    return [f"{address}: {line}" for line in problems]


def looks(n: int) -> list[tuple[str, Sequence[str]]]:
    """In which language and themes the n-th page is looked at: in all of them by ``.ci/run``, else
    in one of the four pairs, another one from page to page."""
    if THOROUGH:
        # Colours are those of the theme, not of the language: they are looked at once.
        return [("en", ()), ("zh-hans", THEMES)]
    return [(("en", "zh-hans")[n % 2], THEMES[n // 2 % 2 :][:1])]


@pytest.mark.parametrize(
    ("route", "language", "themes"),
    [
        pytest.param(route, *look, id="-".join((route, look[0], *look[1])))
        for n, route in enumerate(pages.ROUTES if THOROUGH else MAIN)
        for look in looks(n)
    ],
)
def test_a_page_is_accessible_and_in_one_piece(
    route: str, language: str, themes: Sequence[str], site: Site, look_as: OpenAs
) -> None:
    found = pages.addresses(site).get(route, [])
    if not found:
        return  # what it is instead, the next test says
    axe = THOROUGH or route in READ
    problems = looked_at(look_as(language=language), found[0], language, themes, axe=axe)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("route", pages.ROUTES)
def test_a_route_is_a_page_that_others_lead_to_or_no_page(route: str, site: Site) -> None:
    if pages.addresses(site).get(route) or route in (*pages.FRAGMENTS, *pages.NOT_IN_DEMO):
        return
    if "<" in route:
        assert pages.only_takes_posts(site, route) or pages.is_a_file(route), (
            f"No page leads to {route}. Name an address in site_tests/pages.py."
        )
    else:
        assert site.get(f"/{route}").status in {200, 302, 404, 405}


#: Pages as others see them; the first ones every time.
OTHERS = [
    (None, "/login/"),
    (NOBODY, "/"),
    (EMPTY, "/"),
    (PACKER, "/"),
    (OPS, "/design/"),
    (None, "/password/set/x/y/"),
    (EMPTY, "/orders/"),
    (EMPTY, "/shipments/"),
    (EMPTY, "/stock/"),
    (EMPTY, "/stock/movements/"),
    (EMPTY, "/stock/shortages/"),
    (EMPTY, "/import/"),
    (EMPTY, "/notices/"),
    (EMPTY, "/settings/warehouses/"),
    (PACKER, "/orders/"),
    (PACKER, "/settings/"),
    (SUPPORT, "/"),
    (SUPPORT, "/orders/"),
]


@pytest.mark.parametrize(("user", "address"), OTHERS if THOROUGH else OTHERS[:5])
def test_a_page_for_others_is_accessible_too(
    user: str | None, address: str, look_as: OpenAs
) -> None:
    page = look_as(user, language="zh-hans")
    page.watch.expected |= {403, 404}
    themes, axe = THEMES if THOROUGH else THEMES[:1], THOROUGH or address in READ
    problems = looked_at(page, address, "zh-hans", themes, axe=axe)
    assert not problems, "\n".join(problems)
