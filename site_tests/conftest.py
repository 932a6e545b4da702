"""Fixtures: the site, and people who look at it with a browser that is watched."""

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.text import slugify
from playwright.sync_api import Browser, BrowserContext, Page, expect

from site_tests import THOROUGH
from site_tests.site import OWNER, Site, session_key
from site_tests.watch import Watch

FLAGS = (
    "--no-sandbox",  # Chromium's own sandbox does not start for root; it only sees our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Milliseconds; generous, since machines that test are busy. Nothing waits longer than it must.
PATIENCE = 30_000
OpenAs = Callable[..., Page]


def chromium() -> str | None:
    """The browser: CHROMIUM, or what this machine has."""
    names = (
        os.environ.get("CHROMIUM"),
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
    )
    return next((found for name in names if name and (found := shutil.which(name))), None)


expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            # Each process that tests the site starts a server and a browser: two do it, and while
            # they wait for the browser a third has other tests. One does the work, the other
            # reads: what it was told once it need not ask again. With every page in every look, it
            # leaves those of one language to the first.
            works = item.path.stem in ("test_orders", "test_packing")
            group = "work" if works or (THOROUGH and "-en]" in item.name) else "pages"
            item.add_marker(pytest.mark.xdist_group(group))
    if chromium():
        return
    if THOROUGH:
        raise pytest.UsageError("No Chromium here: install it, or name one with CHROMIUM=/path.")
    out = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    if out:
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


@pytest.fixture(scope="session")
def whole_site(worker_id: str) -> Iterator[Site]:
    site = Site(worker_id)
    try:
        site.start()
        yield site
    finally:
        site.stop()


@pytest.fixture
def site(whole_site: Site) -> Site:
    """The site with the demo shop as it was made, whatever tests before have done to it."""
    whole_site.restore()
    return whole_site


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": chromium(), "args": list(FLAGS)}


def cookies_of(site: Site, user: str | None, language: str, theme: str) -> list[Any]:
    """What makes a browser somebody's."""
    cookies = {"django_language": language, "theme": theme}
    if user:
        cookies["sessionid"] = session_key(user)
    return [{"name": k, "value": v, "url": site.url} for k, v in cookies.items()]


def context_options(site: Site, language: str, *, width: int, height: int) -> dict[str, Any]:
    return {
        "base_url": site.url,
        "viewport": {"width": width, "height": height},
        "locale": {"en": "en-GB", "zh-hans": "zh-CN"}[language],
        "timezone_id": "Asia/Shanghai",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def open_as(site: Site, new_context: Callable[..., BrowserContext]) -> Iterator[OpenAs]:
    """``open_as(PACKER, language="zh-hans", theme="dark", width=360)``: a page of a new browser.

    At the end nothing may have gone wrong in any of them; see ``Watch``.
    """
    watches: list[Watch] = []

    def open_as(
        user: str | None = OWNER,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
    ) -> Page:
        context = new_context(**context_options(site, language, width=width, height=height))
        context.set_default_timeout(PATIENCE)
        context.add_cookies(cookies_of(site, user, language, theme))
        watches.append(Watch(context, site))
        page = context.new_page()
        page.watch = watches[-1]  # type: ignore[attr-defined]
        return page

    yield open_as
    problems = [line for watch in watches for line in watch.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture(scope="session")
def windows(whole_site: Site, browser: Browser) -> Iterator[dict[str, Page]]:
    """Language → a window that all who only look share: opening one costs more than a page."""
    found: dict[str, Page] = {}
    yield found
    for page in found.values():
        page.context.close()


@pytest.fixture
def look_as(
    site: Site, browser: Browser, windows: dict[str, Page], request: pytest.FixtureRequest
) -> Iterator[OpenAs]:
    """Like ``open_as``, for a test that only looks: in a window that others have used."""
    used: list[Page] = []

    def look_as(user: str | None = OWNER, *, language: str = "en") -> Page:
        if language not in windows:
            context = browser.new_context(**context_options(site, language, width=1440, height=900))
            context.set_default_timeout(PATIENCE)
            page = windows[language] = context.new_page()
            page.watch = Watch(context, site)  # type: ignore[attr-defined]
        page = windows[language]
        page.goto("about:blank")
        page.context.clear_cookies()
        page.context.add_cookies(cookies_of(site, user, language, "light"))
        page.watch.begin()  # type: ignore[attr-defined]
        used.append(page)
        return page

    yield look_as
    problems = [line for page in used for line in page.watch.problems]  # type: ignore[attr-defined]
    if problems or getattr(request.node, "failed", False):
        folder = Path(request.config.getoption("--output"))
        for page in used:
            page.screenshot(path=folder / f"{slugify(request.node.name)}.png", full_page=True)
    assert not problems, "\n".join(problems)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Leave with the test whether it has failed, for the fixtures that end after it."""
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture
def page(open_as: OpenAs) -> Page:
    """The owner's browser."""
    return open_as()
