"""From people in clear to sealed members: who is who is settled here, by token, and keys are drawn or found."""

import hmac
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

import msgspec

from adapters.keys import people
from adapters.keys.keyring import Keyring
from adapters.keys.people import Identity, KeyRow
from adapters.keys.tokens import cnic_token, name_tokens, normalise_cnic, normalise_phone, phone_token
from adapters.submissions.shape import Address, Person, Questionnaire
from adapters.uuids import uuid_of_digest
from domain.household.events import Survey
from domain.household.state import Household
from domain.questionnaire.answers import BirthDate, Contact, Family, Member, completed_years
from domain.refusal import Rejected
from domain.streams import household_stream

YEARS_APART_MAX = 2
"""A record of one person without a number may make her younger by this many years and still be taken for her."""
YEARS_BETWEEN_SURVEYS_MAX = 20
"""It may make her older by as many: the national rounds were 2010-11 and 2019-21; a grandmother is not the child."""
BIRTH_DATES_REMEMBERED_MAX = 65_536
"""Birth dates kept in memory: a hundred years have 37,000 days."""


class Tokens(msgspec.Struct, frozen=True):
    """A person on the survey's roster with the tokens of her number and name."""

    person: Person
    token: UUID | None
    names: tuple[UUID, ...]


class Recognised(msgspec.Struct, frozen=True):
    """A person on the survey's roster and the member she is."""

    person: Person
    member_id: UUID
    token: UUID | None
    names: tuple[UUID, ...]


