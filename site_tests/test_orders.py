"""Working through orders: from Today to the result, with the mouse, with the keyboard, in two
tabs, and while the list refreshes itself."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from site_tests.conftest import OpenAs
from site_tests.site import OWNER, SUPPORT, Site

ALL_NEW = "/orders/?stage=new"
#: Without the one whose SKU nobody knows and those on hold.
NEW = f"{ALL_NEW}&q=-sku:AE* -is:held"
#: The demo shop is short of this SKU.
IN_STOCK = "q=-sku:CABLE* -sku:AE*"


def rows(page: Page) -> Locator:
    return page.locator("[data-index] > tbody > tr")


def boxes(page: Page) -> Locator:
    return page.locator("[data-index] [data-select]")


def matching(page: Page) -> int:
    """How many orders match the filter, as the offer to take them all says."""
    return int(page.locator("[data-select-matching]").get_attribute("data-total") or 0)


def action(page: Page, name: str) -> Locator:
    return page.locator(f"button[name=action][value={name}]")


def order_in(page: Page, stage: str) -> str:
    """The address of an order in this stage that nothing holds up."""
    page.goto(f"/orders/?stage={stage}&size=100&{IN_STOCK}")
    links = page.locator("[data-index] > tbody > tr:not(:has(.mark)) a[data-row-link]")
    return str(links.last.evaluate("(link) => new URL(link.href).pathname"))


def do(page: Page, name: str, following: str) -> None:
    """An action of the page of one order, its question answered by what it proposes; then the
    page offers the following one."""
    action(page, name).first.click()
    question, offered = page.locator("dialog[open]"), action(page, following).first
    expect(question.or_(offered).first).to_be_visible()
    if question.count():
        question.locator("button[type=submit], button[value=yes]").last.click()
    expect(offered).to_be_visible()


def number_of(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text().strip()


# --- from the log-in on ----------------------------------------------------------------------


def test_somebody_logs_in_and_goes_from_today_to_the_orders(open_as: OpenAs) -> None:
    page = open_as(None)
    page.goto("/orders/")
    page.locator("input[name=username]").fill(OWNER)
    page.locator("input[name=password]").fill("demo-password")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/orders/**")
    page.goto("/")
    page.locator(f'main a[href*="{NEW.partition("?")[0]}"]').first.click()
    page.wait_for_url("**/orders/**")
    expect(rows(page).first).to_be_visible()


def test_the_counts_of_today_are_those_of_the_lists(page: Page) -> None:
    page.goto("/")
    stages = page.locator('main a[href*="stage="]').evaluate_all("""(links) => links.map((link) => [
        link.getAttribute("href"), link.textContent.replace(/[,\\s]/g, " ")
    ])""")
    assert stages
    for address, text in dict(stages).items():
        page.goto(address)
        shown = matching(page) if rows(page).count() else 0
        assert re.search(rf"(?<!\d){shown}(?!\d)", text), (address, text, shown)


# --- many at once ----------------------------------------------------------------------------


def test_all_that_match_are_accepted_and_the_result_names_each_refusal(page: Page) -> None:
    page.goto(f"{ALL_NEW}&size=50")
    total = matching(page)
    page.locator("[data-select-all]").check()
    if total > boxes(page).count():
        page.locator("[data-select-matching]").check()
    expect(page.locator("[data-selected-count]")).to_contain_text(str(total))
    action(page, "accept").click()
    result = page.locator("#result")
    expect(result).to_contain_text("done")
    figures = [int(n) for n in re.findall(r"(\d+) (?:done|refused)", result.inner_text())]
    assert sum(figures) == total
    page.goto(ALL_NEW)
    left = matching(page) if rows(page).count() else 0
    assert left == total - figures[0]


def test_filter_select_act_and_result_with_the_keyboard_alone(page: Page) -> None:
    page.goto(NEW)
    before = rows(page).count()
    sku = rows(page).first.locator(".cell-goods").inner_text().split(" ")[0]
    filter_box = page.locator("#orders-q")
    tab_to(page, filter_box)
    page.keyboard.type(f"{sku} -is:held")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: sku in address)
    assert 0 < rows(page).count() <= before
    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(boxes(page).first).to_be_checked()
    accept = action(page, "accept")
    tab_to(page, accept)
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("1 done")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(400):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the focus never gets there")


# --- one order -------------------------------------------------------------------------------


def test_an_order_goes_from_new_to_confirmed_on_its_page(page: Page) -> None:
    page.goto(order_in(page, "new"))
    number = number_of(page)
    do(page, "accept", "allocate")
    do(page, "allocate", "pack")
    action(page, "pack").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    dialog.locator("select").first.select_option(index=1)
    dialog.locator("input[type=text]").first.fill("LX123456785CN")
    dialog.locator("button[type=submit]").click()
    expect(action(page, "ship").first).to_be_visible()
    do(page, "ship", "upload")
    do(page, "upload", "confirm")
    action(page, "confirm").first.click()
    page.locator("dialog[open]").locator("button[type=submit], button[value=yes]").last.click()
    expect(page.locator("main")).to_contain_text(re.compile("Completed"))
    expect(action(page, "confirm")).to_have_count(0)
    assert number_of(page) == number


def test_a_hold_is_set_and_released(page: Page) -> None:
    page.goto(order_in(page, "stocked"))
    do(page, "hold", "release")
    do(page, "release", "hold")


def test_showing_the_buyer_is_recorded(open_as: OpenAs) -> None:
    page = open_as(SUPPORT)
    page.goto(order_in(page, "stocked"))
    address, name = page.url, "Zhou Min"
    before = page.locator("main").inner_text().count(name)
    button = page.get_by_role("button", name=re.compile("in full|reveal", re.I))
    button.click()
    expect(button).to_have_count(0)
    page.goto(address)
    assert page.locator("main").inner_text().count(name) == before + 1


def test_the_second_of_two_tabs_is_told_and_shows_no_success(open_as: OpenAs) -> None:
    first, second = open_as(), open_as()
    first.goto(order_in(first, "new"))
    do(first, "accept", "allocate")
    second.goto(first.url)
    address = first.url
    do(first, "allocate", "pack")
    assert first.url == address
    second.watch.expected |= {409}
    action(second, "allocate").first.click()
    told = second.locator("dialog[open]")
    expect(told).to_contain_text("changed meanwhile")
    expect(second.locator("[data-toast][data-tone=success]")).to_have_count(0)
    second.goto(address)
    expect(action(second, "pack").first).to_be_visible()


# --- a list that refreshes itself ------------------------------------------------------------


def test_a_refresh_keeps_rows_selection_and_focus_where_they_are(open_as: OpenAs) -> None:
    page, other = open_as(), open_as()
    page.goto(NEW)
    boxes(page).nth(1).check()
    row = rows(page).nth(1)
    number = row.locator("[data-row-link]").inner_text()
    place = row.bounding_box()
    focused = "() => document.activeElement.outerHTML"
    focus = page.evaluate(focused)

    other.goto(NEW)
    boxes(other).nth(0).check()
    action(other, "accept").click()
    expect(other.locator("#result")).to_contain_text("done")

    with page.expect_response(re.compile(r"/orders/")):
        page.evaluate("() => htmx.trigger(document.getElementById('orders'), 'refresh')")
    page.wait_for_timeout(200)
    assert row.locator("[data-row-link]").inner_text() == number
    assert row.bounding_box() == place or page.locator("[data-live-bar]").is_visible()
    expect(boxes(page).nth(1)).to_be_checked()
    assert page.evaluate(focused) == focus


# --- finding ---------------------------------------------------------------------------------


def test_an_exact_number_leads_straight_to_the_order(page: Page) -> None:
    page.goto(order_in(page, "stocked"))
    address, number = page.url, number_of(page)
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(address.partition("?")[0]) + r"(\?.*)?$"))


def test_the_palette_goes_anywhere(page: Page) -> None:
    page.goto("/orders/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.get_by_role("combobox").last.fill("Shortages")
    expect(page.get_by_role("option", name="Shortages").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/stock/shortages/**")


def test_the_preview_shows_an_order_and_leaves_the_list_where_it_is(page: Page) -> None:
    page.goto(NEW)
    address = page.url
    number = rows(page).nth(1).locator("[data-row-link]").inner_text()
    rows(page).nth(1).locator("[data-preview-open]").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text(number)
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    assert page.url == address


# --- files -----------------------------------------------------------------------------------


def test_a_file_is_looked_at_taken_in_and_found_among_the_orders(site: Site, page: Page) -> None:
    template = site.get("/import/template.csv").text
    number = template.strip().splitlines()[1].partition(",")[0]
    site.work()
    page.goto("/import/")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "orders.csv", "mimeType": "text/csv", "buffer": template.encode()}
    )
    page.locator("form:has(input[type=file]) button[type=submit]").first.click()
    expect(page.locator("main")).to_contain_text(number)
    page.locator("form[action$='/start/'] button[type=submit]").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"New\s*1\b"))
    page.goto(f"/orders/?q={number}")
    expect(page.locator("main")).to_contain_text(number)


# --- language, theme, phone ------------------------------------------------------------------


def test_language_and_theme_are_switched_and_stay(open_as: OpenAs) -> None:
    page = open_as(None)
    page.goto("/login/")
    page.locator("button[name=language][value=zh-hans]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.locator("[data-set-theme=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


@pytest.mark.parametrize("address", ["/", "/orders/", "order"])
def test_a_phone_shows_what_matters_and_can_be_touched(
    address: str, site: Site, open_as: OpenAs
) -> None:
    page = open_as(language="zh-hans", width=360, height=740)
    page.goto(order_in(page, "stocked") if address == "order" else address)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    small = page.evaluate("""() => [...document.querySelectorAll("main button, main summary")]
        .filter((each) => each.checkVisibility())
        .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
        .map(([html]) => html)""")
    assert small == []
