"""What the registry concludes about a household: its score, its eligibilities, and the decisions that record them."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.event import Event
from domain.household.events import Corrected, HouseholdEvent, Resurveyed
from domain.household.participation import NOTHING_REPORTED
from domain.household.state import Household
from domain.occasions import (
    YEARS_BETWEEN_RECERTIFICATIONS,
    ShockWindow,
    Situation,
    Status,
    due_on,
)
from domain.policies import InForce, ProgrammeInForce, Score, passes
from domain.programme import CutOffSet, Recipients, Relaxation, Rule
from domain.questionnaire.answers import Family, Member
from domain.questionnaire.codes import (
    Comparison,
    DecisionKind,
    MaritalStatus,
    Occasion,
    Outcome,
    ProgrammeReport,
    Relation,
    SchoolStatus,
    Sex,
)
from domain.shock import Shock

EVER_MARRIED = frozenset(
    {MaritalStatus.MARRIED, MaritalStatus.WIDOWED, MaritalStatus.DIVORCED, MaritalStatus.SEPARATED}
)


class Conclusion(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """What a programme's rule concludes about a household: the outcome, the reason in one code, and who is paid."""

    outcome: Outcome
    reason: str
    recipients: tuple[UUID, ...] = ()
    score: str | None = None
    scorecard: bytes | None = None
    cutoff: Decimal | None = None
    rule_version: int = 0


NOT_ELIGIBLE = Conclusion(Outcome.INELIGIBLE, "not_assessed")
"""What holds for a programme before anything was concluded; it is not worth an event."""
NOT_OPEN = Conclusion(Outcome.INELIGIBLE, "programme_not_open")
"""What holds for a programme that has closed."""


