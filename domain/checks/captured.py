"""Checks on how a survey was captured: its days, its clocks, its position and who answered."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise

from domain.checks.finding import Finding
from domain.checks.limits import (
    CAPTURE_DAYS_APART_MAX,
    CLOCK_SKEW_MAX,
    INTERVIEW_HOURS_MAX,
    INTERVIEW_MINUTES_MIN,
    LATITUDE_MICRODEGREES,
    LONGITUDE_MICRODEGREES,
    POSITION_ACCURACY_M_MAX,
    RESPONDENT_AGE_MIN,
    SURVEYED_ON_MIN,
    UNION_COUNCIL_LETTERS_MAX,
)
from domain.checks.table import finding
from domain.questionnaire.answers import Member, Place
from domain.questionnaire.capture import Capture, GeoPoint, TimedSection
from domain.questionnaire.codes import Biometric
from domain.registry_day import PAKISTAN_TIME, day_in_pakistan

_is_p_code = re.compile(r"PK[0-9](?:[0-9]{2}(?:[0-9]{2})?)?").fullmatch
_INTERVIEW_MIN = timedelta(minutes=INTERVIEW_MINUTES_MIN)
_INTERVIEW_MAX = timedelta(hours=INTERVIEW_HOURS_MAX)


def check_day(on: date, received_on: date, found: list[Finding]) -> None:
    """Hold the day of the survey against the day it was received and the first survey of all."""
    if on > received_on:
        found.append(finding("survey_in_the_future", f"The survey is dated {on}, but was received on {received_on}."))
    elif on < SURVEYED_ON_MIN:
        found.append(finding("survey_too_early", f"The survey is dated {on}; the first was taken in 2010."))


def check_place(place: Place, found: list[Finding]) -> None:
    """Hold a place against the form of a P-code; whether it exists is known where the code list is."""
    council = place.union_council
    if not _is_p_code(place.code):
        found.append(finding("place_malformed", f"The place {_shown(place.code)} is no P-code."))
    if council is not None and (not council.strip() or "/" in council or len(council) > UNION_COUNCIL_LETTERS_MAX):
        found.append(finding("place_malformed", f"The union council {_shown(council)} is no plain name."))


def _shown(written: str) -> str:
    return repr(written if len(written) <= UNION_COUNCIL_LETTERS_MAX else f"{written[:UNION_COUNCIL_LETTERS_MAX]}...")


def check_capture(on: date, capture: Capture, by_id: dict[int, Member], found: list[Finding]) -> None:
    """Hold the facts of capture against each other, the day of the survey and the roster."""
    _check_interview(capture, found)
    if capture.sections:
        _check_sections(capture, found)
    if capture.captured_at is not None:
        _check_captured(on, _instant(capture.captured_at), capture.received_at, found)
    if capture.position is not None:
        _check_position(capture.position, found)
    if capture.respondent is not None:
        _check_respondent(by_id.get(capture.respondent.int), found)
    if capture.biometric is Biometric.NOT_MATCHED:
        found.append(finding("respondent_not_matched", "The respondent's finger is not the one in the register."))


def _instant(written: datetime) -> datetime:
    return written if written.tzinfo is not None else written.replace(tzinfo=PAKISTAN_TIME)


def _check_interview(capture: Capture, found: list[Finding]) -> None:
    if capture.started_at is None or capture.ended_at is None:
        return
    took = _instant(capture.ended_at) - _instant(capture.started_at)
    if took < timedelta(0):
        found.append(finding("interview_ends_before_it_begins", "The interview ends before it begins."))
    elif took < _INTERVIEW_MIN:
        found.append(finding("interview_short", f"The interview took {int(took.total_seconds())} seconds."))
    elif took > _INTERVIEW_MAX:
        found.append(finding("interview_long", f"The interview took {took // timedelta(hours=1)} hours."))


def _check_sections(capture: Capture, found: list[Finding]) -> None:
    found.extend(
        finding("section_outside_interview", f"The section {timed.section.word} does not lie in the interview.")
        for timed in capture.sections
        if not _lies_inside(timed, capture)
    )
    for earlier, later in pairwise(capture.sections):
        if later.section <= earlier.section or _instant(later.started_at) < _instant(earlier.ended_at):
            what = f"The section {later.section.word} was taken before {earlier.section.word} was done."
            found.append(finding("sections_out_of_order", what))


def _lies_inside(timed: TimedSection, capture: Capture) -> bool:
    start, end = _instant(timed.started_at), _instant(timed.ended_at)
    after_start = capture.started_at is None or _instant(capture.started_at) <= start
    return after_start and start <= end and (capture.ended_at is None or end <= _instant(capture.ended_at))


def _check_captured(on: date, captured_at: datetime, received_at: datetime | None, found: list[Finding]) -> None:
    if received_at is not None and captured_at - _instant(received_at) > CLOCK_SKEW_MAX:
        found.append(finding("captured_after_received", "The device dates the survey after it was received."))
    day = _day_in_pakistan(captured_at)
    if abs((day - on).days) > CAPTURE_DAYS_APART_MAX:
        found.append(finding("captured_on_another_day", f"The survey is dated {on}, by the device {day}."))


def _day_in_pakistan(instant: datetime) -> date:
    try:
        return day_in_pakistan(instant)
    except OverflowError:  # a device whose clock stands at the end of time
        return instant.date()


def _check_position(position: GeoPoint, found: list[Finding]) -> None:
    south, north = LATITUDE_MICRODEGREES
    west, east = LONGITUDE_MICRODEGREES
    latitude, longitude = position.latitude_microdegrees, position.longitude_microdegrees
    if not (south <= latitude <= north and west <= longitude <= east):
        found.append(finding("position_outside_pakistan", "The device's position lies outside Pakistan."))
    elif position.accuracy_m is not None and position.accuracy_m > POSITION_ACCURACY_M_MAX:
        found.append(finding("position_inaccurate", f"The position is uncertain by {position.accuracy_m} m."))


def _check_respondent(respondent: Member | None, found: list[Finding]) -> None:
    if respondent is None:
        found.append(finding("respondent_not_on_roster", "The respondent is not on the roster."))
    elif respondent.age is not None and respondent.age < RESPONDENT_AGE_MIN:
        what = f"The respondent on line {respondent.line} is {respondent.age}."
        found.append(finding("respondent_under_15", what, respondent))
