"""What one operator, device or centre recorded."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from adapters.audit import activity
from adapters.audit.activity import Act, Days, Hours, Summary, Who, acts, median_of
from adapters.registry.opening import Registry
from adapters.submissions.shape import AnySubmission, RosterUpdate
from domain.questionnaire.capture import Capture
from tests.households import Clock, common, lone_woman, memory_registry, missed_out
from tests.registry.desk import MAY, bride

MONDAY_AT_TEN = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""In Pakistan, five hours later."""


@pytest.fixture
def clock() -> Clock:
    return Clock(MONDAY_AT_TEN)


@pytest.fixture
def registry(tmp_path: Path, clock: Clock) -> Registry:
    registry = memory_registry(tmp_path, clock)
    registry.desk.open_day()
    return registry


def submit(registry: Registry, submission: AnySubmission, **who: object) -> None:
    registry.door.submit(replace(submission, **who))


def first_survey(number: int) -> AnySubmission:
    return missed_out(date(2022, 3, 1), lone_woman(f"90000002{number:05}"), number=number)


def recorded_by(registry: Registry, who: Who, days: Days | None = None) -> list[Act]:
    return list(acts(registry.log, who, days or Days(), registry.log.last_position()))


def summed(registry: Registry, who: Who) -> Summary:
    summary = Summary(Hours())
    for act in recorded_by(registry, who):
        summary.add(act)
    return summary


def test_whoever_bears_a_name_that_begins_alike_is_somebody_else(registry: Registry) -> None:
    submit(registry, first_survey(1), operator="op-1")
    submit(registry, first_survey(2), operator="op-11")
    assert [act.by for act in recorded_by(registry, Who("operator", "op-1"))] == ["op-1"]


def test_a_device_and_a_centre_are_looked_for_in_their_own_place(registry: Registry) -> None:
    submit(registry, first_survey(1), operator="seven", device="tablet", centre="desk-7")
    submit(registry, first_survey(2), operator="tablet", device="seven", centre="seven")
    assert [act.device for act in recorded_by(registry, Who("device", "tablet"))] == ["tablet"]
    assert [act.centre for act in recorded_by(registry, Who("centre", "seven"))] == ["seven"]


def test_a_refusal_is_told_with_the_checks_that_refused_it(registry: Registry) -> None:
    submit(registry, first_survey(1), operator="op-1")
    same_number = missed_out(date(2022, 3, 2), lone_woman("9000000200001"), number=2)
    submit(registry, same_number, operator="op-1")
    refused = recorded_by(registry, Who("operator", "op-1"))[-1]
    assert refused.refused
    assert refused.said == "missed out refused: number_on_another_roster"
    assert summed(registry, Who("operator", "op-1")).total("refused") == 1


def test_what_was_said_of_a_household_names_nobody(registry: Registry) -> None:
    submit(registry, missed_out(), operator="op-1")
    (act,) = recorded_by(registry, Who("operator", "op-1"))
    assert act.said == "registered: 4 members in PK20101"
    assert act.household is not None


def test_an_officer_of_policies_is_found_by_name_too(registry: Registry) -> None:
    (act,) = recorded_by(registry, Who("operator", "clock"))
    assert (act.said, act.household) == ("day opened", None)


def test_days_are_those_of_recording_in_pakistan(registry: Registry, clock: Clock) -> None:
    clock.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # one in the morning there, on the next day
    submit(registry, first_survey(1), operator="op-1")
    who = Who("operator", "op-1")
    assert recorded_by(registry, who, Days(date(2026, 11, 24), date(2026, 11, 24)))
    assert not recorded_by(registry, who, Days(until=date(2026, 11, 23)))


def test_the_events_of_one_submission_are_one_filing(registry: Registry) -> None:
    submit(registry, missed_out(), operator="desk")
    (act,) = recorded_by(registry, Who("operator", "desk"))
    assert act.household is not None
    both = (bride("9000000000041", 5), bride("9000000000058", 6))
    submit(registry, RosterUpdate(household=act.household, changes=both, **common(MAY)), operator="op-2")
    summary = summed(registry, Who("operator", "op-2"))
    assert (summary.total("filings"), summary.total("events")) == (1, 2)


def test_an_hour_counts_as_the_device_took_it_where_it_says_so(registry: Registry) -> None:
    at_night = Capture(captured_at=MONDAY_AT_TEN - timedelta(hours=8))
    submit(registry, first_survey(1), operator="op-1")
    submit(registry, first_survey(2), operator="op-1", capture=at_night)
    assert summed(registry, Who("operator", "op-1")).total("out_of_hours") == 1


@pytest.mark.parametrize(
    ("utc", "is_out"),
    [
        (datetime(2026, 11, 23, 2, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 3, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 12, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 13, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 7, 0, tzinfo=UTC), True),
    ],
)
def test_work_is_from_eight_to_eighteen_in_pakistan_and_not_on_sundays(utc: datetime, is_out: bool) -> None:
    assert Hours().are_out(utc) is is_out


def test_minutes_between_filings_are_those_of_one_day(registry: Registry, clock: Clock) -> None:
    for number, minute in enumerate((0, 3, 10, 10), 1):
        clock.now = MONDAY_AT_TEN + timedelta(minutes=minute)
        submit(registry, first_survey(number), operator="op-1")
    clock.now = MONDAY_AT_TEN + timedelta(days=1)
    submit(registry, first_survey(5), operator="op-1")
    summary = summed(registry, Who("operator", "op-1"))
    assert summary.minutes_between == 3  # of 3, 7 and 0
    assert [each.filings for each in summary.days.values()] == [4, 1]


def test_without_a_second_filing_nothing_lies_between(registry: Registry) -> None:
    submit(registry, first_survey(1), operator="op-1")
    assert summed(registry, Who("operator", "op-1")).minutes_between is None


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle() -> None:

    assert median_of(Counter({1: 1, 4: 3, 9: 4})) == 6.5


def test_a_log_of_many_batches_is_read_whole(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "READ_EVENTS", 2)
    for number in range(1, 8):
        submit(registry, first_survey(number), operator="op-1")
    read: list[int] = []
    last = registry.log.last_position()
    assert len(list(acts(registry.log, Who("operator", "op-1"), Days(), last, read.append))) == 7
    assert sum(read) == last
