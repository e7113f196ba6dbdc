"""Made-up households for benchmarks: events encoded as they stand in the log, with random bytes for what is sealed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from adapters import codec
from adapters.documents.scorecard import SCORECARDS_FOLDER, load_scorecard
from adapters.log import NewEntry
from domain.event import Envelope, Event
from domain.household.events import (
    ContactChanged,
    DisabilityChanged,
    HouseholdEvent,
    MaritalStatusChanged,
    MemberJoined,
    MemberLeft,
    ProgrammeReported,
    Registered,
    Survey,
)
from domain.programme import CutOffSet, ProgrammeOpened, Recipients, Relaxation, Rule
from domain.questionnaire.answers import Answers, BirthDate, Contact, Dwelling, Family, Member, Place
from domain.questionnaire.codes import (
    Asset,
    Comparison,
    DisabilityKind,
    DrinkingWater,
    Evidence,
    FamilyKind,
    Floor,
    JoinReason,
    LeaveReason,
    Livestock,
    MaritalStatus,
    OccupationGroup,
    ProgrammeReport,
    Relation,
    SchoolStatus,
    Settlement,
    Sex,
    Structure,
    Toilet,
    Walls,
)
from domain.registry_day import DayOpened
from domain.scorecard.canonical import encode_card, scorecard_hash
from domain.scorecard_adoption import ScorecardAdopted
from domain.streams import household_stream, policy_stream

FIRST_DAY = date(2024, 1, 1)
RECORDED_AT = datetime(2024, 1, 1, 8, tzinfo=UTC)
PLACES = ("PK60201", "PK60202", "PK60301", "PK70101", "PK20101", "PK50103")
SIZES = (2, 3, 4, 5, 5, 6, 6, 7, 8, 9)
CARD = SCORECARDS_FOLDER / "pakistan_schreiner_2009.toml"
OCCUPATIONS = (OccupationGroup.ELEMENTARY, OccupationGroup.ELEMENTARY, *OccupationGroup)
DAYS = 300
ADULTS = 2
SHARE_OWNED, SHARE_LITERATE = 0.3, 0.6
PROGRAMME = "kafaalat"


def adoption(on: date = FIRST_DAY) -> ScorecardAdopted:
    """The published card, adopted as a registry adopts it: checked, encoded whole and named by its hash."""
    card = load_scorecard(CARD)
    return ScorecardAdopted(on, card.id, card.title, scorecard_hash(card), encode_card(card))


class Population:
    """Households of a seed: about six members each, two or three smaller events after the survey."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)  # noqa: S311 - a benchmark is repeatable
        self._surnames = [self._uuid() for _ in range(400)]
        self._names = [self._uuid() for _ in range(2000)]

    def policies(self, on: date = FIRST_DAY, cutoff: str = "32") -> list[NewEntry]:
        """A day, the published card, and a programme with a cut-off on its score."""
        card = adoption(on)
        rule = Rule("Kafaalat", Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS, recertify_every_years=3)
        relaxed = {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(37)}
        value, at_or_under = Decimal(cutoff), Comparison.AT_OR_UNDER
        set_to = CutOffSet(on, PROGRAMME, value, at_or_under, card.content_hash, card.scorecard_id, relaxed)
        opened = policy_stream("programme", PROGRAMME)
        return [
            self._entry(policy_stream("day", "registry"), 1, DayOpened(on)),
            self._entry(policy_stream("scorecard", card.scorecard_id), 1, card),
            self._entry(opened, 1, ProgrammeOpened(on, PROGRAMME, rule, 1)),
            self._entry(opened, 2, set_to),
        ]

    def households(self, number: int, *, updates: bool = True) -> Iterator[list[NewEntry]]:
        """Each household's own events in order, as they would stand in its stream."""
        for ordinal in range(number):
            on = FIRST_DAY + timedelta(days=ordinal * DAYS // number)
            yield self._household(on, f"bench:{ordinal}", self._random.choice((2, 3)) if updates else 0)

    def long_history(self, events: int) -> list[NewEntry]:
        """A household with so many events of its own."""
        return self._household(FIRST_DAY, "bench:long", events - 1)

    def _household(self, on: date, key: str, updates: int) -> list[NewEntry]:
        stream = household_stream(on, self._random.randbytes(13))
        survey = self._survey()
        events: list[HouseholdEvent] = [Registered(on, survey, key)]
        for _ in range(updates):
            on += timedelta(days=self._random.randrange(1, 60))
            events.append(self._update(on, survey.roster))
        return [self._entry(stream, version, event, on) for version, event in enumerate(events, 1)]

    def _survey(self) -> Survey:
        draw = self._random
        roster = self._roster(draw.choice(SIZES))
        dwelling = Dwelling(
            structure=draw.choice(tuple(Structure)),
            rooms=draw.randrange(1, 6),
            floor=draw.choice(tuple(Floor)),
            walls=draw.choice(tuple(Walls)),
            drinking_water=draw.choice(tuple(DrinkingWater)),
            toilet=draw.choice(tuple(Toilet)),
        )
        assets = {asset: int(draw.random() < SHARE_OWNED) for asset in Asset}
        livestock = {kind: draw.randrange(4) for kind in tuple(Livestock)[:3]}
        place = Place(draw.choice(PLACES), f"UC {draw.randrange(40)}", draw.choice(tuple(Settlement)))
        families = (Family(1, FamilyKind.ALPHA, roster[1].member_id),)
        return Survey(
            place, Answers(dwelling, assets, livestock), roster, families, self._contact(), draw.randbytes(90)
        )

    def _roster(self, size: int) -> tuple[Member, ...]:
        ids = [self._uuid() for _ in range(size)]
        surname = self._random.choice(self._surnames)
        return tuple(self._member(line, ids, surname) for line in range(size))

    def _member(self, line: int, ids: list[UUID], surname: UUID) -> Member:
        draw, is_adult = self._random, line < ADULTS
        age = draw.randrange(20, 65) if is_adult else draw.randrange(19)
        return Member(
            member_id=ids[line],
            line=line + 1,
            relation=(Relation.HEAD, Relation.SPOUSE)[line] if is_adult else Relation.CHILD,
            sex=(Sex.MALE, Sex.FEMALE)[line] if is_adult else draw.choice((Sex.MALE, Sex.FEMALE)),
            age=age,
            born=BirthDate(2024 - age, 1 + draw.randrange(12), 1 + draw.randrange(28)),
            marital_status=MaritalStatus.MARRIED if is_adult else MaritalStatus.NEVER_MARRIED,
            spouse=ids[1 - line] if is_adult else None,
            mother=None if is_adult else ids[1],
            father=None if is_adult else ids[0],
            literate=draw.random() < SHARE_LITERATE,
            school=None if is_adult else draw.choice(tuple(SchoolStatus)),
            highest_class=draw.randrange(12),
            occupation=draw.choice(OCCUPATIONS) if is_adult else OccupationGroup.NOT_STATED,
            token=self._uuid(),
            name_tokens=(draw.choice(self._names), surname),
            identity=draw.randbytes(110),
        )

    def _update(self, on: date, roster: tuple[Member, ...]) -> HouseholdEvent:
        draw = self._random
        who = draw.choice(roster).member_id
        match draw.randrange(6):
            case 0:
                member = self._member(9, [self._uuid() for _ in range(10)], self._surnames[0])
                return MemberJoined(on, member, JoinReason.BIRTH, (Evidence.CRC,))
            case 1:
                return MemberLeft(on, who, LeaveReason.DEATH)
            case 2:
                return MaritalStatusChanged(on, who, None, MaritalStatus.WIDOWED)
            case 3:
                kinds = (DisabilityKind.LOWER_LIMB,)
                evidence = (Evidence.DISABILITY_CERTIFICATE,)
                return DisabilityChanged(on, who, (), kinds, from_certified=False, to_certified=True, evidence=evidence)
            case 4:
                return ProgrammeReported(on, PROGRAMME, ProgrammeReport.ENROLLED)
            case _:
                return ContactChanged(on, self._contact())

    def _contact(self) -> Contact:
        return Contact(self._random.randbytes(70), (self._uuid(),))

    def _entry(self, stream: UUID, version: int, event: Event, on: date = FIRST_DAY) -> NewEntry:
        at = RECORDED_AT + timedelta(days=(on - FIRST_DAY).days)
        envelope = Envelope(at, "operator:17", "desk", "centre:12", "tablet:5", self._uuid())
        return codec.to_store(stream, version, envelope, event)

    def _uuid(self) -> UUID:
        return UUID(bytes=self._random.randbytes(16), version=4)
