"""Random histories of a small registry: households with late facts, merges and erasures, and policies that change."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from msgspec.structs import astuple, replace

from adapters import codec
from adapters.bench.population import PROGRAMME, Population
from adapters.followers.rebuild import Reach, rebuilt
from adapters.followers.timeline import timeline
from adapters.log import EventLog, NewEntry
from adapters.tables import plus
from domain.catalogue import POLICY_NAMES
from domain.event import Envelope, Event
from domain.household import events as happened
from domain.household.state import Household
from domain.programme import CutOffSet, ProgrammeOpened, Recipients, Relaxation, Rule
from domain.questionnaire.codes import (
    Comparison,
    EmploymentNature,
    Group,
    Hazard,
    JoinReason,
    LeaveReason,
    MaritalStatus,
    Occasion,
    ProgrammeReport,
    Sex,
)
from domain.registry_day import DayOpened
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import GroupShockDeclared, ShockDeclared, ShockLifted
from domain.standing import Decided
from domain.streams import household_of, household_stream, policy_stream
from projections.catalogue import ANSWERS
from projections.changes import Key, Row, Table

FIRST_DAY = date(2026, 1, 1)
RECORDED_AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
RELIEF = "flood_relief"
STIPEND = "stipend"
CARD = bytes(32)

Append = list[NewEntry]


def score_by_size(household: Household) -> int:
    """Stand in for a scorecard: every household gets a score, and the scores are spread out."""
    crowded = 6 * len(household.roster)
    owned = sum(household.answers.assets.values()) if household.answers else 0
    return max(0, min(100, 70 - crowded + 2 * owned))


def compile_by_size(_: ScorecardAdopted):
    return score_by_size


def at_nine() -> datetime:
    return RECORDED_AT


LATE_ORDER_DAYS = 400


class Histories:
    """Makes appends, each of them what one submission or one change of policy causes."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._population = Population(seed)
        self._versions: dict[UUID, int] = {}
        self._rosters: dict[UUID, list] = {}
        self._day = FIRST_DAY
        self._shocks: list[str] = []

    def policies(self) -> Append:
        rule = Rule("Kafaalat", Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS, recertify_every_years=3)
        relief = Rule("Relief", Recipients.HEAD, needs_score=False, relief=True)
        stipend = Rule("Stipend", Recipients.CHILDREN_IN_SCHOOL, needs_score=False, after=(PROGRAMME,), ages=(4, 18))
        return [
            self._policy("day", "registry", DayOpened(self._day)),
            self._policy("scorecard", "size", ScorecardAdopted(self._day, "size", "By size", CARD, b"{}")),
            self._policy("programme", PROGRAMME, ProgrammeOpened(self._day, PROGRAMME, rule, 1)),
            self._policy("programme", RELIEF, ProgrammeOpened(self._day, RELIEF, relief, 1)),
            self._policy("programme", STIPEND, ProgrammeOpened(self._day, STIPEND, stipend, 1)),
            self.cutoff(40),
        ]

    def cutoff(self, value: int) -> NewEntry:
        relaxed = {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(value + 5)}
        at_or_under = Comparison.AT_OR_UNDER
        event = CutOffSet(self._day, PROGRAMME, Decimal(value), at_or_under, CARD, "size", relaxed)
        return self._policy("programme", PROGRAMME, event)

    def registration(self) -> Append:
        on = self._day - timedelta(days=self._random.randrange(20))
        household = household_stream(on, self._random.randbytes(13))
        survey = self._survey()
        self._rosters[household] = list(survey.roster)
        return self._submission([(household, happened.Registered(on, survey, f"key:{len(self._rosters)}"))])

    def _survey(self) -> happened.Survey:
        """A survey of the population, in which some heads are women and some work by the day."""
        survey = self._population._survey()
        head, *others = survey.roster
        number = head.member_id.int
        sex = Sex.FEMALE if number % 3 == 0 else head.sex
        nature = EmploymentNature.DAY_LABOUR if number % 2 == 0 else head.employment_nature
        return replace(survey, roster=(replace(head, sex=sex, employment_nature=nature), *others))

    def step(self) -> Append:
        """Whatever happens next: mostly to households, sometimes to policies."""
        draw = self._random.random()
        if draw < 0.15 or not self._rosters:
            return self.registration()
        if draw < 0.25:
            return [self._change_of_policy()]
        return self._submission(self._caused(self._random.choice(list(self._rosters))))

    def _caused(self, household: UUID) -> list[tuple[UUID, Event]]:
        draw = self._random
        late_days = draw.choice((0, 0, 0, 1, 30, LATE_ORDER_DAYS))
        on = self._day - timedelta(days=late_days)
        roster = self._rosters[household]
        who = draw.choice(roster).member_id
        match draw.randrange(12):
            case 0:
                survey = self._survey()
                self._rosters[household] = list(survey.roster)
                return [(household, happened.Resurveyed(on, draw.choice((Occasion.CYCLIC, Occasion.SHOCK)), survey))]
            case 1:
                survey = self._survey()
                return [(household, happened.Corrected(on, self._uuid(), survey, "typed wrongly"))]
            case 2 | 3:
                member = self._population._member(4, [self._uuid() for _ in range(5)], self._uuid())
                roster.append(member)
                joined = happened.MemberJoined(on, member, JoinReason.BIRTH)
                return [(household, joined), (household, happened.ContactChanged(on, self._population._contact()))]
            case 4:
                return [(household, happened.MemberLeft(on, who, LeaveReason.DEATH))]
            case 5:
                other = draw.choice(list(self._rosters))
                moved = [(household, happened.MemberLeft(on, who, LeaveReason.MARRIAGE, to_household=other))]
                return [*moved, (other, happened.MemberJoined(on, draw.choice(roster), JoinReason.MARRIAGE))]
            case 6:
                place = self._survey().place
                return [(household, happened.Moved(on, place, place))]
            case 7:
                return [(household, _destroyed(on, who, late_days))]
            case 8:
                other = draw.choice(list(self._rosters))
                if other == household or len(self._rosters) < 3:
                    return [(household, happened.AddressChanged(on, draw.randbytes(20)))]
                del self._rosters[household]
                return [
                    (other, happened.DuplicateAbsorbed(on, household)),
                    (household, happened.MergedInto(self._day, other)),
                ]
            case 9:
                report = draw.choice((ProgrammeReport.ENROLLED, ProgrammeReport.EXITED, ProgrammeReport.VERIFIED))
                told: list[tuple[UUID, Event]] = [(household, happened.ProgrammeReported(on, PROGRAMME, report))]
                amount = None if late_days else 1_050_000
                paid = happened.PaymentReported(on, PROGRAMME, household, amount)
                return [*told, (household, paid), (household, paid)] if report is ProgrammeReport.VERIFIED else told
            case 10:
                return [(household, happened.DisabilityChanged(on, who, (), (), False, True))]
            case _:
                return [(household, happened.MaritalStatusChanged(on, who, None, MaritalStatus.WIDOWED))]

    def _change_of_policy(self) -> NewEntry:
        draw = self._random
        match draw.randrange(4):
            case 0 | 1:
                return self.cutoff(draw.randrange(20, 70))
            case 2:
                self._day += timedelta(days=draw.randrange(1, 60))
                return self._policy("day", "registry", DayOpened(self._day))
            case _:
                return self._shock()

    def _shock(self) -> NewEntry:
        if self._shocks and self._random.random() < 0.5:
            name = self._shocks.pop()
            return self._policy("shock", name, ShockLifted(self._day, name))
        name = f"flood {len(self._versions)}"
        self._shocks.append(name)
        place = self._survey().place.code
        on, until = self._day, self._day + timedelta(days=90)
        flood = ShockDeclared(on, name, Hazard.FLOOD, on, (place,), on, until, "NDMA", relief_programmes=(RELIEF,))
        groups = tuple(group for number, group in enumerate(Group) if len(self._versions) >> number & 1)
        return self._policy("shock", name, GroupShockDeclared(*astuple(flood), groups) if groups else flood)

    def _submission(self, caused: list[tuple[UUID, Event]]) -> Append:
        envelope = Envelope(RECORDED_AT, "operator:1", "desk", submission=self._uuid())
        return [self._entry(stream, envelope, event) for stream, event in caused]

    def _policy(self, kind: str, name: str, event: Event) -> NewEntry:
        return self._entry(policy_stream(kind, name), Envelope(RECORDED_AT, "director", "policy"), event)

    def _entry(self, stream: UUID, envelope: Envelope, event: Event) -> NewEntry:
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        return codec.to_store(stream, version, envelope, event)

    def _uuid(self) -> UUID:
        return UUID(bytes=self._random.randbytes(16), version=4)


