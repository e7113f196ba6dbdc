"""A year in the lives of made-up households, day by day, through the registry's own door."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from random import Random
from uuid import UUID

import msgspec

from adapters.demo import changes, flood, mistakes, stories
from adapters.demo.by_hand import Numbers
from adapters.demo.cast import Cast, make_cast
from adapters.demo.counts import rows_of
from adapters.demo.desk import Desk, Home, SetClock
from adapters.demo.programme_office import Office
from adapters.demo.whereabouts import FLOODED
from adapters.lives import matters
from adapters.lives.chance import chance
from adapters.lives.growing import some_years_later
from adapters.registry.opening import Registry
from adapters.registry.triage import triage
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import Cyclic, Recertification
from domain.questionnaire.codes import DisabilityKind, Occasion
from projections.standing import STANDING

YEAR = 2022
OPENS = date(YEAR, 1, 1)
LAST_DAY = date(YEAR, 12, 31)
BY = "demo-officer"
HOUSEHOLDS_MAX = 20_000

RATES = {"birth": 0.11, "death": 0.03, "marriage": 0.03, "phone": 0.06, "move": 0.02, "disability": 0.01, "new": 0.05}
"""Of each household in a year; below the rates of the country, since not everything is brought to a desk at once."""
RECERTIFIED_WHEN_DUE, CYCLIC_WHEN_DUE = 0.85, 0.06

MONTHS = 12

Task = Callable[[date], object]


class Played(msgspec.Struct, frozen=True):
    """What one month brought: how many submissions were accepted and refused in it, and what is worth telling."""

    month: date
    accepted: int
    refused: int
    told: tuple[str, ...]


class Year:
    """Made-up households and their year in one registry. The same seed makes the same people and the same year."""

    def __init__(self, registry: Registry, clock: SetClock, seed: int, households: int) -> None:
        rng = Random(seed)  # noqa: S311 - made-up people are no secret
        numbers = Numbers(rng)
        sealer = Sealer(registry.keyring)
        self.cast: Cast = make_cast(rng, numbers, sealer, seed, households)
        self.desk = Desk(registry, clock, rng, numbers, sealer)
        self.homes = self.cast.homes
        self.kafaalat = Office(self.desk, "kafaalat", self.homes, verifies=True)
        self.relief = Office(self.desk, flood.RELIEF, self.homes, verifies=False)
        self._rng = rng
        self._resurveys: list[tuple[date, Home]] = []

    def register(self) -> Iterator[int]:
        """The roll-out: first surveys of all, uploaded month by month. Gives how many were answered."""
        for _, month in groupby(list(self.homes), key=lambda home: (home.surveyed_on.year, home.surveyed_on.month)):
            homes = list(month)
            yield sum(1 for _ in self.desk.register(homes, _at(homes[-1].surveyed_on, 20)))

    def open(self) -> None:
        """The first day of the year."""
        self._open(OPENS)

    def play(self, catch_up: Callable[[], None], open_relief: Callable[[], None]) -> Iterator[Played]:
        """Month by month. At the beginning of each the followers catch up, and the programmes' offices go to work.

        `catch_up` lets the followers come to the end of the log; `open_relief` opens the relief programme.
        """
        for number in range(1, 13):
            month = date(YEAR, number, 1)
            self._open(month)
            catch_up()
            before = self.desk.tally.accepted.total(), self.desk.tally.refused.total()
            told = tuple(self._run(self._agenda(month, catch_up, open_relief)))
            after = self.desk.tally.accepted.total(), self.desk.tally.refused.total()
            yield Played(month, after[0] - before[0], after[1] - before[1], told)
        self._open(LAST_DAY)
        catch_up()

    def _open(self, day: date) -> None:
        self.desk.clock.move_to(_at(day, 3))
        self.desk.registry.desk.open_day()

    def _run(self, agenda: list[tuple[date, Task]]) -> Iterator[str]:
        for day, task in sorted(agenda, key=lambda entry: entry[0]):
            self._open(day)
            told = task(day)
            if isinstance(told, str):
                yield told

    def _agenda(
        self, month: date, catch_up: Callable[[], None], open_relief: Callable[[], None]
    ) -> list[tuple[date, Task]]:
        agenda: list[tuple[date, Task]] = [(month, self.kafaalat.work), (month, self.relief.work)]
        agenda += self._due(month)
        agenda += self._by_chance(month)
        fixed = [
            *stories.told(self.cast, self.desk, self.kafaalat),
            *self._mistakes(),
            *self._flood(catch_up, open_relief),
        ]
        return agenda + [(day, task) for day, task in fixed if _same_month(day, month)]

    def _due(self, month: date) -> Iterator[tuple[date, Task]]:
        """Surveys that fall due, or are overdue: most recertifications are taken, few cyclic updates."""
        due = self._due_now(_last_of(month))
        for home in self.homes:
            occasion, due_on = due.get(home.household, (None, month))
            if occasion is None or home.is_set_aside:
                continue
            kind = Recertification if occasion is Occasion.RECERTIFICATION else Cyclic
            share = RECERTIFIED_WHEN_DUE if kind is Recertification else CYCLIC_WHEN_DUE
            if chance(self._rng, share):
                yield _some_day(self._rng, max(due_on, month)), partial(self._survey_again, home, kind)

    def _due_now(self, until: date) -> dict[UUID, tuple[Occasion, date]]:
        return {
            row["household_id"]: (Occasion(row["due_occasion"]), row["due_on"])
            for row in rows_of(self.desk.registry, STANDING)
            if row["due_on"] is not None and row["due_on"] <= until
        }

    def _survey_again(self, home: Home, kind: type[Cyclic | Recertification], day: date) -> None:
        """Ask a household again if the desk still finds it open; in between its circumstances may have changed."""
        if self._is_open(home, kind.occasion, day):
            home.answers = some_years_later(home.answers, home.surveyed_on, day, self.desk.tables, self._rng)
            self.desk.survey_again(home, day, kind)

    def _is_open(self, home: Home, occasion: Occasion, day: date) -> bool:
        registry = self.desk.registry
        found = triage(registry.reader, registry.judge, home.household, day)
        return any(each.is_open and each.occasion is occasion for each in found.occasions)

    def _by_chance(self, month: date) -> Iterator[tuple[date, Task]]:
        """Births, deaths, marriages and the rest, as often as the rates say."""
        for what, task in self._chances.items():
            for _ in range(_times(self._rng, RATES[what] / MONTHS * len(self.homes))):
                yield _some_day(self._rng, month), task

    def _birth(self, day: date) -> None:
        if home := self._some(lambda home: changes.mothers_to_be(home, day)):
            changes.birth(self.desk, home, day)

    def _death(self, day: date) -> None:
        if home := self._some(lambda home: changes.old_members(home, day)):
            dead = self._rng.choice(changes.old_members(home, day))
            self.desk.tell(home, day, matters.death(dead.member_id))

    def _marriage(self, day: date) -> None:
        bride = self._some(lambda home: changes.brides(home, day))
        groom = self._some(lambda home: changes.grooms(home, day) if home is not bride else ())
        if bride and groom:
            changes.marriage(self.desk, bride, groom, day)

    def _phone(self, day: date) -> None:
        if home := self._some(lambda _: True):
            self.desk.tell(home, day, matters.new_phone(self.desk.numbers.phone()))

    def _move(self, day: date) -> None:
        if home := self._some(lambda _: True):
            changes.move(self.desk, home, day)

    def _disability(self, day: date) -> None:
        if home := self._some(lambda home: home.head and not home.head.person.disabilities):
            assert home.head is not None
            kind = self._rng.choice(tuple(DisabilityKind))
            self.desk.tell(home, day, matters.disability(home.head.member_id, kind, certified=False))

    def _newcomer(self, day: date) -> None:
        like = self._rng.choice(self.homes)
        self.homes.append(self.desk.missed_out(self.desk.somebody_new(like, day), day))

    @property
    def _chances(self) -> dict[str, Task]:
        return {
            "birth": self._birth,
            "death": self._death,
            "marriage": self._marriage,
            "phone": self._phone,
            "move": self._move,
            "disability": self._disability,
            "new": self._newcomer,
        }

    def _some(self, fits: Callable[[Home], object]) -> Home | None:
        """Any home for which nothing is planned and which fits."""
        fitting = [home for home in self.homes if not home.is_set_aside and fits(home)]
        return self._rng.choice(fitting) if fitting else None

    def _mistakes(self) -> list[tuple[date, Task]]:
        desk, cast = self.desk, self.cast
        return [
            (date(YEAR, 1, 17), lambda day: mistakes.two_heads(desk, day, cast.groom)),
            (date(YEAR, 2, 9), lambda day: mistakes.known_number(desk, day, cast.certified)),
            (date(YEAR, 2, 21), lambda day: mistakes.too_early(desk, day, cast.mistaken)),
            (date(YEAR, 3, 8), lambda day: mistakes.not_a_beneficiary(desk, day, cast.bride)),
            (date(YEAR, 4, 12), lambda day: mistakes.gone_without_evidence(desk, day, cast.parting)),
            (date(YEAR, 5, 3), lambda day: mistakes.no_certificate(desk, day, cast.bride)),
            (date(YEAR, 6, 2), lambda day: mistakes.tomorrow(desk, day, cast.bride)),
            (date(YEAR, 7, 12), lambda day: mistakes.unknown_filter(desk, day, self.kafaalat, cast.groom)),
            (date(YEAR, 9, 14), lambda day: mistakes.not_struck(desk, day, cast.mistaken, flood.NAME)),
        ]

    def _flood(self, catch_up: Callable[[], None], open_relief: Callable[[], None]) -> Iterator[tuple[date, Task]]:
        yield flood.DECLARED, lambda _: self._declare(catch_up, open_relief)
        if not self._resurveys and flood.is_declared(self.desk):
            self._resurveys = flood.plan(self.desk, self.homes)
        for day, home in self._resurveys:
            yield day, partial(self._resurvey, home)
        yield flood.LIFTED, self._lift

    def _declare(self, catch_up: Callable[[], None], open_relief: Callable[[], None]) -> str:
        open_relief()
        flood.declare(self.desk, BY)
        catch_up()
        self.relief.work(flood.DECLARED)
        homes = flood.struck(self.homes)
        return (
            f"A flood is declared over {len(FLOODED)} places, where {len(homes):,} households live; "
            f"{len(self.relief.enrolled):,} of them get relief the same day."
        )

    def _resurvey(self, home: Home, day: date) -> None:
        """Ask a struck household again; whoever came after the impact, the desk sends away."""
        if self._is_open(home, Occasion.SHOCK, day):
            flood.resurvey(self.desk, home, day)

    def _lift(self, _: date) -> str:
        flood.lift(self.desk, BY)
        return "The flood is declared over."


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, tzinfo=UTC))


def _last_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _same_month(day: date, month: date) -> bool:
    return (day.year, day.month) == (month.year, month.month)


def _some_day(rng: Random, first: date) -> date:
    """A day of the month, not before this one, and the second at the earliest: on the first the offices work."""
    last = _last_of(first.replace(day=1))
    begin = max(first, first.replace(day=2))
    return begin + timedelta(days=rng.randint(0, max(0, (last - begin).days)))


def _times(rng: Random, expected: float) -> int:
    """A whole number of times, that often on average."""
    return int(expected) + chance(rng, expected - int(expected))
