"""From a submission to what it asks of which households, and what it does to their keys; people are sealed here."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

import msgspec
from msgspec.structs import replace

from adapters.keys import people
from adapters.keys.key_table import Holder
from adapters.keys.keyring import Keyring
from adapters.keys.people import KeyRow
from adapters.log import Conflict
from adapters.registry.reading import History
from adapters.registry.rosters import families_of_parting, founded_by_merging, joining_members, parting_members
from adapters.registry.tracing import (
    find_on_roster,
    first_day,
    lives_elsewhere,
    refuse_the_erased,
    trace,
    whom_to_recognise,
)
from adapters.submissions import shape
from adapters.submissions.first_surveys import FirstSurvey, SealedSurvey, seal_first_surveys
from adapters.submissions.sealing import Sealer
from domain.household import decide as asked
from domain.household.decide import HouseholdCommand
from domain.household.events import Corrected, Registered, Resurveyed, Survey
from domain.household.state import fold
from domain.questionnaire.answers import Family, Member
from domain.questionnaire.codes import JoinReason, LeaveReason
from domain.refusal import Rejected


class Step(msgspec.Struct, frozen=True):
    """One request to one household."""

    household: UUID
    command: HouseholdCommand


class KeyCopy(msgspec.Struct, frozen=True):
    """A person's wrapped key that goes with her into another household's row."""

    member: UUID
    from_household: UUID
    to_household: UUID


class Plan(msgspec.Struct, kw_only=True):
    """Everything a submission would do. `household` is the one it is about; `survey` the one to be checked, if any."""

    household: UUID
    steps: list[Step] = []
    histories: dict[UUID, History] = {}
    survey: Survey | None = None
    survey_on: date | None = None
    new_rows: dict[UUID, KeyRow] = {}
    changed_rows: dict[UUID, KeyRow] = {}
    copies: list[KeyCopy] = []
    erasures: list[tuple[UUID, UUID]] = []
    destroys_household: bool = False


class Known(Protocol):
    """What planning must look up."""

    def history(self, household: UUID) -> History:
        """A household's events."""

    def key_row(self, household: UUID) -> KeyRow:
        """A household's key row."""

    def find_holders(self, tokens: Iterable[UUID]) -> dict[UUID, Holder]:
        """Who holds these tokens."""


