"""Every rule for answering what is asked of a household. A request is judged against the day it speaks of."""

from typing import assert_never
from uuid import UUID

from domain.household import events as happened
from domain.household.commands import (
    AboutRegistered,
    AbsorbDuplicate,
    AddMember,
    ChangeAddress,
    ChangeContact,
    ChangeDisability,
    ChangeGender,
    ChangeMaritalStatus,
    ChooseRecipient,
    CorrectSurvey,
    DestroyKeys,
    EraseMember,
    Form,
    HouseholdCommand,
    MergeInto,
    MoveTo,
    NameHead,
    Register,
    RemoveMember,
    ReportPayment,
    ReportProgramme,
    SurveyAgain,
)
from domain.household.events import HouseholdEvent
from domain.household.participation import Participation
from domain.household.state import Household
from domain.keys import no_keys_left
from domain.occasions import (
    EVIDENCE_OF_CERTIFICATION,
    EVIDENCE_OF_GENDER,
    EVIDENCE_OF_STATUS,
    EVIDENCE_TO_JOIN,
    EVIDENCE_TO_LEAVE,
    OCCASIONS,
    Clock,
    Situation,
    opening,
)
from domain.questionnaire.answers import Family, Member
from domain.questionnaire.codes import (
    Evidence,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    Occasion,
    ProgrammeReport,
    Relation,
)
from domain.refusal import Rejected

__all__ = [
    "AbsorbDuplicate",
    "AddMember",
    "ChangeAddress",
    "ChangeContact",
    "ChangeDisability",
    "ChangeGender",
    "ChangeMaritalStatus",
    "ChooseRecipient",
    "CorrectSurvey",
    "DestroyKeys",
    "EraseMember",
    "Form",
    "HouseholdCommand",
    "MergeInto",
    "MoveTo",
    "NameHead",
    "Register",
    "RemoveMember",
    "ReportPayment",
    "ReportProgramme",
    "SurveyAgain",
    "decide",
]

PAYMENT_PAISA_MAX = 1_000_000_000
"""Most that a programme pays a household at once: ten million rupees, ours, so that a slip of the unit is seen."""


def decide(command: HouseholdCommand, household: Household | None, situation: Situation) -> list[HouseholdEvent]:
    """Decide about one household: every event the request causes, in order; nothing where it is so already.

    `household` and `situation` describe the day the request speaks of. Raises Rejected with every reason.
    """
    match command:
        case Register():
            return _register(command, household, situation)
        case Form():
            return _form(command, household)
        case MergeInto(survivor=survivor) if household is not None and household.merged_into == survivor:
            return []
        case _:
            return _decide_about(command, _registered(command, household), situation)


_WITHOUT_KEYS = EraseMember | DestroyKeys | ReportProgramme | ReportPayment
"""What can be said of a household whose keys are destroyed: nothing of it is sealed."""


def _registered(command: AboutRegistered, household: Household | None) -> Household:
    if household is None:
        raise Rejected("The household is not registered: take a full survey as missed out first.")
    if household.merged_into is not None and not isinstance(command, EraseMember):  # whose identity may lie here too
        raise Rejected(f"This registration was merged into household {household.merged_into}: use that one.")
    if household.keys_destroyed_on is not None and not isinstance(command, _WITHOUT_KEYS):
        raise Rejected(no_keys_left(household.keys_destroyed_on))
    if command.on < household.known_since:
        raise Rejected(
            f"The household is known from {household.known_since} on and this speaks of {command.on}: correct the date."
        )
    return household


