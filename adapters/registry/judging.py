"""Deciding a plan: every step on the state its household had on that day, then the checks on what comes out."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.cards import compile_card
from adapters.keys.key_table import Holder
from adapters.keys.people import Erased
from adapters.registry.plan import Plan, Step
from adapters.registry.reading import History, Reader
from adapters.submissions.shape import AnySubmission, Erasure, Merge, MissedOut, PaymentReports, ProgrammeReports
from domain.checks import Finding, Severity, check_survey
from domain.event import Envelope, Event, Recorded
from domain.household import decide as asked
from domain.household.decide import decide
from domain.household.events import Corrected, HouseholdEvent, Survey
from domain.household.state import Household, evolve, fold, tokens_of
from domain.keys import ApproveDestruction, DestructionRepeated, no_keys_left
from domain.keys import decide as decide_destruction
from domain.occasions import Situation
from domain.places import Places
from domain.policies import InForce, in_force
from domain.questionnaire.answers import Place
from domain.refusal import Rejected
from domain.registry_day import day_in_pakistan
from domain.standing import Standing, assess
from domain.streams import destruction_stream
from domain.submission import Reason

DAYS_IN_FORCE_KEPT = 64


class Judged(msgspec.Struct, frozen=True):
    """What came out: events in order, tokens that change hands, and the flags of a survey."""

    events: list[tuple[UUID, HouseholdEvent]]
    claimed: list[Holder]
    released: list[Holder]
    moved: list[tuple[Holder, UUID]]
    flags: tuple[str, ...] = ()
    approvals: list[tuple[UUID, int, Event]] = []


class Refusal(Rejected):
    """A refusal whose reasons carry the names of the checks."""

    def __init__(self, *findings: Reason) -> None:
        self.findings = findings
        super().__init__(*(finding.sentence for finding in findings))


class Judge:
    """Holds the policies and the places that submissions are judged by."""

    def __init__(self, reader: Reader, places: Places) -> None:
        self.reader = reader
        self._places = places
        self._days_in_force: dict[tuple[int, date], InForce] = {}

    def judge(self, plan: Plan, submission: AnySubmission, now: datetime, repeats_of: date | None = None) -> Judged:
        """Decide and check a plan. Raises Rejected, or Refusal with the names of the checks that refuse.

        `repeats_of`: on which day an erasure was made first that a restored backup has undone.
        """
        today = day_in_pakistan(now)
        self._check_day(submission, today)
        self._check_subject(submission)
        flags = self._check_survey(plan, submission, today)
        _refuse_what_is_closed(plan, submission)
        days = {step.household: max(submission.on, step.command.on) for step in plan.steps}
        states = {
            household: _on_the_day(history, days.get(household, submission.on))
            for household, history in plan.histories.items()
        }
        events: list[tuple[UUID, HouseholdEvent]] = []
        situations = {step.household: self._situation(states.get(step.household), submission.on) for step in plan.steps}
        for step in plan.steps:
            for event in _decide(step, states.get(step.household), situations[step.household], flags):
                events.append((step.household, event))
                states[step.household] = evolve(states.get(step.household), event)
        if plan.survey is None and events and not plan.erasures:  # an erasure is lawful whatever else is wrong
            self._check_roster(plan, states, submission.on, today)
        judged = _with_tokens(plan, events, now, flags)
        if isinstance(submission, Erasure) and (events or repeats_of):
            return replace(judged, approvals=self._approve(submission, today, repeats_of))
        return judged

    def _approve(self, erasure: Erasure, today: date, repeats_of: date | None) -> list[tuple[UUID, int, Event]]:
        """Two people destroy keys: whoever sends this approves what another has proposed. Raises Refusal.

        What was destroyed once needs no approval to be destroyed again, after a backup brought it back.
        """
        subject = erasure.member or erasure.household
        proposed, version = self.reader.destruction(subject)
        command = ApproveDestruction(today, erasure.household, erasure.member, erasure.authority, erasure.operator)
        try:
            repeated = repeats_of and DestructionRepeated(today, erasure.household, erasure.member, repeats_of)
            events = [repeated] if repeated else decide_destruction(command, proposed)
        except Rejected as rejected:
            raise Refusal(*(Reason("approved_by_another", sentence) for sentence in rejected.reasons)) from rejected
        return [(destruction_stream(subject), version + offset, event) for offset, event in enumerate(events, 1)]

    def judge_first(self, plan: Plan, submission: MissedOut, now: datetime) -> Judged:
        """Decide and check the first survey of a household that is new; raises Rejected as `judge` does.

        It comes to what `judge` comes to where there is no history, and looks neither for one nor at what is in force:
        a third of the time of `judge`.
        """
        today, household = day_in_pakistan(now), plan.household
        self._check_day(submission, today)
        self._check_subject(submission)
        flags = self._check_survey(plan, submission, today)
        events = [(household, event) for step in plan.steps for event in _decide(step, None, Situation(), flags)]
        roster = plan.survey.roster if plan.survey is not None else ()
        claimed = [Holder(one.token, household, one.member_id) for one in roster if one.token is not None]
        return Judged(events, claimed, [], [], flags)

    def situation(self, household: Household | None, on: date) -> Situation:
        """What the occasions need to know of a household on a day, under the policies known now."""
        return self._situation(household, on)

    def standing(self, household: Household, on: date) -> Standing:
        """What is concluded about a household on a day, under the policies known now."""
        return assess(household, self.in_force(on))

    def in_force(self, on: date) -> InForce:
        """Everything in force on a day, under the policies known now."""
        policies = self.reader.policies()
        known = self._days_in_force.get((policies.position, on))
        if known is None:
            if len(self._days_in_force) >= DAYS_IN_FORCE_KEPT:
                self._days_in_force = {}
            known = self._days_in_force[policies.position, on] = in_force(policies, on, compile_card)
        return known

    def reasons_of(self, rejected: Rejected) -> Iterator[Reason]:
        """The reasons of a refusal, with the checks' names where checks refused."""
        if isinstance(rejected, Refusal):
            yield from rejected.findings
        else:
            check = "keys_destroyed" if isinstance(rejected.__cause__, Erased) else "rule"
            yield from (Reason(check, sentence) for sentence in rejected.reasons)

    def _situation(self, household: Household | None, on: date) -> Situation:
        if household is None:
            return Situation()
        return assess(household, self.in_force(on)).situation

    def _check_day(self, submission: AnySubmission, today: date) -> None:
        if submission.on > today:
            raise Refusal(
                Reason("date_in_the_future", f"The submission speaks of {submission.on}, which is yet to come.")
            )

    def _check_subject(self, submission: AnySubmission) -> None:
        """Shocks, programmes and places that a submission names must be known."""
        if (place := _place_of(submission)) is not None and (problem := self._places.find_residence_problem(place)):
            raise Refusal(Reason("place_unknown", problem))
        if isinstance(submission, ProgrammeReports | PaymentReports):
            programme = self.reader.policies().programmes.get(submission.programme)
            if programme is None:
                raise Refusal(Reason("programme_unknown", f"Programme {submission.programme} is not open here."))
            filters = submission.filters if isinstance(submission, ProgrammeReports) else ()
            if unknown := set(filters) - set(programme.rule.filters):
                known = ", ".join(programme.rule.filters) or "none"
                sentence = f"{submission.programme} has no filter named {', '.join(sorted(unknown))}; it has: {known}."
                raise Refusal(Reason("filter_unknown", sentence))

    def _check_survey(self, plan: Plan, submission: AnySubmission, received_on: date) -> tuple[str, ...]:
        if plan.survey is None or plan.survey_on is None:
            return ()
        capture = (
            submission.capture if plan.survey_on == submission.on else None
        )  # a correction is taken on a later day
        return _flags_of(check_survey(plan.survey_on, plan.survey, capture, received_on))

    def _check_roster(self, plan: Plan, after: dict[UUID, Household | None], on: date, received_on: date) -> None:
        """A change of the roster may not bring in a contradiction that was not there before."""
        for household, history in plan.histories.items():
            now = after.get(household)
            if now is None or now.answers is None or not now.roster or now.merged_into is not None:
                continue
            was = {(f.check, f.members) for f in _findings(_on_the_day(history, on), on, received_on)}
            found = [f for f in _findings(now, on, received_on) if f.severity is Severity.REFUSE]
            _refuse([finding for finding in found if (finding.check, finding.members) not in was])