class Planner:
    """Makes plans. Raises Rejected where a submission cannot even be understood against what is known."""

    def __init__(self, sealer: Sealer, keyring: Keyring, known: Known) -> None:
        self._sealer = sealer
        self._keyring = keyring
        self._known = known

    def plan(self, submission: shape.AnySubmission) -> Plan:
        """Plan one submission."""
        try:
            return self._plan(submission)
        except people.Erased as erased:
            raise Rejected(str(erased)) from erased

    def _plan(self, submission: shape.AnySubmission) -> Plan:
        match submission:
            case shape.MissedOut():
                return self._registration(submission)
            case shape.ShockSurvey() | shape.Appeal() | shape.Cyclic() | shape.Recertification():
                return self._survey_again(submission)
            case shape.Correction():
                return self._correction(submission)
            case shape.RosterUpdate():
                return self._roster_update(submission)
            case shape.Move(household=household, on=on, place=place, address=address):
                plan = self._about(household)
                sealed = self._sealer.address(address, household, self._known.key_row(household))
                plan.steps = [Step(household, asked.MoveTo(on, place, sealed))]
                return plan
            case shape.Split():
                return self._split(submission)
            case shape.Merge():
                return self._merge(submission)
            case shape.Erasure(household=household, on=on, member=member, authority=authority):
                if member is None:
                    return self._destruction(household, on, authority)
                return self._erasure(household, on, member, authority)
            case shape.ProgrammeReports(household=household, on=on, programme=programme, report=report):
                plan = self._about(household)
                command = asked.ReportProgramme(on, programme, report, submission.filters, submission.family)
                plan.steps = [Step(household, command)]
                return plan
            case shape.PaymentReports(household=household, on=on, programme=programme, amount_paisa=amount):
                plan = self._about(household)
                plan.steps = [Step(household, asked.ReportPayment(on, programme, submission.submission_id, amount))]
                return plan

    def first_surveys(self, submissions: Sequence[shape.MissedOut]) -> list[Plan | None]:
        """Plan many first surveys of households taken to be new (if one is not, the log will tell).

        Nothing stands in place of one in which anything is amiss: planned by itself, it is refused with its reasons.
        """
        wanted: dict[int, FirstSurvey] = {}
        for index, submission in enumerate(submissions):
            with contextlib.suppress(Rejected):
                wanted[index] = FirstSurvey(submission, self.new_household(submission))
        sealed = seal_first_surveys(self._sealer, self._keyring, list(wanted.values()))
        plans: list[Plan | None] = [None] * len(submissions)
        for (index, first), made in zip(wanted.items(), sealed, strict=True):
            if made is not None:
                plans[index] = _new_household(first, made)
        return plans

    def new_household(self, submission: shape.MissedOut) -> UUID:
        """The id that a household which is new will have. Raises Rejected."""
        key = submission.source_key or str(submission.submission_id)
        if "\0" in key:  # no table of answers could take it, and the followers would stand still there
            raise Rejected("The key of the household holds the character NUL: leave that character out.")
        return self._sealer.household_id(submission.on, submission.source, key)

    def _registration(self, submission: shape.MissedOut) -> Plan:
        household = submission.household or self.new_household(submission)
        history = self._known.history(household)
        if submission.household is not None and not history:
            raise Rejected(f"Household {household} is not registered: leave its id out to register a new one.")
        known, row = whom_to_recognise(history, submission.on), self._known.key_row(household) if history else None
        survey, row = self._sealer.survey(
            submission.survey, submission.on, household, submission.submission_id, known, row
        )
        step = Step(household, asked.Register(submission.on, survey, submission.source_key))
        plan = Plan(
            household=household, steps=[step], histories={household: history}, survey=survey, survey_on=submission.on
        )
        if history:
            plan.changed_rows = {household: row}
        else:
            plan.new_rows = {household: row}
        return plan

    def _about(self, household: UUID) -> Plan:
        history = self._known.history(household)
        if not history:
            raise Rejected(
                f"Household {household} is not registered: find it by a member's CNIC, or survey it as missed out."
            )
        return Plan(household=household, histories={household: history})

    def _survey_again(self, submission: shape.Resurvey) -> Plan:
        plan = self._about(submission.household)
        survey = self._sealed_survey(plan, submission.survey, submission.on, submission.submission_id)
        subject = None
        if isinstance(submission, shape.ShockSurvey):
            subject = submission.shock
        elif isinstance(submission, shape.Appeal):
            subject = submission.programme
        command = asked.SurveyAgain(submission.on, submission.occasion, survey, subject)
        plan.steps = [Step(plan.household, command)]
        return plan

    def _correction(self, submission: shape.Correction) -> Plan:
        plan = self._about(submission.household)
        wrong = next(
            (
                recorded.event.on
                for recorded in plan.histories[plan.household]
                if recorded.envelope.submission == submission.corrects
                and isinstance(recorded.event, Registered | Resurveyed | Corrected)
            ),
            None,
        )
        if wrong is None:
            raise Rejected(
                f"Submission {submission.corrects} brought no survey of this household: name the one that did."
            )
        survey = self._sealed_survey(plan, submission.survey, wrong, submission.submission_id)
        refuse_the_erased(plan.histories[plan.household], survey)
        plan.steps = [Step(plan.household, asked.CorrectSurvey(wrong, submission.corrects, survey, submission.reason))]
        return plan

    def _sealed_survey(self, plan: Plan, questionnaire: shape.Questionnaire, on: date, submission: UUID) -> Survey:
        household = plan.household
        known = whom_to_recognise(plan.histories[household], on)
        survey, row = self._sealer.survey(
            questionnaire, on, household, submission, known, self._known.key_row(household)
        )
        plan.survey, plan.survey_on = survey, on
        plan.changed_rows = {household: row}
        return survey

    def _erasure(self, household: UUID, on: date, member: UUID, authority: str) -> Plan:
        """She is erased in every household where she is or was, in each from when it knows her, the named one first."""
        plan = self._about(household)
        plan.histories = trace(member, household, self._known.history)
        plan.steps = [
            Step(each, asked.EraseMember(max(on, first_day(member, history) or on), member, authority))
            for each, history in plan.histories.items()
        ]
        plan.erasures = [(member, each) for each in plan.histories]
        return plan

    def _destruction(self, household: UUID, on: date, authority: str) -> Plan:
        """All keys of a household, and wherever they lie those of its people who live in no other household."""
        plan = self._about(household)
        here = fold(plan.histories[household])
        assert here is not None, "the household was found"
        for member in sorted(here.roster.keys() | here.former):
            histories = trace(member, household, self._known.history)
            if not lives_elsewhere(member, household, histories):
                erased = self._erasure(household, on, member, authority)
                plan.histories = plan.histories | erased.histories
                plan.steps += erased.steps
                plan.erasures += erased.erasures
        days = [step.command.on for step in plan.steps]
        last = max([on, here.on, *days])  # one day, on which all of them are known and after which nothing is told
        plan.steps = [Step(step.household, replace(step.command, on=last)) for step in plan.steps]
        plan.steps.append(Step(household, asked.DestroyKeys(last, authority)))
        plan.destroys_household = True
        return plan

    def _roster_update(self, submission: shape.RosterUpdate) -> Plan:
        plan = self._about(submission.household)
        lines = Counter(change.person.line for change in submission.changes if isinstance(change, shape.MemberJoins))
        if twice := [line for line, times in lines.items() if times > 1]:
            raise Rejected(f"Two persons who join stand on line {twice[0]}: give each a line of her own.")
        for change in submission.changes:
            plan.steps += self._change(plan, change, submission)
        return plan

    def _change(self, plan: Plan, change: shape.AnyChange, submission: shape.RosterUpdate) -> list[Step]:
        if isinstance(change, shape.MemberJoins):
            return self._join(plan, change, submission)
        return [Step(plan.household, self._command(plan, change, submission.on))]

    def _command(self, plan: Plan, change: shape.AnyOtherChange, on: date) -> HouseholdCommand:
        household = plan.household
        match change:
            case shape.MemberLeaves(member=member, reason=reason, evidence=evidence):
                return asked.RemoveMember(on, member, reason, evidence)
            case shape.HeadChanges(member=member, relations=relations):
                return asked.NameHead(on, member, relations)
            case shape.MaritalStatusChanges(member=member, to=status, spouse=spouse, evidence=evidence):
                return asked.ChangeMaritalStatus(on, member, status, spouse, evidence)
            case shape.DisabilityChanges(member=member, to=kinds, certified=certified, evidence=evidence):
                return asked.ChangeDisability(on, member, kinds, certified, evidence)
            case shape.GenderChanges(member=member, to=sex, evidence=evidence):
                return asked.ChangeGender(on, member, sex, evidence)
            case shape.RecipientChanges(family=family, member=member):
                return asked.ChooseRecipient(on, family, member)
            case shape.ContactChanges(phones=phones):
                return asked.ChangeContact(on, self._sealer.contact(phones, household, self._row(plan, household)))
            case shape.AddressChanges(address=address):
                return asked.ChangeAddress(on, self._sealer.address(address, household, self._row(plan, household)))

    def _join(self, plan: Plan, change: shape.MemberJoins, submission: shape.RosterUpdate) -> list[Step]:
        """A person joins; if she stands on another roster she leaves it in the same step, and her key goes along."""
        if change.reason in (JoinReason.SPLIT, JoinReason.MERGE):
            raise Rejected(
                f"Nobody joins by {change.reason.word} alone: send a {change.reason.word} of the households."
            )
        person, here, on = change.person, plan.household, submission.on
        token = self._sealer.find_token(person.cnic)
        holder = self._known.find_holders([token]).get(token) if token else None
        before: list[Step] = []
        known = find_on_roster(plan.histories[here], person.member_id, token)
        row = self._row(plan, here)
        came_from = holder.household_id if holder is not None and holder.household_id != here else None
        if holder is not None and came_from is not None:
            known = self._member_elsewhere(plan, holder, change.reason)
            reason = LeaveReason.MARRIAGE if change.reason is JoinReason.MARRIAGE else LeaveReason.DEPARTURE
            left = asked.RemoveMember(on, holder.member_id, reason, change.evidence, here)
            before = [Step(holder.household_id, left)]
            row = people.copy_member(self._known.key_row(holder.household_id), row, holder.member_id)
            plan.copies = [*plan.copies, KeyCopy(holder.member_id, holder.household_id, here)]
        if person.member_id is not None and (known is None or known.member_id != person.member_id):
            raise Rejected(
                f"Member {person.member_id} is not known here: leave her id out, and name her by her CNIC or B-form."
            )
        member, row = self._sealer.joining_member(person, on, submission.submission_id, known, row)
        member = replace(member, mother=change.mother, father=change.father, spouse=change.spouse)
        plan.changed_rows = {**plan.changed_rows, here: row}
        family = _founded(change.family, member)
        return [*before, Step(here, asked.AddMember(on, member, change.reason, change.evidence, came_from, family))]

    def _member_elsewhere(self, plan: Plan, holder: Holder, reason: JoinReason) -> Member:
        if reason is JoinReason.BIRTH:
            raise Rejected(
                f"This number is on the roster of household {holder.household_id}: nobody is born with it here."
            )
        history = self._known.history(holder.household_id)
        plan.histories = {**plan.histories, holder.household_id: history}
        there = fold(history)
        assert there is not None, "a token is held by a registered household"
        if holder.member_id not in there.roster:
            raise Conflict(f"Member {holder.member_id} moved on in between. Look again, decide again.")
        return there.roster[holder.member_id]

    def _row(self, plan: Plan, household: UUID) -> KeyRow:
        return plan.changed_rows.get(household) or self._known.key_row(household)

    def _split(self, submission: shape.Split) -> Plan:
        plan = self._about(submission.household)
        old, on = plan.household, submission.on
        here = fold(plan.histories[old])
        parting = parting_members(here, submission.members)
        new = self._sealer.household_id(on, submission.source, str(submission.submission_id))
        plan.histories = {**plan.histories, new: self._known.history(new)}
        row = self._sealer.new_row(new)
        address = self._sealer.address(submission.address, new, row)
        formed = asked.Form(on, old, submission.place, parting, families_of_parting(here, parting), address=address)
        leave = [
            Step(old, asked.RemoveMember(on, member.member_id, LeaveReason.SPLIT, to_household=new))
            for member in parting
        ]
        plan.steps = [*leave, Step(new, formed)]
        plan.new_rows = {new: row}
        plan.copies = self._copies(old, new, (member.member_id for member in parting))
        return plan

    def _merge(self, submission: shape.Merge) -> Plan:
        survivor, duplicate, on = submission.household, submission.duplicate, submission.on
        if survivor == duplicate:
            raise Rejected("A household cannot be merged into itself: name two registrations.")
        plan, other = self._about(survivor), self._about(duplicate)
        plan.histories |= other.histories
        stays, goes = fold(plan.histories[survivor]), fold(plan.histories[duplicate])
        assert stays is not None, "the survivor was found"
        assert goes is not None, "the duplicate was found"
        joining = joining_members(stays, goes, submission.same_person)
        founded = founded_by_merging(stays, goes, joining)
        plan.steps = []
        for member in joining:
            family = founded.get(member.family)
            plan.steps += [
                Step(duplicate, asked.RemoveMember(on, member.member_id, LeaveReason.MERGE, to_household=survivor)),
                Step(survivor, asked.AddMember(on, member, JoinReason.MERGE, (), duplicate, family)),
            ]
        plan.steps += [
            Step(survivor, asked.AbsorbDuplicate(on, duplicate)),
            Step(duplicate, asked.MergeInto(on, survivor)),
        ]
        plan.copies = self._copies(duplicate, survivor, (member.member_id for member in joining))
        return plan

    def _copies(self, old: UUID, new: UUID, members: Iterable[UUID]) -> list[KeyCopy]:
        held = self._known.key_row(old).members
        return [KeyCopy(member, old, new) for member in members if member in held]


def _new_household(first: FirstSurvey, made: SealedSurvey) -> Plan:
    submission, household = first
    command = asked.Register(submission.on, made.survey, submission.source_key)
    return Plan(
        household=household,
        steps=[Step(household, command)],
        histories={household: []},
        survey=made.survey,
        survey_on=submission.on,
        new_rows={household: made.keys},
    )


def _founded(family: shape.StatedFamily | None, member: Member) -> Family | None:
    """The family that a joining member founds; it may name her, by her line, as who is paid."""
    if family is None:
        return None
    return Family(family.number, family.kind, member.member_id if family.recipient_line == member.line else None)
