"""Sealing many first surveys together: one draw of randomness, one wrap of all keys, and no look at anybody else.

A household that is new recognises nobody, so what `Sealer.survey` does for it can be done for a whole batch in passes:
who they are, then their keys, then their sealed texts. What comes out is the same, and a law says so. A survey in which
anything is amiss is given back as nothing, and goes the ordinary way, which says why.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from adapters.keys import people
from adapters.keys.keyring import Keyring
from adapters.keys.people import KeyRow
from adapters.keys.tokens import cnic_token_of, name_tokens, normalise_cnic, normalise_phone
from adapters.submissions.sealing import Sealer, address_of, recorded_member
from adapters.submissions.shape import MissedOut
from domain.household.events import Survey
from domain.questionnaire.answers import Contact, Family
from domain.refusal import Rejected


class FirstSurvey(NamedTuple):
    """A household's first survey, and the id that the household is to have."""

    submission: MissedOut
    household: UUID


class SealedSurvey(NamedTuple):
    """A survey as the registry keeps it, and the key row of its household."""

    survey: Survey
    keys: KeyRow


class _Someone(NamedTuple):
    """A person on the roster, what stands for her, and whether there is anything of hers to seal."""

    member_id: UUID
    token: UUID | None
    names: tuple[UUID, ...]
    has_identity: bool


class _Draft(NamedTuple):
    """A household between the passes."""

    roster: list[_Someone]
    phone_tokens: tuple[UUID, ...]
    has_contact: bool
    has_address: bool


def seal_first_surveys(sealer: Sealer, keyring: Keyring, surveys: Sequence[FirstSurvey]) -> list[SealedSurvey | None]:
    """Seal many first surveys; nothing stands in place of one that must be looked at by itself."""
    keys = people.NewKeys()
    drafts = [_draft(sealer, survey, keys) for survey in surveys]
    wrapped, sealed = keys.close(keyring)
    return [
        None if draft is None else _sealed(survey, draft, wrapped, sealed)
        for survey, draft in zip(surveys, drafts, strict=True)
    ]


def _draft(sealer: Sealer, survey: FirstSurvey, keys: people.NewKeys) -> _Draft | None:
    """Say who everybody is, and put what is to be sealed of them with the rest of the batch; all of it or nothing."""
    submission, household = survey
    asked = submission.survey
    mark = keys.mark()
    household_key = keys.add_household(household)
    try:
        phones = tuple(map(normalise_phone, asked.phones))
        roster = _roster(sealer, submission, keys)
    except Rejected:
        keys.undo(mark)
        return None
    if phones:
        keys.seal_contact(household_key, household, people.Contact(phones))
    address = address_of(asked.address)
    if address is not None:
        keys.seal_address(household_key, household, address)
    return _Draft(roster, sealer.phone_tokens(phones), bool(phones), address is not None)


def _roster(sealer: Sealer, submission: MissedOut, keys: people.NewKeys) -> list[_Someone]:
    """Everybody on the roster, with her identity put where it will be sealed. Raises Rejected."""
    token_key, submission_id = sealer.token_key, submission.submission_id.bytes
    roster: list[_Someone] = []
    for person in submission.survey.roster:
        if person.member_id is not None:
            raise Rejected("A household that is new has no members yet who could be named by their ids.")
        member_id = sealer.new_member_id(submission_id, person.line)
        token, number, name = None, None, person.name
        if person.cnic:
            number = normalise_cnic(person.cnic)
            token = cnic_token_of(token_key, number)
        names = name_tokens(token_key, name) if name else ()
        named = bool(name or number or person.father_or_husband)
        if named:
            keys.add_member(member_id, people.Identity(name, person.father_or_husband, number))
        roster.append(_Someone(member_id, token, names, named))
    return roster


def _sealed(
    survey: FirstSurvey, draft: _Draft, wrapped: Iterator[bytes], sealed: Iterator[bytes]
) -> SealedSurvey | None:
    """Put a survey together with its part of what was wrapped and sealed, which stands in the order of the drafts."""
    asked, on = survey.submission.survey, survey.submission.on
    household_entry = next(wrapped)
    entries = {one.member_id: next(wrapped) for one in draft.roster if one.has_identity}
    identities = [next(sealed) if one.has_identity else b"" for one in draft.roster]
    lines = {person.line: one.member_id for person, one in zip(asked.roster, draft.roster, strict=True)}
    contact = Contact(next(sealed), draft.phone_tokens) if draft.has_contact else _NO_CONTACT
    address = next(sealed) if draft.has_address else b""
    try:
        roster = tuple(
            [
                recorded_member(person, on, one.member_id, one.token, one.names, lines, identity)
                for person, one, identity in zip(asked.roster, draft.roster, identities, strict=True)
            ]
        )
    except Rejected:  # a birth date that no calendar has
        return None
    families = tuple([Family(one.number, one.kind, lines.get(one.recipient_line or 0)) for one in asked.families])
    return SealedSurvey(
        Survey(asked.place, asked.answers, roster, families, contact, address), KeyRow(household_entry, entries)
    )


_NO_CONTACT = Contact()
