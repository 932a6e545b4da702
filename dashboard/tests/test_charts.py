"""Geometry of the charts."""

import pytest

from dashboard import charts


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 1), (0.7, 1), (1, 1), (1.1, 2), (2.2, 2.5), (4, 5), (5.9, 10), (163, 200), (1000, 1000)],
)
def test_an_axis_ends_at_a_round_number(highest, top):
    assert charts.nice_top(highest) == pytest.approx(top)


def test_a_line_has_a_gap_where_nothing_is_known():
    drawn = charts.line([("a", 1), ("b", None), ("c", 2), ("d", 1)], ["1", "", "2", "1"])
    assert drawn.path == "M125 100M625 0L875 100"
    assert [dot.text for dot in drawn.dots] == ["1", "2", "1"]
    assert drawn.area == ""
    assert drawn.ticks == [2, 1, 0]


def test_a_limit_is_inside_the_drawing_although_no_value_reaches_it():
    drawn = charts.line([("a", 1), ("b", 1)], ["", ""], limit=4, over=[False, True])
    assert drawn.limit == 40
    assert [dot.tone for dot in drawn.dots] == ["", "danger"]


def test_stacked_bars_stand_on_each_other():
    drawn = charts.bars([("a", [("ok", 3), ("bad", 1)]), ("b", [("ok", 0), ("bad", 5)])], ["", ""])
    assert [(bar.kind, bar.y, bar.height) for bar in drawn.bars] == [
        ("ok", 80, 120),
        ("bad", 40, 40),
        ("bad", 0, 200),
    ]


def test_labels_are_thinned_out_and_keep_both_ends():
    drawn = charts.bars([(str(n), []) for n in range(30)], [""] * 30)
    assert len(drawn.labels) == 7
    assert (drawn.labels[0], drawn.labels[-1]) == ("0", "29")


@pytest.mark.parametrize(
    ("count", "highest", "step"), [(0, 9, 0), (1, 100, 1), (50, 100, 3), (100, 100, 5), (0, 0, 0)]
)
def test_a_cell_is_as_strong_as_its_share_of_the_highest(count, highest, step):
    assert charts.heat_step(count, highest) == step


def test_a_sparkline_needs_two_values():
    assert charts.spark([1, None]) == ("", None)
    assert charts.spark([0, None, 4], 2) == ("M0.0 22.0M100.0 2.0", 12)
