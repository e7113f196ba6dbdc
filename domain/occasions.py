"""The six occasions on which a household may be asked: one table of who, by which clock, with what evidence.

Source of the occasions and their clocks: annual report of the registry, FY 2022-23. The appeal was designed and never
launched, so it is closed until a programme states a rule for it.
"""

from datetime import date
from functools import lru_cache

import msgspec

from domain.code import Code
from domain.questionnaire.codes import Evidence, JoinReason, LeaveReason, MaritalStatus, Occasion
from domain.registry_day import years_later

YEARS_BETWEEN_CYCLIC_UPDATES = 2
YEARS_BETWEEN_RECERTIFICATIONS = 3
_DAYS_REMEMBERED_MAX = 4096


class Status(Code):
    """Where a household stands with programmes that recertify; one that none of them takes is above the cut-off."""

    UNREGISTERED = 1
    BENEFICIARY = 2
    ELIGIBLE_NOT_ENROLLED = 3
    BLOCKED = 4
    ABOVE_CUTOFF = 5


class Clock(Code):
    """What opens an occasion in time."""

    ANY_DAY = 1
    NEVER_SURVEYED = 2
    SHOCK_WINDOW = 3
    YEARS_SINCE_FULL_SURVEY = 4
    PROGRAMME_CONDITIONS = 5


class OccasionRule(msgspec.Struct, frozen=True):
    """One row of the table. `years` is the default; a programme may set its own interval of recertification.

    `evidence` is shown beside the interview; what a roster update needs depends on what changed (ROSTER_CHANGES).
    """

    occasion: Occasion
    statuses: frozenset[Status]
    clock: Clock
    full_survey: bool
    rescored: bool
    years: int = 0
    evidence: tuple[Evidence, ...] = ()
    says: str = ""


REGISTERED = frozenset({Status.BENEFICIARY, Status.ELIGIBLE_NOT_ENROLLED, Status.BLOCKED, Status.ABOVE_CUTOFF})

OCCASIONS: dict[Occasion, OccasionRule] = {
    rule.occasion: rule
    for rule in (
        OccasionRule(
            Occasion.MISSED_OUT,
            frozenset({Status.UNREGISTERED}),
            Clock.NEVER_SURVEYED,
            full_survey=True,
            rescored=True,
            says="only a household that was never surveyed is missed out",
        ),
        OccasionRule(
            Occasion.ROSTER_UPDATE,
            REGISTERED,
            Clock.ANY_DAY,
            full_survey=False,
            rescored=True,
            says="any registered household may bring its roster up to date",
        ),
        OccasionRule(
            Occasion.SHOCK,
            REGISTERED,
            Clock.SHOCK_WINDOW,
            full_survey=True,
            rescored=True,
            says="only households that a shock struck where they lived at its impact, within its window, once a shock",
        ),
        OccasionRule(
            Occasion.APPEAL,
            REGISTERED - {Status.BENEFICIARY},
            Clock.PROGRAMME_CONDITIONS,
            full_survey=True,
            rescored=True,
            says="only non-beneficiaries who meet the conditions a programme states for appeals",
        ),
        OccasionRule(
            Occasion.CYCLIC,
            frozenset({Status.ABOVE_CUTOFF}),
            Clock.YEARS_SINCE_FULL_SURVEY,
            full_survey=True,
            rescored=True,
            years=YEARS_BETWEEN_CYCLIC_UPDATES,
            says="only households above the cut-off, two years after their last full survey",
        ),
        OccasionRule(
            Occasion.RECERTIFICATION,
            frozenset({Status.BENEFICIARY}),
            Clock.YEARS_SINCE_FULL_SURVEY,
            full_survey=True,
            rescored=True,
            years=YEARS_BETWEEN_RECERTIFICATIONS,
            says="only beneficiary households, three years after their last full survey",
        ),
    )
}

_BELIEVED: tuple[Evidence, ...] = ()
"""Taken on the household's word, and checked with the citizen register where that knows."""

EVIDENCE_TO_JOIN: dict[JoinReason, tuple[Evidence, ...]] = {
    JoinReason.BIRTH: (Evidence.CRC, Evidence.CITIZEN_REGISTER),
    JoinReason.MARRIAGE: (Evidence.MARRIAGE_CERTIFICATE, Evidence.CITIZEN_REGISTER),
    JoinReason.RETURN: (Evidence.CNIC, Evidence.CITIZEN_REGISTER),
}
"""Any one of these opens the door for a joining member; splits and merges need none of their own."""