class Sealer:
    """Turns what was brought in clear into what the registry keeps. Holds the keyring's secrets, and nothing else."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self.token_key = keyring.token_key()
        self._secret = keyring.registry_secret()

    def digest(self, *parts: bytes) -> bytes:
        """A keyed digest that nobody without the registry's secret can compute or guess."""
        return hmac.digest(self._secret, b"\0".join(parts), "sha256")

    def household_id(self, on: date, source: str, key: str, ordinal: int = 0) -> UUID:
        """The id of a household that is new: from the day of its interview and where it comes from."""
        return household_stream(on, self.digest(b"household", source.encode(), key.encode(), b"%d" % ordinal))

    def token(self, cnic: str) -> UUID:
        """The token of a CNIC or B-form number; raises Rejected where it is not one."""
        return cnic_token(self.token_key, cnic)

    def find_token(self, cnic: str | None) -> UUID | None:
        """The token of a CNIC or B-form number; raises Rejected where it is not one."""
        return cnic_token(self.token_key, cnic) if cnic else None

    def phone_tokens(self, phones: Iterable[str]) -> tuple[UUID, ...]:
        """Tokens of phone numbers; raises Rejected where one is not a phone number."""
        return tuple(phone_token(self.token_key, phone) for phone in phones)

    def survey(
        self,
        questionnaire: Questionnaire,
        on: date,
        household_id: UUID,
        submission: UUID,
        known: Household | None,
        row: KeyRow | None,
    ) -> tuple[Survey, KeyRow]:
        """Seal a whole questionnaire; gives the survey as kept, and the household's key row with all its new keys."""
        reasons: list[str] = []
        read = [self._read(person, reasons) for person in questionnaire.roster]
        recognised = self._recognise(read, submission, known, reasons)
        if reasons:
            raise Rejected(*reasons)
        row, keys, household_key = self._keys_for(recognised, household_id, row)
        lines = {one.person.line: one.member_id for one in recognised}
        roster = tuple(self._member(one, on, lines, keys.get(one.member_id)) for one in recognised)
        families = tuple(Family(f.number, f.kind, lines.get(f.recipient_line or 0)) for f in questionnaire.families)
        contact = self._contact(questionnaire.phones, household_id, household_key)
        address = _sealed_address(questionnaire.address, household_id, household_key)
        return Survey(questionnaire.place, questionnaire.answers, roster, families, contact, address), row

    def joining_member(
        self, person: Person, on: date, submission: UUID, known: Member | None, row: KeyRow
    ) -> tuple[Member, KeyRow]:
        """Seal one person who joins a roster; `known` is she as a household has or had her, her key then in `row`."""
        token = self.find_token(person.cnic) or (known.token if known else None)
        names = name_tokens(self.token_key, person.name) if person.name else ()
        member_id = known.member_id if known else self.new_member_id(submission.bytes, person.line)
        if not person.name and known is not None:
            member = self._member(Recognised(person, member_id, known.token, known.name_tokens), on, {}, None)
            return msgspec.structs.replace(member, identity=known.identity), row
        one = Recognised(person, member_id, token, names)
        key = None
        if _has_identity(person):
            row, key = people.add_member(self._keyring, row, member_id)
        return self._member(one, on, {}, key), row

    def new_row(self, household_id: UUID) -> KeyRow:
        """A key row with a household's own key and nobody's yet."""
        return people.new_household_keys(self._keyring, household_id, ())[0]

    def contact(self, phones: tuple[str, ...], household_id: UUID, row: KeyRow) -> Contact:
        """Seal a household's new phone numbers."""
        return self._contact(phones, household_id, people.open_household_key(self._keyring, row, household_id))

    def address(self, address: Address, household_id: UUID, row: KeyRow) -> bytes:
        """Seal a household's new address."""
        return _sealed_address(address, household_id, people.open_household_key(self._keyring, row, household_id))

    def _read(self, person: Person, reasons: list[str]) -> Tokens:
        token: UUID | None = None
        names: tuple[UUID, ...] = ()
        try:
            token = self.find_token(person.cnic)
            names = name_tokens(self.token_key, person.name) if person.name else ()
        except Rejected as refusal:
            reasons.extend(f"Person {person.line}: {reason}" for reason in refusal.reasons)
        return Tokens(person, token, names)

    def _recognise(
        self, read: list[Tokens], submission: UUID, known: Household | None, reasons: list[str]
    ) -> list[Recognised]:
        """Say who each person is: a member by her id or number, else one of her name whom nobody else is, else new."""
        roster = known.roster if known else {}
        found = {one.person.line: _find_by_id_or_number(one, roster) for one in read}
        for one in read:
            if one.person.member_id is not None and found[one.person.line] is None:
                stated = f"member {one.person.member_id} is not on this household's roster"
                reasons.append(f"Person {one.person.line}: {stated}.")
        for one in sorted(read, key=lambda one: -(one.person.age or 0)) if roster else ():
            if found[one.person.line] is None:
                taken = set(found.values())
                free = [member for member in roster.values() if member.member_id not in taken]
                found[one.person.line] = _find_by_name(one, free)
        return [
            Recognised(
                one.person,
                found[one.person.line] or self.new_member_id(submission.bytes, one.person.line),
                one.token,
                one.names,
            )
            for one in read
        ]

    def new_member_id(self, submission: bytes, line: int) -> UUID:
        """The id of a person new to the registry: keyed, so that nobody can tell from it where she was registered."""
        digest = blake2b(submission + b"%d" % line, digest_size=16, key=self._secret, person=b"member")
        return uuid_of_digest(digest.digest())

    def _keys_for(
        self, recognised: list[Recognised], household_id: UUID, row: KeyRow | None
    ) -> tuple[KeyRow, dict[UUID, bytes], bytes]:
        """Draw keys for whoever has an identity to seal and no key yet, or for a whole new household at once."""
        named = list(dict.fromkeys(one.member_id for one in recognised if _has_identity(one.person)))
        if row is None:
            row, opened = people.new_household_keys(self._keyring, household_id, named)
            return row, opened.members, opened.household
        keys = {}
        for member_id in named:
            row, keys[member_id] = people.add_member(self._keyring, row, member_id)
        return row, keys, people.open_household_key(self._keyring, row, household_id)

    def _member(self, one: Recognised, on: date, lines: dict[int, UUID], key: bytes | None) -> Member:
        person = one.person
        identity = b"" if key is None else people.seal_identity(key, one.member_id, identity_of(person))
        return recorded_member(person, on, one.member_id, one.token, one.names, lines, identity)

    def _contact(self, phones: tuple[str, ...], household_id: UUID, household_key: bytes) -> Contact:
        if not phones:
            return Contact()
        sealed = people.seal_contact(
            household_key, household_id, people.Contact(phones=tuple(map(normalise_phone, phones)))
        )
        return Contact(sealed, self.phone_tokens(phones))