class Decided(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A household's outcome for a programme changed. Carries what is needed to derive it again.

    `on` is the day it takes effect; `cause_position` the event that moved it; `policies_position` the last policy then
    in the log; `household_version` the household's last event then folded; `place` its district (or region) by P-code.
    """

    name: ClassVar[str] = "standing.decided.v1"
    on: date
    programme: str
    was: Outcome
    conclusion: Conclusion
    kind: DecisionKind
    cause_position: int
    policies_position: int
    household_version: int
    place: str


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Score and conclusions of one household under the policies of one day."""

    score: Score | None
    scorecard: bytes | None
    conclusions: dict[str, Conclusion]
    situation: Situation
    due: tuple[Occasion, date] | None


def assess(household: Household, policies: InForce) -> Standing:
    """Conclude about a household. Pure: the same household under the same policies gives the same standing.

    A household merged into another concludes nothing: what was eligible there goes on in the survivor.
    """
    if household.merged_into is not None:
        gone = {
            programme.programme_id: Conclusion(
                Outcome.INELIGIBLE, "merged_into_another", rule_version=programme.rule_version
            )
            for programme in policies.programmes
        }
        return Standing(None, policies.scorecard, gone, Situation(), None)
    scores: dict[bytes, Score | None] = {}
    if policies.formula is not None and policies.scorecard is not None:
        scores[policies.scorecard] = policies.formula(household)
    conclusions: dict[str, Conclusion] = {}
    for programme in policies.programmes:
        conclusions[programme.programme_id] = _conclude(programme, household, conclusions, scores)
    situation = situate(household, conclusions, policies, scores)
    score = None if policies.scorecard is None else scores[policies.scorecard]
    due = None if household.keys_destroyed_on else due_on(situation)  # it can be surveyed no more
    return Standing(score, policies.scorecard, conclusions, situation, due)


def _conclude(
    programme: ProgrammeInForce,
    household: Household,
    concluded: dict[str, Conclusion],
    scores: dict[bytes, Score | None],
) -> Conclusion:
    """The rule, in its order: place, shock, parent programme, score, recipients; filters and verification come last."""
    rule = programme.rule
    if barred := _barred_by_place(programme, household) or _barred_by_parents(rule, concluded):
        return Conclusion(Outcome.INELIGIBLE, barred, rule_version=programme.rule_version)
    by_score = _by_score if programme.poorest_percent is None else _by_thresholds
    held = by_score(programme, household, scores) if rule.needs_score else _without_score(programme)
    return held if held.reason in _FAILING else _beside_score(programme, household, held)


def conclude_beside_score(programme: ProgrammeInForce, household: Household) -> Conclusion:
    """What the rule concludes where neither the score nor a parent programme stands in the way."""
    if barred := _barred_by_place(programme, household):
        return Conclusion(Outcome.INELIGIBLE, barred, rule_version=programme.rule_version)
    return _beside_score(programme, household, _without_score(programme))


def _beside_score(programme: ProgrammeInForce, household: Household, held: Conclusion) -> Conclusion:
    rule = programme.rule
    recipients = _recipients(programme, household)
    if not recipients:
        return replace(held, reason="nobody_to_be_paid")
    reported = household.programmes.get(programme.programme_id, NOTHING_REPORTED)
    if hit := [name for name in reported.filters if name in rule.filters]:
        blocked = f"filter:{','.join(hit)}"
        return replace(held, outcome=Outcome.BLOCKED, reason=blocked, recipients=recipients)
    if rule.verification and not reported.verified:
        return replace(held, outcome=Outcome.PENDING, reason="awaits_verification", recipients=recipients)
    return replace(held, outcome=Outcome.ELIGIBLE, recipients=recipients)


def _barred_by_place(programme: ProgrammeInForce, household: Household) -> str | None:
    """Why a household is not looked at further for where it lives or lived, if so."""
    rule = programme.rule
    if rule.regions and not any(household.place.is_within(code) for code in rule.regions):
        return "outside_regions"
    if rule.relief and not _is_hit(programme.relief, household):
        return "shock_revoked" if _is_hit(programme.revoked, household) else "not_hit_by_a_shock"
    return None


def _is_hit(shocks: Iterable[Shock], household: Household) -> bool:
    return any(shock.find_struck(household.find_place_on, household.find_groups_on) is not None for shock in shocks)


def _barred_by_parents(rule: Rule, concluded: dict[str, Conclusion]) -> str | None:
    if rule.after and not any(_is_eligible(concluded.get(parent)) for parent in rule.after):
        return "not_eligible_for_parent_programme"
    return None


_FAILING = frozenset(
    {"no_cutoff_in_force", "not_scored", "score_above_cutoff", "no_threshold_of_tehsil", "score_above_threshold"}
)


def _is_eligible(conclusion: Conclusion | None) -> bool:
    return conclusion is not None and conclusion.outcome is Outcome.ELIGIBLE


def _without_score(programme: ProgrammeInForce) -> Conclusion:
    return Conclusion(Outcome.INELIGIBLE, "no_score_needed", rule_version=programme.rule_version)


def _by_thresholds(programme: ProgrammeInForce, household: Household, scores: dict[bytes, Score | None]) -> Conclusion:
    """Hold the score against the threshold of the tehsil where the shock struck; of several shocks one is enough."""
    version = programme.rule_version
    held = Conclusion(Outcome.INELIGIBLE, "no_threshold_of_tehsil", rule_version=version)
    for shock in programme.relief:
        place = shock.find_struck(household.find_place_on, household.find_groups_on)
        limit = None if place is None else shock.limits[programme.programme_id].get(place.tehsil or "")
        if limit is None or limit.highest is None:
            continue
        card, highest = limit.scorecard, limit.highest
        if card not in scores:
            scores[card] = programme.formulas[card](household)
        score = scores[card]
        within = score is not None and passes(score, Comparison.AT_OR_UNDER, highest)
        reason = "score_within_threshold" if within else "not_scored" if score is None else "score_above_threshold"
        stated = None if score is None else str(score)
        held = Conclusion(Outcome.INELIGIBLE, reason, (), stated, card, highest, version)
        if within:
            break
    return held


def _by_score(programme: ProgrammeInForce, household: Household, scores: dict[bytes, Score | None]) -> Conclusion:
    """Hold the score against the cut-off. The outcome stays ineligible here: who is paid is looked at later."""
    cutoff, formula, version = programme.cutoff, programme.formula, programme.rule_version
    if cutoff is None or formula is None:
        return Conclusion(Outcome.INELIGIBLE, "no_cutoff_in_force", rule_version=version)
    if cutoff.scorecard not in scores:
        scores[cutoff.scorecard] = formula(household)
    score = scores[cutoff.scorecard]
    reason = "not_scored" if score is None else _held_against(score, cutoff, household)
    stated = None if score is None else str(score)
    return Conclusion(Outcome.INELIGIBLE, reason, (), stated, cutoff.scorecard, cutoff.value, version)


def _held_against(score: Score, cutoff: CutOffSet, household: Household) -> str:
    if passes(score, cutoff.comparison, cutoff.value):
        return "score_within_cutoff"
    for relaxation, limit in cutoff.relaxed.items():
        if passes(score, cutoff.comparison, limit) and _relaxes(relaxation, household):
            return f"score_within_cutoff_relaxed:{relaxation.word}"
    return "score_above_cutoff"


def _relaxes(relaxation: Relaxation, household: Household) -> bool:
    match relaxation:
        case Relaxation.MEMBER_CERTIFIED_DISABLED:
            return any(member.disability_certified for member in household.roster.values())
        case Relaxation.TRANSGENDER_MEMBER:
            return any(member.sex is Sex.TRANSGENDER for member in household.roster.values())


def _recipients(programme: ProgrammeInForce, household: Household) -> tuple[UUID, ...]:
    """Who is paid, in the order of their ids: where families are stated one in each, else everyone who qualifies."""
    qualifies = _QUALIFIES[programme.rule.recipients]
    ages = programme.rule.ages
    able = [member for member in household.roster.values() if qualifies(member, ages)]
    if programme.rule.recipients is Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS and household.families:
        return tuple(sorted(_one_a_family(able, household.families)))
    return tuple(sorted(member.member_id for member in able))


def _one_a_family(able: list[Member], families: tuple[Family, ...]) -> Iterable[UUID]:
    """The family's own choice first, else whoever stands first on the roster."""
    preferred = {family.number: family.recipient for family in families}
    chosen: dict[int, UUID] = {}
    for member in sorted(able, key=lambda member: member.line):
        if member.family not in chosen or preferred.get(member.family) == member.member_id:
            chosen[member.family] = member.member_id
    return chosen.values()


def _ever_married_woman_or_transgender(member: Member, ages: tuple[int, int] | None) -> bool:  # noqa: ARG001 - one shape
    return member.sex is Sex.TRANSGENDER or (member.sex is Sex.FEMALE and member.marital_status in EVER_MARRIED)


def _child_in_school(member: Member, ages: tuple[int, int] | None) -> bool:
    low, high = ages or (0, 99)
    return member.school is SchoolStatus.ATTENDING and member.age is not None and low <= member.age <= high


def _mother_or_infant(member: Member, ages: tuple[int, int] | None) -> bool:
    expecting = member.sex is Sex.FEMALE and bool(member.pregnant_or_lactating)
    low, high = ages or (0, 0)
    return expecting or (member.age is not None and low <= member.age <= high)


def _head(member: Member, ages: tuple[int, int] | None) -> bool:  # noqa: ARG001 - one shape
    return member.relation is Relation.HEAD


_QUALIFIES: dict[Recipients, Callable[[Member, tuple[int, int] | None], bool]] = {
    Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS: _ever_married_woman_or_transgender,
    Recipients.CHILDREN_IN_SCHOOL: _child_in_school,
    Recipients.PREGNANT_OR_LACTATING_WOMEN_AND_INFANTS: _mother_or_infant,
    Recipients.HEAD: _head,
}


def situate(
    household: Household, conclusions: dict[str, Conclusion], policies: InForce, scores: dict[bytes, Score | None]
) -> Situation:
    """What the six occasions need to know of a household."""
    status, years = _status(household, conclusions, policies)
    surveys = household.surveys
    return Situation(
        status,
        surveys[-1].on if surveys else None,
        _windows(household, policies) if policies.shocks else (),
        _appeals(policies, scores) if status is not Status.BENEFICIARY else (),
        years,
    )


def _status(household: Household, conclusions: dict[str, Conclusion], policies: InForce) -> tuple[Status, int]:
    """A beneficiary is enrolled in a programme that recertifies; where a programme does not report, eligible for it."""
    status = Status.ABOVE_CUTOFF
    for programme in policies.programmes:
        years = programme.rule.recertify_every_years
        if years is None:
            continue
        outcome = conclusions[programme.programme_id].outcome
        reported = household.programmes.get(programme.programme_id, NOTHING_REPORTED).enrolment
        enrolled = reported in (ProgrammeReport.ENROLLED, ProgrammeReport.SUSPENDED)
        if enrolled or (not programme.rule.reports and outcome is Outcome.ELIGIBLE):
            return Status.BENEFICIARY, years
        if outcome is Outcome.BLOCKED:
            status = Status.BLOCKED
        elif outcome in (Outcome.ELIGIBLE, Outcome.PENDING) and status is not Status.BLOCKED:
            status = Status.ELIGIBLE_NOT_ENROLLED
    return status, YEARS_BETWEEN_RECERTIFICATIONS


def _windows(household: Household, policies: InForce) -> tuple[ShockWindow, ...]:
    answered = {done.subject: done.on for done in household.surveys if done.occasion is Occasion.SHOCK}
    return tuple(
        ShockWindow(
            shock.declared.shock,
            shock.declared.resurvey_from,
            shock.resurveys_until,
            answered.get(shock.declared.shock),
        )
        for shock in policies.shocks
        if shock.find_struck(household.find_place_on, household.find_groups_on) is not None
    )


def _appeals(policies: InForce, scores: dict[bytes, Score | None]) -> tuple[str, ...]:
    taken = []
    for programme in policies.programmes:
        rule, cutoff = programme.rule.appeal, programme.cutoff
        if rule is None or cutoff is None:
            continue
        score = scores.get(cutoff.scorecard)
        if score is None:
            continue
        reach = passes(score, cutoff.comparison, cutoff.value + rule.points_over_cutoff_max)
        if reach and not passes(score, cutoff.comparison, cutoff.value):
            taken.append(programme.programme_id)
    return tuple(taken)


def decide_changes(
    before: dict[str, Conclusion],
    standing: Standing,
    *,
    kind: DecisionKind,
    policies: InForce,
    cause_position: int,
    household_version: int,
    place: str,
) -> list[Decided]:
    """The decisions that a new standing makes: one for each programme whose outcome or recipients changed.

    All that a decision needs to be derived again is carried in it.
    """
    if not before and all(map(_is_nothing, standing.conclusions.values())):
        return []
    decided = []
    for programme in sorted(before.keys() | standing.conclusions.keys()):
        was = before.get(programme, NOT_ELIGIBLE)
        now = standing.conclusions.get(programme, NOT_OPEN)
        if (was.outcome, was.recipients) == (now.outcome, now.recipients):
            continue
        decided.append(
            Decided(
                policies.day,
                programme,
                was.outcome,
                now,
                kind,
                cause_position,
                policies.position,
                household_version,
                place,
            )
        )
    return decided


def _is_nothing(conclusion: Conclusion) -> bool:
    """What holds for a programme before anything was concluded, too."""
    return conclusion.outcome is Outcome.INELIGIBLE and not conclusion.recipients


def kind_of(event: HouseholdEvent) -> DecisionKind:
    """Why a household's own event moved its standing."""
    if isinstance(event, Resurveyed):
        return _KIND_OF_RESURVEY.get(event.occasion, DecisionKind.CIRCUMSTANCES)
    return DecisionKind.CORRECTION if isinstance(event, Corrected) else DecisionKind.CIRCUMSTANCES


_KIND_OF_RESURVEY = {Occasion.APPEAL: DecisionKind.APPEAL, Occasion.SHOCK: DecisionKind.SHOCK}
