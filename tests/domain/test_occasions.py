"""The table of occasions, said a second time as data and held against the rules before, at and after each turn."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.occasions import (
    OCCASIONS,
    ROSTER_CHANGES,
    Clock,
    ShockWindow,
    Situation,
    Status,
    due_on,
    opening,
    openings,
)
from domain.questionnaire.codes import Evidence, Occasion

TABLE = """
occasion         | unregistered | beneficiary | eligible_not_enrolled | blocked | above_cutoff | survey | rescored
missed_out       | any day      | never       | never                 | never   | never        | full   | yes
roster_update    | never        | any day     | any day               | any day | any day      | part   | yes
shock            | never        | window      | window                | window  | window       | full   | yes
appeal           | never        | never       | stated                | stated  | stated       | full   | yes
cyclic           | never        | never       | never                 | never   | 2 years      | full   | yes
recertification  | never        | 3 years     | never                 | never   | never        | full   | yes
"""

SURVEYED_ON = date(2021, 4, 10)
FLOOD = ShockWindow("flood", date(2022, 9, 1), date(2022, 12, 31))
SITUATION = Situation(Status.ABOVE_CUTOFF, SURVEYED_ON, (FLOOD,), ("kafaalat",))
TURNS = {
    "any day": [(date(2021, 4, 11), True), (date(2030, 1, 1), True)],
    "never": [(date(2021, 4, 11), False), (date(2022, 10, 1), False), (date(2030, 1, 1), False)],
    "stated": [(date(2021, 4, 11), True), (date(2030, 1, 1), True)],
    "window": [
        (date(2022, 8, 31), False),
        (date(2022, 9, 1), True),
        (date(2022, 12, 31), True),
        (date(2023, 1, 1), False),
    ],
    "2 years": [(date(2023, 4, 9), False), (date(2023, 4, 10), True), (date(2029, 1, 1), True)],
    "3 years": [(date(2024, 4, 9), False), (date(2024, 4, 10), True), (date(2029, 1, 1), True)],
}
HEADER, *ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
CELLS = [
    pytest.param(Occasion[row[0].upper()], Status[status.upper()], cell, id=f"{row[0]}-{status}-{cell}")
    for row in ROWS
    for status, cell in zip(HEADER[1:6], row[1:6], strict=True)
]


def test_the_table_holds_every_occasion_with_every_status():
    assert [row[0] for row in ROWS] == [occasion.word for occasion in OCCASIONS]
    assert HEADER[1:6] == [status.word for status in Status]
    assert len(CELLS) == len(OCCASIONS) * len(Status)


@pytest.mark.parametrize(("occasion", "status", "cell"), CELLS)
def test_an_occasion_is_open_when_the_table_says_so(occasion, status, cell):
    situation = replace(SITUATION, status=status)
    if status is Status.UNREGISTERED:
        situation = Situation()
    for day, is_open in TURNS[cell]:
        (told,) = [chance for chance in openings(situation, day) if chance.occasion is occasion]
        assert told.is_open is is_open, f"{day}: {told.why}"
        assert told.why


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_an_occasion_takes_is_what_the_table_says(row):
    rule = OCCASIONS[Occasion[row[0].upper()]]
    assert rule.full_survey is (row[6] == "full")
    assert rule.rescored is (row[7] == "yes")
    assert rule.evidence == ()


@pytest.mark.parametrize(
    ("what", "evidence", "rescored"),
    [
        ("member added by birth", {Evidence.CRC, Evidence.CITIZEN_REGISTER}, True),
        ("member added by marriage", {Evidence.MARRIAGE_CERTIFICATE, Evidence.CITIZEN_REGISTER}, True),
        ("member added by return", {Evidence.CNIC, Evidence.CITIZEN_REGISTER}, True),
        ("member removed by death", set(), True),
        ("member removed by marriage", set(), True),
        (
            "member removed by departure",
            {Evidence.CITIZEN_REGISTER, Evidence.STATEMENT_OF_TWO_WITNESSES, Evidence.COURT_ORDER},
            True,
        ),
        ("head changed", set(), True),
        (
            "marital status changed to divorced",
            {Evidence.DIVORCE_CERTIFICATE, Evidence.CITIZEN_REGISTER, Evidence.COURT_ORDER},
            True,
        ),
        ("marital status changed otherwise", set(), True),
        ("disability certified", {Evidence.DISABILITY_CERTIFICATE, Evidence.CITIZEN_REGISTER}, True),
        ("disability changed otherwise", set(), True),
        ("gender changed", {Evidence.CNIC, Evidence.CITIZEN_REGISTER}, True),
        ("recipient chosen", set(), True),
        ("contact changed", set(), False),
        ("address changed", set(), False),
    ],
)
def test_each_roster_change_takes_its_evidence(what, evidence, rescored):
    (change,) = [change for change in ROSTER_CHANGES if change.what == what]
    assert (set(change.evidence), change.rescored) == (evidence, rescored)


def test_there_are_no_other_roster_changes():
    assert len(ROSTER_CHANGES) == 15


def test_a_household_surveyed_on_29_february_is_due_on_1_march():
    leap = Situation(Status.ABOVE_CUTOFF, date(2020, 2, 29))
    assert due_on(leap) == (Occasion.CYCLIC, date(2022, 3, 1))
    assert due_on(replace(leap, status=Status.BENEFICIARY)) == (Occasion.RECERTIFICATION, date(2023, 3, 1))
    assert not opening(OCCASIONS[Occasion.CYCLIC], leap, date(2022, 2, 28)).is_open
    assert opening(OCCASIONS[Occasion.CYCLIC], leap, date(2022, 3, 1)).is_open


@pytest.mark.parametrize("status", [Status.UNREGISTERED, Status.BLOCKED, Status.ELIGIBLE_NOT_ENROLLED])
def test_time_alone_makes_nothing_due_for_the_others(status):
    assert due_on(Situation(status, SURVEYED_ON)) is None


def test_a_programme_may_recertify_at_its_own_interval():
    yearly = Situation(Status.BENEFICIARY, SURVEYED_ON, recertify_every_years=1)
    assert due_on(yearly) == (Occasion.RECERTIFICATION, date(2022, 4, 10))


def test_an_occasion_that_is_not_open_yet_says_from_when():
    told = opening(OCCASIONS[Occasion.CYCLIC], SITUATION, date(2022, 1, 1))
    assert told.from_day == date(2023, 4, 10)
    assert opening(OCCASIONS[Occasion.SHOCK], SITUATION, date(2022, 8, 1)).from_day == date(2022, 9, 1)
    assert opening(OCCASIONS[Occasion.SHOCK], SITUATION, date(2023, 8, 1)).from_day is None


def test_a_shock_that_was_lifted_before_its_window_opens_no_day():
    lifted = replace(SITUATION, shocks=(replace(FLOOD, closes_on=date(2022, 8, 15)),))
    told = opening(OCCASIONS[Occasion.SHOCK], lifted, date(2022, 8, 20))
    assert (told.is_open, told.from_day) == (False, None)


def test_of_two_shocks_the_one_not_yet_answered_is_open():
    answered = replace(FLOOD, shock="quake", answered_on=date(2022, 9, 5))
    both = replace(SITUATION, shocks=(answered, FLOOD))
    assert opening(OCCASIONS[Occasion.SHOCK], both, date(2022, 9, 6)).is_open
    assert not opening(OCCASIONS[Occasion.SHOCK], both, date(2022, 9, 6), "quake").is_open


def test_an_appeal_is_open_to_the_programmes_that_state_conditions_only():
    rule = OCCASIONS[Occasion.APPEAL]
    assert opening(rule, SITUATION, SURVEYED_ON, "kafaalat").is_open
    assert not opening(rule, SITUATION, SURVEYED_ON, "other").is_open
    assert not opening(rule, replace(SITUATION, appeals=()), SURVEYED_ON).is_open


def test_a_household_that_parted_and_was_never_surveyed_is_missed_out():
    parted = Situation(Status.ABOVE_CUTOFF)
    assert opening(OCCASIONS[Occasion.MISSED_OUT], parted, SURVEYED_ON).is_open
    assert opening(OCCASIONS[Occasion.ROSTER_UPDATE], parted, SURVEYED_ON).is_open
    assert not opening(OCCASIONS[Occasion.CYCLIC], parted, SURVEYED_ON).is_open
    assert due_on(parted) is None


def test_every_clock_is_used():
    assert {rule.clock for rule in OCCASIONS.values()} == set(Clock)