def _refuse_what_is_closed(plan: Plan, submission: AnySubmission) -> None:
    """A registration that was merged into another takes nothing but erasures, whatever day a submission speaks of.

    One whose keys were destroyed takes what programmes report besides.
    """
    if isinstance(submission, Erasure):
        return
    for household, history in plan.histories.items():
        state = fold(history)
        if state is None:
            continue
        survivor, destroyed_on = state.merged_into, state.keys_destroyed_on
        if destroyed_on is not None and not isinstance(submission, ProgrammeReports | PaymentReports):
            raise Refusal(Reason("keys_destroyed", f"Household {household}: {no_keys_left(destroyed_on)}"))
        if survivor is not None and not (isinstance(submission, Merge) and submission.household == survivor):
            sentence = f"Household {household} was merged into household {survivor}: send this for that one."
            raise Refusal(Reason("merged_into_another", sentence))


def _findings(household: Household | None, on: date, received_on: date) -> tuple[Finding, ...]:
    if household is None or household.answers is None:
        return ()
    roster = tuple(household.roster.values())
    survey = Survey(household.place, household.answers, roster, household.families)
    return check_survey(on, survey, None, received_on)


def _flags_of(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The names of the checks that found something odd. Raises Refusal where one found something wrong."""
    if not findings:
        return ()
    _refuse([finding for finding in findings if finding.severity is Severity.REFUSE])
    return tuple(sorted({finding.check for finding in findings}))


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise Refusal(*(Reason(finding.check, finding.sentence) for finding in findings))


def _decide(
    step: Step, household: Household | None, situation: Situation, flags: tuple[str, ...]
) -> list[HouseholdEvent]:
    command = step.command
    if flags and isinstance(command, asked.Register | asked.SurveyAgain | asked.CorrectSurvey):
        command = replace(command, survey=replace(command.survey, flags=flags))
    return decide(command, household, situation)


def _on_the_day(history: History, on: date) -> Household | None:
    """The household on the day a submission speaks of; one that began later is taken as it began, not as unknown."""
    if not history:
        return None
    return fold(history, as_of=on) or fold(history)


def _with_tokens(
    plan: Plan, events: list[tuple[UUID, HouseholdEvent]], now: datetime, flags: tuple[str, ...]
) -> Judged:
    """Tokens follow the roster as it stands after everything known, not after this submission's day alone."""
    before: dict[UUID, Holder] = {}
    after: dict[UUID, Holder] = {}
    final: dict[UUID, Household | None] = {}
    for household, history in plan.histories.items():
        new = [event for stream, event in events if stream == household]
        final[household] = _folded_with(history, new, now)
        before |= _holders(household, fold(history))
        after |= _held_once_each(household, final[household])
    if len(final) > 1:
        _refuse_two_rosters(final)
    _refuse_undoing_the_same_day(plan, events, final)
    claimed = [holder for token, holder in after.items() if token not in before]
    released = [holder for token, holder in before.items() if token not in after]
    moved = []
    for token, holder in after.items():
        held = before.get(token)
        if held is None or held == holder:
            continue
        if held.member_id == holder.member_id:
            moved.append((held, holder.household_id))
        else:
            released.append(held)
            claimed.append(holder)
    return Judged(events, claimed, released, moved, flags)


def _held_once_each(household_id: UUID, state: Household | None) -> dict[UUID, Holder]:
    """The tokens a household would hold. No late fact may give a member the number of one who joined after its day."""
    held = _holders(household_id, state)
    if held and state is not None and sum(member.token is not None for member in state.roster.values()) > len(held):
        sentence = (
            f"Two members of household {household_id} would have the same CNIC or B-form number, one of them since "
            "another day: correct the number."
        )
        raise Refusal(Reason("cnic_twice", sentence))
    return held


def _refuse_two_rosters(final: dict[UUID, Household | None]) -> None:
    """Whoever moves must have left the old roster for good; a newer survey there may have listed her again."""
    stands: dict[UUID, UUID] = {}
    for household, state in final.items():
        for member in state.roster if state is not None and state.merged_into is None else ():
            if (other := stands.setdefault(member, household)) != household:
                sentence = (
                    f"Member {member} would stand on two rosters, of household {other} and of household {household}: "
                    "a later survey or update has her on the one she leaves. Correct the date, or that survey first."
                )
                raise Refusal(Reason("on_two_rosters", sentence))


def _refuse_undoing_the_same_day(
    plan: Plan, events: list[tuple[UUID, HouseholdEvent]], final: dict[UUID, Household | None]
) -> None:
    """A correction stands last on its day: who joined or left by an update of that very day must be in it, or not."""
    for household, event in events:
        was, now = fold(plan.histories[household]), final[household]
        if not isinstance(event, Corrected) or was is None or now is None:
            continue
        stated = next(done.survey.roster for done in reversed(was.surveys) if done.on == event.on)
        known = {member.member_id for member in stated}
        dropped, brought_back = was.roster.keys() - now.roster.keys(), now.roster.keys() - was.roster.keys()
        if undone := [*(dropped - known), *(brought_back & known)]:
            sentence = (
                f"{len(undone)} members joined or left by an update of {event.on}, the day of that survey: write the "
                "correction as the roster stood at the end of the day."
            )
            raise Refusal(Reason("undoes_the_same_day", sentence))


def _holders(household_id: UUID, household: Household | None) -> dict[UUID, Holder]:
    return {token: Holder(token, household_id, member) for token, member in tokens_of(household).items()}


def _folded_with(history: History, new: list[HouseholdEvent], now: datetime) -> Household | None:
    if not history:
        state: Household | None = None
        for event in new:
            state = evolve(state, event)
        return state
    last = history[-1]
    envelope = Envelope(now, "", "")
    added = [
        Recorded(last.position + offset, last.stream, last.version + offset, envelope, event)
        for offset, event in enumerate(new, 1)
    ]
    return fold([*history, *added])


def _place_of(submission: AnySubmission) -> Place | None:
    survey = getattr(submission, "survey", None)
    return survey.place if survey is not None else getattr(submission, "place", None)


def next_version(history: History) -> int:
    """The version that a household's next event will have."""
    return history[-1].version + 1 if history else 1