def history(seed: int, households: int = 8, steps: int = 40) -> list[Append]:
    made = Histories(seed)
    return [made.policies(), *(made.registration() for _ in range(households)), *(made.step() for _ in range(steps))]


def replayed(log: EventLog, until_position: int | None = None) -> dict[str, dict[Key, Row]]:
    """Every answer made anew from the log, as if all followers had reached its end."""
    last = log.last_position() if until_position is None else until_position
    policies = [codec.recorded(entry) for entry in log.after(0, last) if entry.name in POLICY_NAMES]
    reach = Reach(last, last, last, timeline(policies, compile_by_size))
    tables: dict[str, dict[Key, Row | None]] = {table.name: {} for table in ANSWERS}
    for made in rebuilt(log, reach):
        for table, rows in made.items():
            for row in (_with_uuids(table, row) for row in rows):
                _write(table, tables[table.name], row)
    return {name: {key: row for key, row in rows.items() if row is not None} for name, rows in tables.items()}


def _write(table: Table, rows: dict[Key, Row | None], row: Row) -> None:
    """Rows of a counted table are parts of a sum, and a sum of nothing is no row."""
    key, width = table.key(row), table.key_columns
    earlier = rows.get(key)
    if table.is_counted and earlier is not None:
        row = (*key, *plus(earlier[width:], row[width:]))
    rows[key] = row if not table.is_counted or any(row[width:]) else None


def _with_uuids(table: Table, row: Row) -> Row:
    def read(kind: str, value):
        if kind == "uuid" and isinstance(value, bytes):
            return UUID(bytes=value)
        return (
            tuple(UUID(bytes=each) if isinstance(each, bytes) else each for each in value)
            if kind == "uuid[]"
            else value
        )

    return tuple(read(column.type, value) for column, value in zip(table.columns, row, strict=True))


def decided(log: EventLog) -> dict[UUID, list]:
    """Every decision of each household in its order; causes are named by stream and version, since positions shift."""
    entries = log.after(0, log.last_position())
    at = {entry.position: (entry.stream, entry.version) for entry in entries}
    decisions: dict[UUID, list] = {}
    for entry in entries:
        if entry.name == Decided.name:
            event = codec.recorded(entry).event
            of_household = decisions.setdefault(household_of(entry.stream), [])
            assert entry.version == len(of_household) + 1
            named = (at[event.cause_position], at[event.policies_position])
            of_household.append((event.on, event.programme, event.was, event.conclusion, event.kind, *named))
    return decisions


def _destroyed(on: date, who: UUID, late_days: int) -> Event:
    """Mostly the keys of one person; with an order that came very late, those of the whole household."""
    if late_days == LATE_ORDER_DAYS:
        return happened.KeysDestroyed(on, "court order")
    return happened.MemberErased(on, who, "her request")
