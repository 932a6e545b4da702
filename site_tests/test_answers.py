"""Pages read without a browser: no errors for anybody, and light."""

import gzip
import re

import pytest

from site_tests import pages
from site_tests.site import CHINESE, OPS, PACKER, SUPPORT, Site

HTML_BYTES = 150_000
SCRIPT_BYTES = 60_000  # compressed, all scripts of a page together


@pytest.mark.parametrize("user", [PACKER, SUPPORT, OPS])
def test_nobody_meets_a_server_error(user: str, site: Site) -> None:
    answers = {
        address: site.get(address, user=user, language=CHINESE).status
        for found in pages.addresses(site).values()
        for address in found[:1]
    }
    assert set(answers.values()) <= {200, 302, 403, 404}, answers


def test_pages_and_scripts_are_light(site: Site) -> None:
    weights: dict[str, int] = {}
    scripts: dict[str, int] = {}
    heavy = []
    for address in (each for found in pages.addresses(site).values() for each in found):
        html = site.get(address, language=CHINESE).text
        if len(html.encode()) >= HTML_BYTES:
            heavy.append(f"{address}: {len(html.encode()):,} bytes")
        for source in (sources := re.findall(r'<script[^>]+src="([^"]+)"', html)):
            if source not in scripts:
                scripts[source] = len(gzip.compress(site.get(source).text.encode()))
        weights[address] = sum(scripts[source] for source in sources)
    heavy += [f"{a}: scripts of {n:,} bytes" for a, n in weights.items() if n >= SCRIPT_BYTES]
    assert scripts
    assert not heavy, "\n".join(heavy)
