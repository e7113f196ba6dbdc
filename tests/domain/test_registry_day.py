"""Days are opened in order, and years are counted with 29 February in mind."""

from datetime import date

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.registry_day import DayOpened, decide_day, years_later
from tests.people import TODAY
from tests.scenario import scenario

given = scenario(lambda days: days[-1].on if days else None, decide_day)


def test_a_day_is_opened_once():
    given().when(TODAY).then(DayOpened(TODAY))


def test_a_day_that_is_past_is_not_opened():
    given(DayOpened(TODAY)).when(date(2024, 5, 19)).then_nothing()


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        (date(2022, 3, 1), 2, date(2024, 3, 1)),
        (date(2020, 2, 29), 2, date(2022, 3, 1)),
        (date(2020, 2, 29), 3, date(2023, 3, 1)),
        (date(2020, 2, 29), 4, date(2024, 2, 29)),
        (date(2022, 2, 28), 2, date(2024, 2, 28)),
    ],
)
def test_years_later_is_the_same_day(day, years, then):
    assert years_later(day, years) == then


@for_all(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(1, 5))
def test_who_was_surveyed_earlier_is_not_due_later(day, other, years):
    assert (day <= other) <= (years_later(day, years) <= years_later(other, years))