EVIDENCE_TO_LEAVE: dict[LeaveReason, tuple[Evidence, ...]] = {
    LeaveReason.DEATH: _BELIEVED,
    LeaveReason.MARRIAGE: _BELIEVED,
    LeaveReason.DEPARTURE: (
        Evidence.CITIZEN_REGISTER,
        Evidence.STATEMENT_OF_TWO_WITNESSES,
        Evidence.COURT_ORDER,
    ),
}
"""A departure takes evidence (annual report); a death or marriage is believed and checked with the citizen register."""

EVIDENCE_OF_STATUS: dict[MaritalStatus, tuple[Evidence, ...]] = {
    MaritalStatus.DIVORCED: (Evidence.DIVORCE_CERTIFICATE, Evidence.CITIZEN_REGISTER, Evidence.COURT_ORDER),
}
"""Only a divorce takes evidence; the rest is believed and checked with the citizen register."""

EVIDENCE_OF_CERTIFICATION = (Evidence.DISABILITY_CERTIFICATE, Evidence.CITIZEN_REGISTER)
"""For a disability that counts as certified; one that is only stated is believed."""

EVIDENCE_OF_GENDER = (Evidence.CNIC, Evidence.CITIZEN_REGISTER)
"""The CNIC must carry the gender (board of the programme, December 2022)."""


class RosterChange(msgspec.Struct, frozen=True):
    """One kind of roster update: any one of `evidence` is shown, none where it is believed.

    `rescored`: whether score, eligibility or who is paid may move, so that the household is assessed anew.
    """

    what: str
    evidence: tuple[Evidence, ...]
    rescored: bool


ROSTER_CHANGES = (
    RosterChange("member added by birth", EVIDENCE_TO_JOIN[JoinReason.BIRTH], rescored=True),
    RosterChange("member added by marriage", EVIDENCE_TO_JOIN[JoinReason.MARRIAGE], rescored=True),
    RosterChange("member added by return", EVIDENCE_TO_JOIN[JoinReason.RETURN], rescored=True),
    RosterChange("member removed by death", EVIDENCE_TO_LEAVE[LeaveReason.DEATH], rescored=True),
    RosterChange("member removed by marriage", EVIDENCE_TO_LEAVE[LeaveReason.MARRIAGE], rescored=True),
    RosterChange("member removed by departure", EVIDENCE_TO_LEAVE[LeaveReason.DEPARTURE], rescored=True),
    RosterChange("head changed", _BELIEVED, rescored=True),
    RosterChange("marital status changed to divorced", EVIDENCE_OF_STATUS[MaritalStatus.DIVORCED], rescored=True),
    RosterChange("marital status changed otherwise", _BELIEVED, rescored=True),
    RosterChange("disability certified", EVIDENCE_OF_CERTIFICATION, rescored=True),
    RosterChange("disability changed otherwise", _BELIEVED, rescored=True),
    RosterChange("gender changed", EVIDENCE_OF_GENDER, rescored=True),
    RosterChange("recipient chosen", _BELIEVED, rescored=True),
    RosterChange("contact changed", _BELIEVED, rescored=False),
    RosterChange("address changed", _BELIEVED, rescored=False),
)
"""What a roster update may bring (annual report), with the evidence that each needs."""


class ShockWindow(msgspec.Struct, frozen=True):
    """A shock that hit this household, its window of resurvey, and the day it was resurveyed for it, if it was."""

    shock: str
    opens_on: date
    closes_on: date
    answered_on: date | None = None


class Situation(msgspec.Struct, frozen=True):
    """What the occasions depend on. `appeals` names programmes whose conditions of appeal the household meets."""

    status: Status = Status.UNREGISTERED
    last_full_survey_on: date | None = None
    shocks: tuple[ShockWindow, ...] = ()
    appeals: tuple[str, ...] = ()
    recertify_every_years: int = YEARS_BETWEEN_RECERTIFICATIONS


class Opening(msgspec.Struct, frozen=True):
    """Whether an occasion is open, why or why not, and from which day if time alone will open it."""

    occasion: Occasion
    is_open: bool
    why: str
    from_day: date | None = None


def openings(situation: Situation, on: date) -> tuple[Opening, ...]:
    """All six occasions for one household on one day."""
    return tuple(opening(rule, situation, on) for rule in OCCASIONS.values())