def _decide_about(command: AboutRegistered, household: Household, situation: Situation) -> list[HouseholdEvent]:  # noqa: C901 - one case a command
    match command:
        case SurveyAgain():
            return _survey_again(command, household, situation)
        case CorrectSurvey():
            return _correct(command, household)
        case AddMember():
            return _add(command, household)
        case RemoveMember():
            return _remove(command, household)
        case NameHead():
            return _name_head(command, household)
        case ChangeMaritalStatus():
            return _change_marital_status(command, _member(household, command.member_id))
        case ChangeDisability():
            return _change_disability(command, _member(household, command.member_id))
        case ChangeGender():
            return _change_gender(command, _member(household, command.member_id))
        case ChooseRecipient():
            return _choose_recipient(command, household)
        case ChangeContact(on=on, contact=contact):
            same = household.contact.phone_tokens == contact.phone_tokens
            return [] if same else [happened.ContactChanged(on, contact)]
        case ChangeAddress(on=on, address=address):
            return [] if household.address == address else [happened.AddressChanged(on, address)]
        case MoveTo():
            return _move(command, household)
        case AbsorbDuplicate(on=on, duplicate=duplicate):
            return [] if duplicate in household.absorbed else [happened.DuplicateAbsorbed(on, duplicate)]
        case MergeInto(on=on, survivor=survivor):
            return [happened.MergedInto(on, survivor)]
        case EraseMember(on=on, member_id=who, authority=authority):
            if who in household.erased:
                return []
            if who not in household.former:
                _member(household, who)
            return [happened.MemberErased(on, who, authority)]
        case DestroyKeys(on=on, authority=authority):
            return [] if household.keys_destroyed_on is not None else [happened.KeysDestroyed(on, authority)]
        case ReportProgramme():
            return _report(command, household)
        case ReportPayment():
            return _report_payment(command, household)
        case _:
            assert_never(command)


def _member(household: Household, who: UUID) -> Member:
    if who not in household.roster:
        raise Rejected(f"Member {who} is not on the roster of this household on that day: look the household up again.")
    return household.roster[who]


def _need(shown: tuple[Evidence, ...], any_of: tuple[Evidence, ...], what: str) -> None:
    if any_of and not set(any_of) & set(shown):
        words = " or ".join(_spoken(evidence.word) for evidence in any_of)
        raise Rejected(f"Evidence is missing for {what}: show {words}.")


def _spoken(word: str) -> str:
    return word.replace("_", " ")


def _register(command: Register, household: Household | None, situation: Situation) -> list[HouseholdEvent]:
    if household is None:
        return [happened.Registered(command.on, command.survey, command.source_key)]
    if any((done.on, done.survey) == (command.on, command.survey) for done in household.surveys):
        return []
    again = SurveyAgain(command.on, Occasion.MISSED_OUT, command.survey)
    return _survey_again(again, _registered(again, household), situation)


def _form(command: Form, household: Household | None) -> list[HouseholdEvent]:
    if household is not None:
        return []
    if not command.roster:
        raise Rejected("Nobody would live in the new household: name the members who part.")
    return [
        happened.Formed(
            command.on,
            command.from_household,
            command.place,
            command.roster,
            command.families,
            command.contact,
            command.address,
        )
    ]


def _survey_again(command: SurveyAgain, household: Household, situation: Situation) -> list[HouseholdEvent]:
    on, occasion, survey, subject = command.on, command.occasion, command.survey, command.subject
    rule = OCCASIONS[occasion]
    word = _spoken(occasion.word)
    if not rule.full_survey:
        raise Rejected(f"A {word} is no full survey: bring what changed, or name the occasion of the survey.")
    if subject is None and rule.clock in (Clock.SHOCK_WINDOW, Clock.PROGRAMME_CONDITIONS):
        raise Rejected(f"A survey taken as {word} names the shock or the programme that it is for.")
    for done in household.surveys:
        if (done.on, done.occasion, done.subject) == (on, occasion, subject):
            if done.survey == survey:
                return []
            raise Rejected(f"A {word} survey of {on} is recorded already: a change of it is a correction.")
    chance = opening(rule, situation, on, subject)
    if not chance.is_open:
        raise Rejected(f"Not taken as {word}: {chance.why}.")
    if occasion is Occasion.SHOCK:
        return [happened.Resurveyed(on, occasion, survey, shock=subject)]
    return [happened.Resurveyed(on, occasion, survey, programme=subject)]


