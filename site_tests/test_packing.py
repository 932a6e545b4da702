"""Picking and packing orders with nothing but a scanner: keys, ended by Enter."""

import re
from collections import Counter
from typing import Any

from playwright.sync_api import Page, expect

from site_tests.conftest import OpenAs
from site_tests.packing_shop import ORDERS
from site_tests.site import PACKER, Site

SHOP = "site_tests.packing_shop"


class Scanner:
    """A wedge scanner: types into whatever page is open, and waits for its answer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def region(self) -> Any:
        return self.page.locator("[data-scan-region]")

    def says(self, name: str) -> str:
        return self.region.get_attribute(f"data-{name}") or ""

    def __call__(self, text: str) -> str:
        """Scan; the result of the answer."""
        self.region.evaluate("(region) => region.setAttribute('data-old', '1')")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self.page.locator("[data-scan-region]:not([data-old])").wait_for(state="attached")
        return self.says("result")

    def right(self, *texts: str) -> None:
        for text in texts:
            result = self(text)
            assert result in ("right", "ask"), (text, self.says("message"))

    def finish(self) -> None:
        """Answer what is asked after the last unit: checks, box, weight."""
        for _ in range(8):
            step, result = self.says("step"), self.says("result")
            if result == "closed":
                return
            if step == "check":
                self("PASS")
            elif step == "box":
                self("1")
            elif step == "weight":
                text = self.page.locator(".station-weight").inner_text()
                grams = re.sub(r"\D", "", text.split("about")[1])
                self(f"{int(grams) / 1000:.3f}kg")
            else:
                break
        assert self.says("result") == "closed", (self.says("step"), self.says("message"))


def units_of(order: dict[str, Any]) -> list[str]:
    return [line["barcode"] for line in order["lines"] for _ in range(line["quantity"])]


def test_orders_are_picked_and_packed_by_scanner_alone(site: Site, open_as: OpenAs) -> None:
    plan = site.ask(SHOP, "make")
    assert plan["allocated"] == plan["in_wave"] == ORDERS
    orders = plan["orders"]
    page = open_as(PACKER)
    scan = Scanner(page)

    # --- picking: one of the two rare things is not at its place
    page.goto(f"/pick/{plan['wave']['id']}/")
    wanted = Counter(code for order in orders for code in units_of(order))
    for barcode, n in wanted.items():
        if barcode != "6911111111111":
            scan.right(f"{n}*{barcode}")
    assert scan("6999999999999") == "wrong"
    scan.right("6911111111111")
    place = page.locator(".pick", has_text="RARE-1")
    place.locator("summary").focus()
    page.keyboard.press("Enter")
    place.get_by_role("button", name="Report as missing").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Everything is fetched")).to_be_visible()

    # --- packing
    page.goto("/pack/")
    assert scan("6911111111111") == "wrong", "an item before its order"
    for i, order in enumerate(orders):
        if i == 1:
            # The order that lost a unit waits for stock; the other unit may leave by itself.
            scan.right(order["number"], "6911111111111")
            scan.finish()
            continue
        if i == len(orders) - 1:
            break  # went with the one before
        scan.right(order["number"])
        units = units_of(order)
        if i == 0:
            assert scan("6911111111111") == "wrong", "an item of another order"
            expect(page.locator(".scan-answer")).to_contain_text("does not belong")
        if i == len(orders) - 2:
            scan.right("COMBINE")
            units += units_of(orders[i + 1])
        if i == 3:
            # A line is cancelled after it was scanned: all of it has to come out again.
            line = order["lines"][0]
            assert line["quantity"] == 2
            scan.right(line["barcode"], line["barcode"])
            site.ask(SHOP, "cancel", str(line["id"]), "2")
            assert scan("CLOSE") == "wrong"
            scan.right("OUT", line["barcode"], "OUT", line["barcode"])
            assert scan(line["barcode"]) == "wrong"
            expect(page.locator(".scan-answer")).to_contain_text("cancelled")
            units = units_of(order)[2:]
        for unit in units:
            assert scan(unit) in ("right", "closed"), scan.says("message")
        scan.finish()

    # --- a reload in the middle of nothing, and what came of it all
    page.reload()
    expect(page.locator("[data-scan-input]")).to_be_focused()
    report = site.ask(SHOP, "report")
    assert report["broken"] == {}
    expected = Counter()
    missing = {1: 1, 3: 2}  # not found when picking; cancelled
    for i, order in enumerate(orders):
        for line in order["lines"]:
            n = line["quantity"] - (missing.get(i, 0) if line is order["lines"][0] else 0)
            if n:
                expected[f"{order['number']} {line['code']}"] = n
    packed: Counter[str] = Counter()
    for parcel in report["parcels"]:
        packed.update(parcel["units"])
        assert parcel["weight"] > 0
        assert parcel["box"] != "None"
    assert packed == expected
    assert len(report["parcels"]) == ORDERS - 1, "two of them went together"
    stages = Counter(report["stages"].values())
    assert stages == {"packed": ORDERS - 1, "accepted": 1}


def test_scans_wait_for_the_connection_and_count_once(site: Site, open_as: OpenAs) -> None:
    plan = site.ask(SHOP, "make")
    order = next(o for o in plan["orders"][2:] if sum(x["quantity"] for x in o["lines"]) > 2)
    page = open_as(PACKER)
    scan = Scanner(page)
    page.goto("/pack/")
    scan.right(order["number"])
    code = order["lines"][0]["barcode"]
    answered = []

    def lose_the_answer(route: Any) -> None:
        if not answered:
            answered.append(route.fetch().status)  # the server has counted it
            route.abort("connectionreset")
        else:
            route.continue_()

    page.watch.forgive = True  # type: ignore[attr-defined]
    page.route("**/pack/scan/", lose_the_answer)
    assert scan(code) == "right"
    assert answered == [200]
    expect(page.locator(".station-count strong")).to_have_text("1")
    page.reload()
    expect(page.locator(".station-count strong")).to_have_text("1")
