"""The demo shop: believable, sound, and the same when it is asked for twice."""

from orders.states import Stage
from site_tests.site import EMPTY, OPS, OWNER, PACKER, SUPPORT, Site


def test_the_demo_shop_shows_everything_and_comes_once(site: Site) -> None:
    found = site.ask("site_tests.demo_facts")
    assert found["same"]
    assert found["stages"] == sorted(Stage.values)
    assert found["overdue"] > 0
    assert found["on_hold"] > 0
    assert found["broken"] == {}
    assert found["people"] == {
        OWNER: ["demo", "owner"],
        PACKER: ["demo", "packer"],
        SUPPORT: ["demo", "support"],
        "owner@other.example": ["other", "owner"],
        EMPTY: ["empty", "owner"],  # of the tests
    }
    assert OPS not in found["people"]
    assert found["ops"] == [True, True]