def _correct(command: CorrectSurvey, household: Household) -> list[HouseholdEvent]:
    of_that_day = [done for done in household.surveys if done.on == command.on]
    if not of_that_day:
        raise Rejected(f"No survey of {command.on} is recorded for this household, so there is none to correct.")
    if of_that_day[-1].survey == command.survey:
        return []
    return [happened.Corrected(command.on, command.corrects, command.survey, command.reason)]


def _add(command: AddMember, household: Household) -> list[HouseholdEvent]:
    member, reason = command.member, command.reason
    if member.member_id in household.roster or _is_known_by_number(member, household):
        return []
    if member.relation is Relation.HEAD and household.head is not None:
        raise Rejected("The household has a head: name the new head as a change of head.")
    if reason is JoinReason.BIRTH and not {member.mother, member.father} & household.roster.keys():
        raise Rejected("A member who joins by birth needs a mother or a father on the roster: name one.")
    if reason in (JoinReason.SPLIT, JoinReason.MERGE) and command.from_household is None:
        raise Rejected(f"A member who joins by {reason.word} comes from another household: name it.")
    _need(command.evidence, EVIDENCE_TO_JOIN.get(reason, ()), f"joining by {reason.word}")
    joined = happened.MemberJoined(
        command.on, member, reason, command.evidence, command.from_household, _new_family(command, household)
    )
    return [joined]


def _is_known_by_number(member: Member, household: Household) -> bool:
    return member.token is not None and any(known.token == member.token for known in household.roster.values())


def _new_family(command: AddMember, household: Household) -> Family | None:
    """The family that the new member founds on this roster, if it is not there yet."""
    if command.family is None or any(family.number == command.family.number for family in household.families):
        return None
    if command.family.number != command.member.family:
        raise Rejected(f"The member joins family {command.member.family}; describe that one, not another.")
    return command.family


def _remove(command: RemoveMember, household: Household) -> list[HouseholdEvent]:
    reason = command.reason
    if command.member_id not in household.roster:
        return []
    if command.to_household is None:  # joining another roster is itself the evidence of leaving this one
        if reason in (LeaveReason.SPLIT, LeaveReason.MERGE):
            raise Rejected(f"A member who leaves by {reason.word} goes to another household: name it.")
        _need(command.evidence, EVIDENCE_TO_LEAVE.get(reason, ()), f"leaving by {reason.word}")
    return [happened.MemberLeft(command.on, command.member_id, reason, command.evidence, command.to_household)]


def _name_head(command: NameHead, household: Household) -> list[HouseholdEvent]:
    _member(household, command.member_id)
    for who, relation in command.relations.items():
        _member(household, who)
        if relation is Relation.HEAD and who != command.member_id:
            raise Rejected("A household has one head: give the others' relations to the new one.")
    head = household.head
    if head is not None and head.member_id == command.member_id:
        return []
    was = head.member_id if head else None
    return [happened.HeadChanged(command.on, was, command.member_id, command.relations)]


def _change_marital_status(command: ChangeMaritalStatus, member: Member) -> list[HouseholdEvent]:
    if (member.marital_status, member.spouse) == (command.to, command.spouse):
        return []
    if command.to is MaritalStatus.NEVER_MARRIED and member.marital_status not in (None, MaritalStatus.NIKAH_ONLY):
        raise Rejected("Somebody who was married does not become never married: choose widowed, divorced or separated.")
    _need(command.evidence, EVIDENCE_OF_STATUS.get(command.to, ()), f"the status {command.to.word}")
    return [
        happened.MaritalStatusChanged(
            command.on, member.member_id, member.marital_status, command.to, command.spouse, command.evidence
        )
    ]