def opening(rule: OccasionRule, situation: Situation, on: date, subject: str | None = None) -> Opening:
    """One occasion for one household on one day; `subject` narrows it to one shock or one programme."""
    if rule.clock is Clock.NEVER_SURVEYED and situation.status is not Status.UNREGISTERED:
        if situation.last_full_survey_on is None:
            return Opening(
                rule.occasion, is_open=True, why="the household parted from another and has no survey of its own"
            )
        return _shut(rule, f"the household is registered, last surveyed on {situation.last_full_survey_on}")
    if situation.status not in rule.statuses:
        return _shut(rule, f"{rule.says}; this household is {situation.status.word.replace('_', ' ')}")
    match rule.clock:
        case Clock.ANY_DAY | Clock.NEVER_SURVEYED:
            return Opening(rule.occasion, is_open=True, why=rule.says)
        case Clock.YEARS_SINCE_FULL_SURVEY:
            return _by_years(rule, situation, on)
        case Clock.SHOCK_WINDOW:
            return _by_shock(rule, situation, on, subject)
        case Clock.PROGRAMME_CONDITIONS:
            return _by_appeal(rule, situation, subject)


def due_on(situation: Situation) -> tuple[Occasion, date] | None:
    """The full survey that time alone will make due for this household, and its day."""
    if situation.last_full_survey_on is None:
        return None
    return _due(situation.status, situation.last_full_survey_on, situation.recertify_every_years)


@lru_cache(_DAYS_REMEMBERED_MAX)
def _due(status: Status, since: date, recertify_every_years: int) -> tuple[Occasion, date] | None:
    """Remembered, since thousands of households were surveyed on one day."""
    rule = _DUE_BY_TIME.get(status)
    if rule is None:
        return None
    return rule.occasion, years_later(since, _years(rule, recertify_every_years))


_DUE_BY_TIME = {
    status: rule
    for rule in (OCCASIONS[Occasion.CYCLIC], OCCASIONS[Occasion.RECERTIFICATION])
    for status in rule.statuses
}


def _years(rule: OccasionRule, recertify_every_years: int) -> int:
    return recertify_every_years if rule.occasion is Occasion.RECERTIFICATION else rule.years


def _shut(rule: OccasionRule, why: str, from_day: date | None = None) -> Opening:
    return Opening(rule.occasion, is_open=False, why=why, from_day=from_day)


def _by_years(rule: OccasionRule, situation: Situation, on: date) -> Opening:
    if situation.last_full_survey_on is None:
        return _shut(rule, "the household has no full survey yet: survey it as missed out")
    since = situation.last_full_survey_on
    opens_on = years_later(since, _years(rule, situation.recertify_every_years))
    if on < opens_on:
        return _shut(rule, f"the last full survey was on {since}; the next is open from {opens_on}", opens_on)
    return Opening(rule.occasion, is_open=True, why=f"due since {opens_on}, after the full survey of {since}")


def _by_shock(rule: OccasionRule, situation: Situation, on: date, subject: str | None) -> Opening:
    hit = [window for window in situation.shocks if subject is None or window.shock == subject]
    if not hit:
        name = f"shock {subject}" if subject else "a declared shock"
        return _shut(rule, f"the household is not known to have been struck by {name}")
    todo = [window for window in hit if window.answered_on is None]
    if not todo:
        return _shut(rule, f"the household was resurveyed for shock {hit[-1].shock} on {hit[-1].answered_on}")
    for window in todo:
        if window.opens_on <= on <= window.closes_on:
            why = f"hit by shock {window.shock}; resurveys are taken until {window.closes_on}"
            return Opening(rule.occasion, is_open=True, why=why)
    later = min((window.opens_on for window in todo if on < window.opens_on <= window.closes_on), default=None)
    if later is not None:
        return _shut(rule, f"resurveys are taken from {later}", later)
    return _shut(rule, f"the resurvey window of shock {todo[-1].shock} closed on {todo[-1].closes_on}")


def _by_appeal(rule: OccasionRule, situation: Situation, subject: str | None) -> Opening:
    if subject is None and situation.appeals:
        return Opening(rule.occasion, is_open=True, why=f"may appeal to {', '.join(situation.appeals)}")
    if subject is not None and subject in situation.appeals:
        return Opening(rule.occasion, is_open=True, why=f"meets the conditions of {subject} for appeals")
    return _shut(
        rule, "no programme takes an appeal from this household (appeals are closed unless a programme opens them)"
    )
