"""What the registry concludes about a household, in the order of the rule, and which changes of it are decisions."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.household.events import (
    AddressChanged,
    ContactChanged,
    Corrected,
    DisabilityChanged,
    Formed,
    GenderChanged,
    MemberJoined,
    MemberLeft,
    MergedInto,
    Moved,
    ProgrammeReported,
    RecipientChosen,
    Resurveyed,
)
from domain.occasions import Status
from domain.programme import AppealRule, ProgrammeClosed, ProgrammeOpened, Recipients, ReliefShareSet, Rule
from domain.questionnaire.answers import Contact, Family
from domain.questionnaire.codes import (
    DecisionKind,
    DisabilityKind,
    FamilyKind,
    JoinReason,
    LeaveReason,
    Occasion,
    Outcome,
    ProgrammeReport,
    Sex,
)
from domain.relief import ReliefThresholds, TehsilThreshold
from domain.shock import ShockLifted, ShockRevoked, ThresholdsSet
from domain.standing import NOT_ELIGIBLE, Conclusion, Decided, assess, decide_changes, kind_of
from tests.people import (
    AMINA_ID,
    BILAL_ID,
    CHAND_ID,
    DILSHAD_ID,
    ELSEWHERE,
    ESHAL,
    ESHAL_ID,
    FARIDA,
    FARIDA_ID,
    FARIDAS_FAMILY,
    HERE,
    KARACHI,
    REGISTERED,
    ROSTER,
    RURAL_MUZAFFARGARH,
    SURVEY,
    SURVEYED_ON,
    TODAY,
)
from tests.policies import CARD, FLOOD, KAFAALAT, KAFAALAT_RULE, cutoff, cutoff_32, in_force_with
from tests.scenario import household_of

EARLIER = date(2023, 1, 1)
KAFAALAT_AT_32 = (KAFAALAT, cutoff_32())
WITHOUT_FAMILIES = replace(REGISTERED, survey=replace(SURVEY, families=()))


def told(report, *filters, programme="kafaalat", on=EARLIER):
    return ProgrammeReported(on, programme, report, filters)


VERIFIED = told(ProgrammeReport.VERIFIED)
ENROLLED = told(ProgrammeReport.ENROLLED)
DISABLED = DisabilityChanged(EARLIER, DILSHAD_ID, (), (DisabilityKind.NO_SIGHT,), False, False)
CERTIFIED = replace(DISABLED, to_certified=True)
SCHOOL = ProgrammeOpened(
    date(2020, 1, 1),
    "taleemi",
    Rule("Taleemi", Recipients.CHILDREN_IN_SCHOOL, needs_score=False, after=("kafaalat",), ages=(4, 18)),
    1,
)
RELIEF = ProgrammeOpened(date(2024, 1, 1), "relief", Rule("Relief", Recipients.HEAD, needs_score=False, relief=True), 1)


def standing(*events, score=30, policies=KAFAALAT_AT_32, day=TODAY):
    household = household_of(REGISTERED, *events)
    assert household is not None
    return assess(household, in_force_with(score, *policies, day=day))


def concluded(*events, programme="kafaalat", **others):
    conclusion = standing(*events, **others).conclusions[programme]
    return conclusion.outcome, conclusion.reason


def kafaalat(**rule):
    return replace(KAFAALAT, rule=replace(KAFAALAT_RULE, **rule))


def test_a_household_within_the_cutoff_awaits_verification_and_then_is_eligible():
    assert concluded() == (Outcome.PENDING, "awaits_verification")
    assert concluded(VERIFIED) == (Outcome.ELIGIBLE, "score_within_cutoff")


def test_a_conclusion_says_by_what_it_was_reached():
    assert standing(VERIFIED, score=Fraction(97, 3)).conclusions["kafaalat"] == Conclusion(
        Outcome.INELIGIBLE, "score_above_cutoff", (), "97/3", CARD.content_hash, Decimal(32), 1
    )
    assert standing(VERIFIED).conclusions["kafaalat"].recipients == (AMINA_ID,)


@pytest.mark.parametrize(
    ("score", "eligible"), [(31, True), (32, True), (33, False), (Decimal("32.01"), False), (Fraction(64, 2), True)]
)
def test_32_and_below_is_eligible(score, eligible):
    assert (concluded(VERIFIED, score=score)[0] is Outcome.ELIGIBLE) is eligible


@pytest.mark.parametrize(
    ("event", "score", "eligible"),
    [(CERTIFIED, 37, True), (CERTIFIED, 38, False), (DISABLED, 37, False), (DISABLED, 32, True)],
)
def test_37_is_eligible_where_a_member_is_certified_disabled(event, score, eligible):
    outcome, reason = concluded(VERIFIED, event, score=score)
    assert (outcome is Outcome.ELIGIBLE) is eligible
    assert (reason == "score_within_cutoff_relaxed:member_certified_disabled") is (eligible and score > 32)


def test_the_same_household_was_judged_by_the_cutoff_of_the_day():
    policies = (
        KAFAALAT,
        cutoff(date(2010, 7, 1), "16.17"),
        cutoff(date(2020, 1, 1), "29"),
        cutoff(date(2022, 6, 1), "32"),
    )
    outcomes = [
        concluded(replace(VERIFIED, on=SURVEYED_ON), score=Decimal("29.5"), policies=policies, day=date(year, 7, 2))[0]
        for year in (2011, 2021, 2023)
    ]
    assert outcomes == [Outcome.INELIGIBLE, Outcome.INELIGIBLE, Outcome.ELIGIBLE]


@pytest.mark.parametrize(
    ("policies", "score", "reason"),
    [
        ((KAFAALAT,), 30, "no_cutoff_in_force"),
        ((KAFAALAT, cutoff_32()), None, "not_scored"),
        ((KAFAALAT, cutoff_32()), 33, "score_above_cutoff"),
        ((kafaalat(regions=("PK7",)), cutoff_32()), 30, "outside_regions"),
        ((kafaalat(after=("other",)), cutoff_32()), 30, "not_eligible_for_parent_programme"),
        ((kafaalat(relief=True), cutoff_32()), 30, "not_hit_by_a_shock"),
        ((kafaalat(regions=("PK7",), after=("other",), relief=True),), None, "outside_regions"),
        ((kafaalat(after=("other",), relief=True),), None, "not_hit_by_a_shock"),
        ((kafaalat(after=("other",)),), None, "not_eligible_for_parent_programme"),
    ],
)
def test_a_rule_is_held_in_its_order_and_the_first_reason_is_given(policies, score, reason):
    assert concluded(VERIFIED, told(ProgrammeReport.BLOCKED, "vehicle"), policies=policies, score=score) == (
        Outcome.INELIGIBLE,
        reason,
    )


def test_a_household_with_nobody_to_be_paid_is_not_eligible():
    gone = [MemberLeft(EARLIER, who, LeaveReason.DEATH) for who in (AMINA_ID, DILSHAD_ID)]
    assert concluded(VERIFIED, *gone) == (Outcome.INELIGIBLE, "nobody_to_be_paid")


def test_filters_come_last_and_block():
    blocked = told(ProgrammeReport.BLOCKED, "vehicle", "travel_abroad")
    assert concluded(VERIFIED, blocked) == (Outcome.BLOCKED, "filter:travel_abroad,vehicle")
    assert concluded(blocked) == (Outcome.BLOCKED, "filter:travel_abroad,vehicle")
    assert concluded(VERIFIED, blocked, told(ProgrammeReport.CLEARED))[0] is Outcome.ELIGIBLE


def test_a_filter_that_the_rule_no_longer_has_blocks_nobody():
    policies = (kafaalat(filters=("travel_abroad",)), cutoff_32())
    assert concluded(VERIFIED, told(ProgrammeReport.BLOCKED, "vehicle"), policies=policies)[0] is Outcome.ELIGIBLE


def test_a_programme_for_one_region_takes_those_who_live_there_now():
    policies = (kafaalat(regions=("PK602",)), cutoff_32())
    moved = Moved(EARLIER, RURAL_MUZAFFARGARH, KARACHI)
    assert concluded(VERIFIED, policies=policies)[0] is Outcome.ELIGIBLE
    assert concluded(VERIFIED, moved, policies=policies) == (Outcome.INELIGIBLE, "outside_regions")


def test_relief_goes_to_who_lived_there_at_the_impact_and_not_to_who_came_later():
    came = Moved(date(2024, 4, 11), KARACHI, RURAL_MUZAFFARGARH)
    away = Moved(EARLIER, RURAL_MUZAFFARGARH, KARACHI)
    left = Moved(date(2024, 4, 11), RURAL_MUZAFFARGARH, KARACHI)
    policies = (RELIEF, FLOOD)
    assert concluded(programme="relief", policies=policies) == (Outcome.ELIGIBLE, "no_score_needed")
    assert concluded(left, programme="relief", policies=policies)[0] is Outcome.ELIGIBLE
    assert concluded(away, came, programme="relief", policies=policies)[1] == "not_hit_by_a_shock"
    lifted = (*policies, ShockLifted(TODAY, "flood-2024"))
    assert concluded(programme="relief", policies=lifted)[1] == "not_hit_by_a_shock"


RELIEF_BY_SHARE = (
    ProgrammeOpened(date(2024, 1, 1), "relief", Rule("Relief", Recipients.HEAD, relief=True), 1),
    ReliefShareSet(date(2024, 1, 1), "relief", 60),
)


def thresholds(shock="flood-2024", **of_tehsils):
    tehsils = [
        TehsilThreshold(tehsil, None if highest is None else Decimal(highest), 9, 9, 6)
        for tehsil, highest in of_tehsils.items()
    ]
    return ThresholdsSet(FLOOD.on, shock, 1, ReliefThresholds("relief", 60, CARD.content_hash, tuple(tehsils)))


@pytest.mark.parametrize(
    ("score", "of_tehsils", "expected"),
    [
        (30, {"PK60201": 30}, (Outcome.ELIGIBLE, "score_within_threshold")),
        (31, {"PK60201": 30}, (Outcome.INELIGIBLE, "score_above_threshold")),
        (Fraction(61, 2), {"PK60201": "30.5"}, (Outcome.ELIGIBLE, "score_within_threshold")),
        (None, {"PK60201": 30}, (Outcome.INELIGIBLE, "not_scored")),
        (30, {"PK60202": 30}, (Outcome.INELIGIBLE, "no_threshold_of_tehsil")),
        (30, {"PK60201": None}, (Outcome.INELIGIBLE, "no_threshold_of_tehsil")),
    ],
)
def test_relief_for_a_poorest_share_is_held_against_the_threshold_of_its_tehsil(score, of_tehsils, expected):
    policies = (*RELIEF_BY_SHARE, FLOOD, thresholds(**of_tehsils))
    assert concluded(programme="relief", policies=policies, score=score) == expected


def test_the_threshold_is_that_of_the_tehsil_lived_in_at_the_impact():
    policies = (*RELIEF_BY_SHARE, FLOOD, thresholds(PK60201=30))
    left = Moved(date(2024, 4, 11), RURAL_MUZAFFARGARH, KARACHI)
    found = standing(left, policies=policies, score=30).conclusions["relief"]
    assert (found.outcome, found.cutoff, found.score) == (Outcome.ELIGIBLE, Decimal(30), "30")


def test_of_several_shocks_one_threshold_that_the_score_passes_is_enough():
    other = replace(FLOOD, shock="quake-2024")
    strict, lenient = thresholds(PK60201=10), thresholds("quake-2024", PK60201=40)
    for events in ((FLOOD, strict, other, lenient), (other, lenient, FLOOD, strict)):
        assert concluded(programme="relief", policies=(*RELIEF_BY_SHARE, *events), score=30)[0] is Outcome.ELIGIBLE


@pytest.mark.parametrize("declared_on", [FLOOD.impact_on, FLOOD.on, TODAY])
def test_declared_late_a_shock_gives_the_same_relief_as_on_the_day_for_the_same_thresholds(declared_on):
    late = replace(FLOOD, on=declared_on), replace(thresholds(PK60201=30), on=declared_on)
    by_share = standing(policies=(*RELIEF_BY_SHARE, *late), score=30).conclusions
    assert by_share == standing(policies=(*RELIEF_BY_SHARE, FLOOD, thresholds(PK60201=30)), score=30).conclusions


def test_a_shock_without_thresholds_gives_no_relief_to_a_poorest_share():
    assert concluded(programme="relief", policies=(*RELIEF_BY_SHARE, FLOOD))[1] == "not_hit_by_a_shock"


def test_relief_under_a_revoked_shock_ends_with_a_reason_of_its_own():
    policies = (RELIEF, FLOOD, ShockRevoked(TODAY, "flood-2024", "the wrong district"))
    assert concluded(programme="relief", policies=policies) == (Outcome.INELIGIBLE, "shock_revoked")
    came = Moved(date(2024, 4, 9), RURAL_MUZAFFARGARH, KARACHI)
    assert concluded(came, programme="relief", policies=policies)[1] == "not_hit_by_a_shock"
    assert concluded(programme="relief", policies=policies, day=date(2024, 5, 1))[0] is Outcome.ELIGIBLE


def test_children_in_school_are_paid_where_the_household_is_eligible_for_the_parent_programme():
    policies = (KAFAALAT, cutoff_32(), SCHOOL)
    eligible = standing(VERIFIED, policies=policies).conclusions["taleemi"]
    assert (eligible.outcome, eligible.recipients) == (Outcome.ELIGIBLE, (CHAND_ID,))
    assert concluded(programme="taleemi", policies=policies)[1] == "not_eligible_for_parent_programme"


def test_infants_and_mothers_are_paid_by_nashonuma():
    rule = Rule("Nashonuma", Recipients.PREGNANT_OR_LACTATING_WOMEN_AND_INFANTS, needs_score=False)
    policies = (ProgrammeOpened(date(2020, 1, 1), "nashonuma", rule, 1),)
    nursing = Resurveyed(
        EARLIER,
        Occasion.CYCLIC,
        replace(SURVEY, roster=tuple(replace(m, pregnant_or_lactating=m.member_id == AMINA_ID) for m in ROSTER)),
    )
    born = MemberJoined(EARLIER, ESHAL, JoinReason.BIRTH)
    assert concluded(programme="nashonuma", policies=policies)[1] == "nobody_to_be_paid"
    told_now = standing(nursing, born, policies=policies).conclusions["nashonuma"]
    assert told_now.recipients == (AMINA_ID, ESHAL_ID)


def test_without_stated_families_every_ever_married_woman_is_paid():
    household = household_of(WITHOUT_FAMILIES, VERIFIED)
    assert household is not None
    conclusion = assess(household, in_force_with(30, KAFAALAT, cutoff_32())).conclusions["kafaalat"]
    assert conclusion.recipients == (AMINA_ID, DILSHAD_ID)


def test_a_mother_who_lives_with_her_parents_is_paid_beside_her_mother():
    joined = MemberJoined(EARLIER, FARIDA, JoinReason.RETURN, family=FARIDAS_FAMILY)
    assert standing(VERIFIED, joined).conclusions["kafaalat"].recipients == (AMINA_ID, FARIDA_ID)


def test_the_one_whom_the_family_chose_is_paid():
    chosen = RecipientChosen(EARLIER, 1, AMINA_ID, DILSHAD_ID)
    assert standing(VERIFIED, chosen).conclusions["kafaalat"].recipients == (DILSHAD_ID,)


def test_a_family_whose_choice_cannot_be_paid_pays_the_first_on_the_roster():
    unpaid = replace(REGISTERED, survey=replace(SURVEY, families=(Family(1, FamilyKind.BETA, BILAL_ID),)))
    household = household_of(unpaid, VERIFIED)
    assert household is not None
    conclusion = assess(household, in_force_with(30, KAFAALAT, cutoff_32())).conclusions["kafaalat"]
    assert conclusion.recipients == (AMINA_ID,)


def test_a_transgender_person_is_paid():
    changed = GenderChanged(EARLIER, BILAL_ID, Sex.MALE, Sex.TRANSGENDER)
    chosen = RecipientChosen(EARLIER, 1, AMINA_ID, BILAL_ID)
    assert standing(VERIFIED, changed, chosen).conclusions["kafaalat"].recipients == (BILAL_ID,)


def test_the_order_in_which_a_survey_lists_people_changes_nothing_about_who_is_paid():
    turned = Resurveyed(EARLIER, Occasion.CYCLIC, replace(SURVEY, roster=SURVEY.roster[::-1]))
    assert standing(VERIFIED, turned).conclusions == standing(VERIFIED).conclusions


def test_lines_that_change_places_change_nothing_about_who_is_paid():
    joined = MemberJoined(EARLIER, FARIDA, JoinReason.RETURN, family=FARIDAS_FAMILY)
    both = (Family(1, FamilyKind.BETA, AMINA_ID), FARIDAS_FAMILY)
    turned = tuple(replace(member, line=10 - member.line) for member in (*ROSTER, FARIDA))
    resurveyed = Resurveyed(EARLIER, Occasion.CYCLIC, replace(SURVEY, roster=turned, families=both))
    before, after = standing(VERIFIED, joined), standing(VERIFIED, joined, resurveyed)
    assert (
        after.conclusions["kafaalat"].recipients == before.conclusions["kafaalat"].recipients == (AMINA_ID, FARIDA_ID)
    )


def test_a_household_merged_into_another_concludes_nothing():
    merged = standing(VERIFIED, MergedInto(TODAY, ELSEWHERE))
    assert {name: each.reason for name, each in merged.conclusions.items()} == {"kafaalat": "merged_into_another"}
    assert (merged.score, merged.due, merged.situation.status) == (None, None, Status.UNREGISTERED)


@pytest.mark.parametrize(
    ("events", "score", "rule", "status"),
    [
        ((VERIFIED, ENROLLED), 30, {}, Status.BENEFICIARY),
        ((VERIFIED, ENROLLED), 50, {}, Status.BENEFICIARY),
        ((VERIFIED, ENROLLED, told(ProgrammeReport.SUSPENDED)), 30, {}, Status.BENEFICIARY),
        ((VERIFIED, ENROLLED, told(ProgrammeReport.EXITED)), 30, {}, Status.ELIGIBLE_NOT_ENROLLED),
        ((VERIFIED,), 30, {}, Status.ELIGIBLE_NOT_ENROLLED),
        ((), 30, {}, Status.ELIGIBLE_NOT_ENROLLED),
        ((told(ProgrammeReport.BLOCKED, "vehicle"),), 30, {}, Status.BLOCKED),
        ((VERIFIED,), 50, {}, Status.ABOVE_CUTOFF),
        ((VERIFIED,), 30, {"reports": False}, Status.BENEFICIARY),
        ((), 30, {"reports": False}, Status.ELIGIBLE_NOT_ENROLLED),
        ((VERIFIED, ENROLLED), 30, {"recertify_every_years": None}, Status.ABOVE_CUTOFF),
    ],
)
def test_where_a_household_stands(events, score, rule, status):
    assert standing(*events, score=score, policies=(kafaalat(**rule), cutoff_32())).situation.status is status


def test_a_household_that_parted_and_was_never_surveyed_has_no_score_and_nothing_due():
    household = household_of(Formed(TODAY, HERE, KARACHI, ROSTER))
    assert household is not None
    concluded_now = assess(household, in_force_with(None, KAFAALAT, cutoff_32()))
    assert (concluded_now.situation.status, concluded_now.score, concluded_now.due) == (Status.ABOVE_CUTOFF, None, None)


def test_beneficiaries_recertify_and_the_others_are_surveyed_cyclically():
    assert standing(VERIFIED, ENROLLED).due == (Occasion.RECERTIFICATION, date(2025, 3, 1))
    assert standing(score=50).due == (Occasion.CYCLIC, date(2024, 3, 1))
    assert standing(VERIFIED).due is None


def test_a_shock_opens_a_window_for_who_was_hit_until_it_was_answered():
    (window,) = standing(policies=(KAFAALAT, FLOOD)).situation.shocks
    assert (window.shock, window.opens_on, window.closes_on, window.answered_on) == (
        "flood-2024",
        date(2024, 5, 1),
        date(2024, 6, 30),
        None,
    )
    answered = Resurveyed(date(2024, 5, 2), Occasion.SHOCK, SURVEY, shock="flood-2024")
    assert standing(answered, policies=(FLOOD,)).situation.shocks[0].answered_on == date(2024, 5, 2)
    assert standing(Moved(EARLIER, RURAL_MUZAFFARGARH, KARACHI), policies=(FLOOD,)).situation.shocks == ()


def test_a_shock_that_was_lifted_is_known_to_have_closed():
    lifted = ShockLifted(date(2024, 5, 10), "flood-2024")
    (window,) = standing(policies=(FLOOD, lifted)).situation.shocks
    assert window.closes_on == date(2024, 5, 10)


APPEAL = {"appeal": AppealRule(Decimal(3))}


@pytest.mark.parametrize(
    ("rule", "score", "events", "open_to"),
    [
        ({}, 33, (), ()),
        (APPEAL, 32, (), ()),
        (APPEAL, 33, (), ("kafaalat",)),
        (APPEAL, Decimal("35.00"), (), ("kafaalat",)),
        (APPEAL, Fraction(3501, 100), (), ()),
        (APPEAL, None, (), ()),
        (APPEAL, 33, (ENROLLED,), ()),
    ],
)
def test_an_appeal_is_open_to_non_beneficiaries_as_far_over_the_cutoff_as_the_rule_says(rule, score, events, open_to):
    assert standing(*events, score=score, policies=(kafaalat(**rule), cutoff_32())).situation.appeals == open_to


def decisions(before, after, day=TODAY):
    return decide_changes(
        before,
        after,
        kind=DecisionKind.CIRCUMSTANCES,
        policies=in_force_with(30, KAFAALAT, day=day),
        cause_position=7,
        household_version=3,
        place="PK602",
    )


def test_a_changed_outcome_is_a_decision_with_all_that_derives_it_again():
    now = standing(VERIFIED)
    assert decisions({}, now) == [
        Decided(
            TODAY,
            "kafaalat",
            Outcome.INELIGIBLE,
            now.conclusions["kafaalat"],
            DecisionKind.CIRCUMSTANCES,
            cause_position=7,
            policies_position=2,
            household_version=3,
            place="PK602",
        )
    ]


def test_what_was_concluded_already_is_not_decided_again():
    assert decisions(standing(VERIFIED).conclusions, standing(VERIFIED, score=31)) == []
    assert decisions({}, standing(score=50)) == []


def test_another_recipient_is_a_decision():
    chosen = standing(VERIFIED, RecipientChosen(EARLIER, 1, AMINA_ID, DILSHAD_ID))
    (decided,) = decisions(standing(VERIFIED).conclusions, chosen)
    assert (decided.was, decided.conclusion.recipients) == (Outcome.ELIGIBLE, (DILSHAD_ID,))


def test_who_was_eligible_for_a_programme_that_closed_is_told_so():
    closed = standing(VERIFIED, policies=(KAFAALAT, cutoff_32(), ProgrammeClosed(EARLIER, "kafaalat", "reform")))
    (decided,) = decisions(standing(VERIFIED).conclusions, closed)
    assert (decided.conclusion.outcome, decided.conclusion.reason) == (Outcome.INELIGIBLE, "programme_not_open")


def test_nothing_before_is_ineligible():
    assert decisions({"kafaalat": NOT_ELIGIBLE}, standing(score=50)) == []


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (REGISTERED, DecisionKind.CIRCUMSTANCES),
        (VERIFIED, DecisionKind.CIRCUMSTANCES),
        (Resurveyed(TODAY, Occasion.CYCLIC, SURVEY), DecisionKind.CIRCUMSTANCES),
        (Resurveyed(TODAY, Occasion.SHOCK, SURVEY, "flood-2024"), DecisionKind.SHOCK),
        (Resurveyed(TODAY, Occasion.APPEAL, SURVEY, None, "kafaalat"), DecisionKind.APPEAL),
        (Corrected(SURVEYED_ON, HERE, SURVEY, "slip"), DecisionKind.CORRECTION),
    ],
)
def test_a_decision_says_what_kind_of_event_moved_it(event, kind):
    assert kind_of(event) is kind


scores = st.one_of(
    st.integers(0, 100), st.decimals(0, 100, places=4), st.fractions(0, 100, max_denominator=1000), st.none()
)


@settings(max_examples=50)
@given(scores)
def test_the_same_household_under_the_same_policies_gives_the_same_standing(score):
    assert standing(VERIFIED, score=score) == standing(VERIFIED, score=score)


@settings(max_examples=50)
@given(scores, scores)
def test_who_is_poorer_is_never_worse_off(score, other):
    if score is None or other is None:
        return
    poorer, richer = sorted((score, other), key=Fraction)
    if concluded(VERIFIED, score=richer)[0] is Outcome.ELIGIBLE:
        assert concluded(VERIFIED, score=poorer)[0] is Outcome.ELIGIBLE


@settings(max_examples=50)
@given(scores, scores)
def test_deciding_leads_from_any_conclusions_to_the_new_ones(score, other):
    before, after = standing(VERIFIED, score=score), standing(VERIFIED, score=other)
    reached = dict(before.conclusions)
    for decided in decisions(before.conclusions, after):
        assert decided.was is reached[decided.programme].outcome
        reached[decided.programme] = decided.conclusion
    assert decisions(reached, after) == []


@pytest.mark.parametrize(
    "event", [ContactChanged(TODAY, Contact()), AddressChanged(TODAY, b"sealed anew")], ids=lambda event: event.name
)
def test_what_the_table_does_not_rescore_moves_nothing(event):
    assert standing(VERIFIED, event) == standing(VERIFIED)