def _change_disability(command: ChangeDisability, member: Member) -> list[HouseholdEvent]:
    if set(member.disabilities) == set(command.to) and member.disability_certified is command.certified:
        return []
    if command.certified and not command.to:
        raise Rejected("A certificate names at least one kind of disability: record the kind it names.")
    if command.certified:
        _need(command.evidence, EVIDENCE_OF_CERTIFICATION, "a certified disability")
    return [
        happened.DisabilityChanged(
            command.on,
            member.member_id,
            member.disabilities,
            command.to,
            member.disability_certified,
            command.certified,
            command.evidence,
        )
    ]


def _change_gender(command: ChangeGender, member: Member) -> list[HouseholdEvent]:
    if member.sex is command.to:
        return []
    _need(command.evidence, EVIDENCE_OF_GENDER, "a change of gender")
    return [happened.GenderChanged(command.on, member.member_id, member.sex, command.to, command.evidence)]


def _choose_recipient(command: ChooseRecipient, household: Household) -> list[HouseholdEvent]:
    family = next((family for family in household.families if family.number == command.family), None)
    if family is None:
        raise Rejected(f"The household has no family number {command.family}.")
    if family.recipient == command.member_id:
        return []
    if _member(household, command.member_id).family != command.family:
        raise Rejected(f"That member does not belong to family {command.family}.")
    return [happened.RecipientChosen(command.on, command.family, family.recipient, command.member_id)]


def _move(command: MoveTo, household: Household) -> list[HouseholdEvent]:
    """A move inside the same place is a change of address."""
    if household.place != command.place:
        return [happened.Moved(command.on, household.place, command.place, command.address)]
    if command.address in (b"", household.address):
        return []
    return [happened.AddressChanged(command.on, command.address)]


def _report(command: ReportProgramme, household: Household) -> list[HouseholdEvent]:
    before = household.programmes.get(command.programme, Participation())
    if _is_reported(command, before):
        return []
    family, report = command.family, command.report
    if family is not None and all(member.family != family for member in household.roster.values()):
        raise Rejected(f"Nobody on the roster belongs to family {family}: report the household or a family it has.")
    if report in (ProgrammeReport.SUSPENDED, ProgrammeReport.EXITED) and before.find_report_on(family) is None:
        raise Rejected(f"{command.programme} never enrolled this household, so it cannot report it {report.word}.")
    if report is ProgrammeReport.BLOCKED and not command.filters:
        raise Rejected("A report of blocked names the filters that hit: name at least one.")
    return [happened.ProgrammeReported(command.on, command.programme, report, command.filters, family)]


def _report_payment(command: ReportPayment, household: Household) -> list[HouseholdEvent]:
    programme, amount = command.programme, command.amount_paisa
    before = household.programmes.get(programme, Participation())
    if any(payment.payment == command.payment for payment in before.payments):
        return []
    if before.enrolment is None:
        raise Rejected(
            f"{programme} has not enrolled this household by {command.on}, so it cannot report it paid: report it "
            "enrolled first."
        )
    if amount is not None and not 0 < amount <= PAYMENT_PAISA_MAX:
        raise Rejected(
            f"{amount} paisa cannot be one payment; between 1 and {PAYMENT_PAISA_MAX:,} can. A rupee has 100 paisa."
        )
    return [happened.PaymentReported(command.on, programme, command.payment, amount)]


def _is_reported(command: ReportProgramme, before: Participation) -> bool:
    match command.report:
        case ProgrammeReport.ENROLLED | ProgrammeReport.SUSPENDED | ProgrammeReport.EXITED:
            if command.family is None:
                return before.families == {None: command.report}
            return before.find_report_on(command.family) is command.report
        case ProgrammeReport.VERIFIED:
            return before.verified
        case ProgrammeReport.BLOCKED:
            return bool(command.filters) and set(command.filters) <= set(before.filters)
        case ProgrammeReport.CLEARED:
            return not (set(command.filters) or set(before.filters)) & set(before.filters)
