"""Given events, then rows."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from domain.event import Envelope, Recorded
from domain.household.events import (
    AddressChanged,
    ContactChanged,
    KeysDestroyed,
    MemberErased,
    MergedInto,
    Moved,
    Registered,
    Resurveyed,
    Survey,
)
from domain.occasions import Situation, Status
from domain.questionnaire.answers import Answers, Contact, Member, Place
from domain.questionnaire.codes import DecisionKind, Occasion, Outcome, Relation, Sex
from domain.standing import Conclusion, Decided, Standing
from domain.streams import decisions_of, household_stream
from projections.catalogue import ANSWERS, TABLES
from projections.changes import Drop, Put, diff, diff_rows
from projections.decisions import DECISIONS, decision_row, numeric, stated_score
from projections.eligibility import ELIGIBILITY, eligibility_row, needs_earlier
from projections.former_places import former_rows
from projections.households import HOUSEHOLDS, household_row
from projections.known import fold, take
from projections.reassessments import Reassessment, from_row
from projections.roster_lookup import ROSTER_LOOKUP, lookup_row
from projections.shock_surveys import SHOCK_SURVEYS, shock_survey_rows
from projections.standing import STANDING, conclusions_of, conclusions_to_bytes, standing_row

TODAY = date(2026, 1, 10)
KOT, MULTAN = Place("PK60201", "Kot"), Place("PK60301")
PHONE, OTHER_PHONE, AMINA_NAME, BILAL_NAME, SURNAME = (UUID(int=number) for number in range(1, 6))
AMINA_ID, BILAL_ID = UUID(int=100), UUID(int=101)
AMINA = Member(AMINA_ID, 1, Relation.HEAD, Sex.FEMALE, name_tokens=(AMINA_NAME, SURNAME))
BILAL = Member(BILAL_ID, 2, Relation.CHILD, Sex.MALE, name_tokens=(BILAL_NAME, SURNAME))
SURVEY = Survey(KOT, Answers(), (AMINA, BILAL), contact=Contact(b"", (PHONE,)))
HOUSEHOLD = household_stream(TODAY, bytes(13))
SURVIVOR = household_stream(TODAY, bytes([1]) * 13)
ENVELOPE = Envelope(None, "desk", "desk")
REGISTERED = Registered(TODAY, SURVEY, "mics:1")


def recorded(*events):
    return [
        Recorded(10 * version, HOUSEHOLD, version, ENVELOPE, event) for version, event in enumerate(events, start=1)
    ]


def of(table, row) -> dict:
    return dict(zip((column.name for column in table.columns), row, strict=True))


def household_after(*events) -> dict:
    known = fold(recorded(*events))
    return of(HOUSEHOLDS, household_row(known, known.household))


def tokens_after(*events):
    known = fold(recorded(*events))
    row = lookup_row(HOUSEHOLD, known.household)
    return row and of(ROSTER_LOOKUP, row)["tokens"]


def test_a_registered_household_has_a_place_and_members():
    assert household_after(REGISTERED) == {
        "household_id": HOUSEHOLD,
        "version": 1,
        "place": "PK60201",
        "union_council": "Kot",
        "members": 2,
        "registered_on": TODAY,
        "last_on": TODAY,
        "source_key": "mics:1",
        "merged_into": None,
    }


def test_a_household_is_listed_where_it_moved_to_and_keeps_the_day_of_its_registration():
    row = household_after(REGISTERED, Moved(TODAY + timedelta(days=9), KOT, MULTAN))
    assert (row["place"], row["union_council"]) == ("PK60301", None)
    assert (row["registered_on"], row["last_on"]) == (TODAY, TODAY + timedelta(days=9))


def test_a_duplicate_points_to_the_household_it_was_merged_into():
    assert household_after(REGISTERED, MergedInto(TODAY, SURVIVOR))["merged_into"] == SURVIVOR


def test_a_household_is_looked_up_by_its_phones_and_by_every_name_once():
    assert tokens_after(REGISTERED) == (PHONE, AMINA_NAME, SURNAME, BILAL_NAME)


def test_a_changed_phone_takes_the_place_of_the_old_one():
    assert OTHER_PHONE in tokens_after(REGISTERED, ContactChanged(TODAY, Contact(b"", (OTHER_PHONE,))))
    assert PHONE not in tokens_after(REGISTERED, ContactChanged(TODAY, Contact(b"", (OTHER_PHONE,))))


def test_where_a_household_lived_before_is_listed_with_the_day_on_which_it_left():
    later, last = TODAY + timedelta(days=9), TODAY + timedelta(days=20)
    known = fold(recorded(REGISTERED, Moved(later, KOT, MULTAN), Moved(last, MULTAN, KOT)))
    assert former_rows(known) == [(HOUSEHOLD, later, "PK60201", "Kot"), (HOUSEHOLD, last, "PK60301", None)]


def test_a_place_that_was_left_on_the_day_of_coming_is_not_listed():
    later = TODAY + timedelta(days=9)
    known = fold(recorded(REGISTERED, Moved(later, KOT, MULTAN), Moved(later, MULTAN, KOT)))
    assert former_rows(known) == [(HOUSEHOLD, later, "PK60201", "Kot")]
    assert former_rows(fold(recorded(REGISTERED))) == former_rows(None) == []


def test_a_household_surveyed_again_for_a_shock_is_listed_with_its_last_day():
    resurveyed = [Resurveyed(TODAY + timedelta(days=day), Occasion.SHOCK, SURVEY, "flood") for day in (3, 5)]
    cyclic = Resurveyed(TODAY + timedelta(days=9), Occasion.CYCLIC, SURVEY)
    known = fold(recorded(REGISTERED, *resurveyed, cyclic))
    assert shock_survey_rows(known) == [(HOUSEHOLD, "flood", TODAY + timedelta(days=5))]
    assert shock_survey_rows(None) == []


def test_of_several_rows_those_that_changed_are_put_and_those_that_went_are_dropped():
    kept, old, new = (HOUSEHOLD, "a", TODAY), (HOUSEHOLD, "b", TODAY), (HOUSEHOLD, "c", TODAY)
    moved = (HOUSEHOLD, "a", TODAY + timedelta(days=1))
    assert list(diff_rows(SHOCK_SURVEYS, [kept, old], [kept, new])) == [
        Put(SHOCK_SURVEYS, (HOUSEHOLD, "c"), new),
        Drop(SHOCK_SURVEYS, (HOUSEHOLD, "b")),
    ]
    assert list(diff_rows(SHOCK_SURVEYS, [kept], [moved])) == [Put(SHOCK_SURVEYS, (HOUSEHOLD, "a"), moved)]


def test_an_erased_person_cannot_be_looked_up():
    assert BILAL_NAME not in tokens_after(REGISTERED, MemberErased(TODAY, BILAL_ID, "her request"))


def test_a_household_whose_keys_were_destroyed_cannot_be_looked_up_by_phone():
    assert PHONE in tokens_after(REGISTERED)
    assert PHONE not in tokens_after(REGISTERED, KeysDestroyed(TODAY, "court"))


def test_a_closed_duplicate_cannot_be_looked_up():
    assert tokens_after(REGISTERED, MergedInto(TODAY, SURVIVOR)) is None


def test_taking_events_one_by_one_comes_to_the_same_as_folding_them():
    events = recorded(REGISTERED, Moved(TODAY, KOT, MULTAN), AddressChanged(TODAY, b"x"), MergedInto(TODAY, SURVIVOR))
    known = None
    for number, event in enumerate(events, start=1):
        known = take(known, [event])
        assert known == fold(events[:number])


def test_no_event_may_be_left_out():
    first, _, third = recorded(REGISTERED, AddressChanged(TODAY, b"x"), AddressChanged(TODAY, b"y"))
    with pytest.raises(AssertionError, match="left out"):
        take(take(None, [first]), [third])


def test_of_rows_only_what_changed_is_put_and_what_is_gone_is_dropped():
    before = {HOUSEHOLDS: (HOUSEHOLD, 1), ROSTER_LOOKUP: (HOUSEHOLD, (PHONE,))}
    assert list(diff(before, before)) == []
    assert list(diff(before, {HOUSEHOLDS: (HOUSEHOLD, 2)})) == [
        Put(HOUSEHOLDS, (HOUSEHOLD,), (HOUSEHOLD, 2)),
        Drop(ROSTER_LOOKUP, (HOUSEHOLD,)),
    ]


# Decisions and eligibility


def decided(was: Outcome, outcome: Outcome, on: date = TODAY, *recipients: UUID, position: int = 50) -> Recorded:
    conclusion = Conclusion(outcome, "score_within_cutoff", recipients, "30.5", bytes(32), Decimal(32), 1)
    kind = DecisionKind.CIRCUMSTANCES
    event = Decided(on, "kafaalat", was, conclusion, kind, 40, 4, 2, "PK602")
    return Recorded(position, decisions_of(HOUSEHOLD), 1, ENVELOPE, event)


def test_a_decision_is_listed_under_its_position():
    row = of(DECISIONS, decision_row(HOUSEHOLD, decided(Outcome.INELIGIBLE, Outcome.ELIGIBLE, TODAY, AMINA_ID)))
    assert row == {
        "position": 50,
        "household_id": HOUSEHOLD,
        "programme": "kafaalat",
        "was": Outcome.INELIGIBLE,
        "outcome": Outcome.ELIGIBLE,
        "reason": "score_within_cutoff",
        "kind": DecisionKind.CIRCUMSTANCES,
        "decided_on": TODAY,
        "score": Decimal("30.5"),
        "place": "PK602",
        "cause_position": 40,
        "policies_position": 4,
        "household_version": 2,
    }


def test_a_household_is_eligible_since_the_day_of_the_decision():
    row = of(
        ELIGIBILITY, eligibility_row(None, HOUSEHOLD, decided(Outcome.INELIGIBLE, Outcome.ELIGIBLE, TODAY, AMINA_ID))
    )
    assert (row["outcome"], row["since"], row["recipients"]) == (Outcome.ELIGIBLE, TODAY, (AMINA_ID,))
    assert (row["decision_position"], row["place"]) == (50, "PK602")


def test_a_household_stays_eligible_since_then_when_only_others_are_paid():
    first = eligibility_row(None, HOUSEHOLD, decided(Outcome.INELIGIBLE, Outcome.ELIGIBLE, TODAY, AMINA_ID))
    later = decided(Outcome.ELIGIBLE, Outcome.ELIGIBLE, TODAY + timedelta(days=9), BILAL_ID, position=60)
    assert needs_earlier(later.event)
    row = of(ELIGIBILITY, eligibility_row(first, HOUSEHOLD, later))
    assert (row["since"], row["recipients"], row["decision_position"]) == (TODAY, (BILAL_ID,), 60)


def test_another_outcome_begins_on_its_own_day():
    first = eligibility_row(None, HOUSEHOLD, decided(Outcome.INELIGIBLE, Outcome.ELIGIBLE, TODAY, AMINA_ID))
    ended = decided(Outcome.ELIGIBLE, Outcome.INELIGIBLE, TODAY + timedelta(days=9))
    assert of(ELIGIBILITY, eligibility_row(first, HOUSEHOLD, ended))["since"] == TODAY + timedelta(days=9)


def test_scores_are_shown_as_decimals_and_rationals_to_28_digits():
    assert stated_score(None) is None
    assert stated_score("57.6") == Decimal("57.6")
    assert stated_score("1/3") == Decimal("0.3333333333333333333333333333")
    assert numeric(40) == Decimal(40)
    assert numeric(Fraction(1, 8)) == Decimal("0.125")


# Standings


def test_a_standing_says_score_status_and_when_a_survey_is_due():
    known = fold(recorded(REGISTERED))
    situation = Situation(Status.BENEFICIARY, TODAY)
    due = (Occasion.RECERTIFICATION, date(2029, 1, 10))
    standing = Standing(Fraction(61, 2), bytes(32), {"kafaalat": ELIGIBLE}, situation, due)
    row = of(STANDING, standing_row(known, standing, 99, 3))
    assert conclusions_of(standing_row(known, standing, 99, 3)) == {"kafaalat": ELIGIBLE}
    del row["conclusions"]
    assert row == {
        "household_id": HOUSEHOLD,
        "position": 99,
        "version": 1,
        "decisions": 3,
        "place": "PK60201",
        "union_council": "Kot",
        "score": Decimal("30.5"),
        "scorecard": bytes(32),
        "status": Status.BENEFICIARY,
        "due_occasion": Occasion.RECERTIFICATION,
        "due_on": date(2029, 1, 10),
        "last_full_survey_on": TODAY,
    }


ELIGIBLE = Conclusion(Outcome.ELIGIBLE, "score_within_cutoff", (AMINA_ID,), "30.5", bytes(32), Decimal(32), 1)
INELIGIBLE = Conclusion(Outcome.INELIGIBLE, "score_above_cutoff", (), "70", bytes(32), Decimal(32), 1)
PENDING = Conclusion(Outcome.PENDING, "awaits_verification", (AMINA_ID,))
BLOCKED = Conclusion(Outcome.BLOCKED, "filter:owns_a_car", (AMINA_ID,))


@pytest.mark.parametrize("kept", [ELIGIBLE, PENDING, BLOCKED])
def test_only_what_is_not_the_default_is_kept_of_conclusions(kept: Conclusion):
    written = conclusions_to_bytes({"kafaalat": kept, "stipend": INELIGIBLE})
    row = (*[None] * STANDING.column("conclusions"), written)
    assert conclusions_of(row) == {"kafaalat": kept}
    assert conclusions_of(None) == {}


def test_conclusions_are_the_same_bytes_in_whatever_order_programmes_were_assessed():
    one, other = {"a": ELIGIBLE, "b": PENDING}, {"b": PENDING, "a": ELIGIBLE}
    assert conclusions_to_bytes(one) == conclusions_to_bytes(other)


def test_a_reassessment_comes_back_from_its_row():
    job = Reassessment(7, DecisionKind.SHOCK, HOUSEHOLD, done=False, total=30, seen=20, decided=4)
    assert from_row(job.row) == job


def test_tables_have_names_of_their_own_and_begin_with_their_key():
    assert len({table.name for table in TABLES}) == len(TABLES)
    assert set(ANSWERS) < set(TABLES)
    assert all(not column.nullable for table in TABLES for column in table.columns[: table.key_columns])