def _find_by_id_or_number(one: Tokens, roster: Mapping[UUID, Member]) -> UUID | None:
    if one.person.member_id is not None:
        return one.person.member_id if one.person.member_id in roster else None
    if one.token is None:
        return None
    return next((member.member_id for member in roster.values() if member.token == one.token), None)


def _find_by_name(one: Tokens, free: Iterable[Member]) -> UUID | None:
    """The member of the same name and sex who may have come to her age; the oldest of several, as elders come first."""
    person = one.person
    same = [
        member
        for member in free
        if one.names
        and member.name_tokens == one.names
        and member.sex is person.sex
        and (member.token is None or one.token is None)
        and _about_as_old(person, member)
    ]
    oldest = max(same, key=lambda member: member.age or 0, default=None)
    return oldest.member_id if oldest else None


def _about_as_old(person: Person, member: Member) -> bool:
    if person.age is None or member.age is None:
        return True
    return member.age - YEARS_APART_MAX <= person.age <= member.age + YEARS_BETWEEN_SURVEYS_MAX


def _has_identity(person: Person) -> bool:
    return bool(person.name or person.cnic or person.father_or_husband)


_NO_ADDRESS = Address()


def identity_of(person: Person) -> Identity:
    """What is sealed of a person; raises Rejected where her number is not one."""
    return Identity(person.name, person.father_or_husband, normalise_cnic(person.cnic) if person.cnic else None)


def address_of(address: Address) -> people.Address | None:
    """What is sealed of an address, or nothing where none was stated."""
    if address == _NO_ADDRESS:
        return None
    lines = tuple(line for line in (address.house, address.street, address.village) if line)
    return people.Address(lines, address.landmark)


def _sealed_address(address: Address, household_id: UUID, household_key: bytes) -> bytes:
    stated = address_of(address)
    return b"" if stated is None else people.seal_address(household_key, household_id, stated)


def recorded_member(
    person: Person,
    on: date,
    member_id: UUID,
    token: UUID | None,
    names: tuple[UUID, ...],
    lines: Mapping[int, UUID],
    identity: bytes,
) -> Member:
    """A person as the registry keeps her; `lines` says which member stands on which line of the roster.

    Raises Rejected for a birth date that no calendar has.
    """
    born = _birth_date(person)
    age = person.age if person.age is not None or born is None else completed_years(born, on)
    return Member(
        member_id,
        person.line,
        person.relation,
        person.sex,
        age,
        born,
        person.marital_status,
        person.family,
        lines.get(person.spouse_line or 0),
        lines.get(person.mother_line or 0),
        lines.get(person.father_line or 0),
        person.literate,
        person.school,
        person.highest_class,
        person.school_type,
        person.disabilities,
        person.disability_certified,
        person.difficulties,
        person.chronic_diseases,
        person.employment,
        person.employment_nature,
        person.occupation,
        person.pregnant_or_lactating,
        token,
        names,
        identity,
    )


def _birth_date(person: Person) -> BirthDate | None:
    if person.born is None:
        return None
    try:
        return _birth_date_of(person.born)
    except ValueError:
        raise Rejected(f"Person {person.line}: born must be YYYY-MM-DD, with 00 where a part is not known.") from None


@lru_cache(BIRTH_DATES_REMEMBERED_MAX)
def _birth_date_of(written: str) -> BirthDate:
    year, month, day = (int(part) for part in written.split("-"))
    date(year or 2000, month or 1, day or 1)
    return BirthDate(year, month, day)
