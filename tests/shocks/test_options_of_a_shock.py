"""What the verbs of shocks make of days that nobody means."""

from datetime import date, timedelta

import pytest

from adapters.cli.shock_options import RESURVEY_DAYS_DEFAULT, last_day_of_resurveys


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 8, 30), date(2026, 8, 30) + timedelta(days=RESURVEY_DAYS_DEFAULT)),
        (date(9999, 6, 1), date.max),
        (date.max, date.max),
    ],
)
def test_the_window_of_resurveys_ends_with_the_calendar_at_the_latest(first, last):
    assert last_day_of_resurveys(first) == last
