"""The room that a rate has left."""

from decimal import Decimal

import pytest

from dashboard.budget import Budget, budget

FOUR = Decimal(4)


def days(*bad: int, total: int = 10) -> list[tuple[int, int]]:
    return [(n, total) for n in bad]


def test_nothing_counted_says_nothing():
    assert budget(days(0, 0, total=0), FOUR) == Budget(False, None, None)


def test_a_clean_month_has_the_room_of_its_volume():
    # 300 orders, 4 % are 12; the week ahead keeps the volume.
    assert budget(days(*[0] * 30), FOUR) == Budget(False, 12, 0)


def test_what_is_bad_already_takes_from_the_room():
    assert budget(days(*[0] * 29, 9), FOUR).spare == 3


def test_exactly_at_the_limit_is_not_over_and_has_no_room():
    assert budget(days(*[0] * 29, 12), FOUR) == Budget(False, 0, 0)


def test_bad_days_that_leave_the_window_give_room_only_after_they_left():
    # The ten bad ones leave on the first day: 12 of 300 may be bad afterwards.
    assert budget(days(10, *[0] * 29), FOUR).spare == 12
    # They leave on the third day: until then only two more fit.
    assert budget(days(0, 0, 10, *[0] * 27), FOUR).spare == 2


def test_above_the_limit_it_says_how_many_good_ones_bring_it_back():
    # 16 of 300; 16 of 400 are 4 %.
    assert budget(days(*[0] * 29, 16), FOUR) == Budget(True, 0, 100)


def test_no_number_of_good_ones_meets_a_limit_of_nothing():
    assert budget(days(*[0] * 29, 1), Decimal(0)) == Budget(True, 0, None)


def test_there_are_never_more_to_spare_than_will_come():
    assert budget(days(*[0] * 30, total=1), Decimal(90)).spare == 7


@pytest.mark.parametrize("limit", ["0.5", "4", "33.33"])
def test_the_room_is_the_most_that_keeps_every_day_within_the_limit(limit):
    window = [(i % 3 == 0, 8 + i % 5) for i in range(30)]
    share = Decimal(limit) / 100
    found = budget(window, Decimal(limit))
    pace = Decimal(sum(d for _, d in window)) / 30

    def fits(more: int) -> bool:
        return all(
            sum(b for b, _ in window[day:]) + more
            <= share * (sum(d for _, d in window[day:]) + pace * day)
            for day in range(1, 8)
        )

    assert found.spare is not None
    assert found.spare == 0 or fits(found.spare)
    assert found.spare == int(pace * 7) or not fits(found.spare + 1)
