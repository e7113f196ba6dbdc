"""Shocks of every kind, over households that move and are corrected late: nobody whom one struck is passed over."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from functools import cache
from random import Random

import pytest

from adapters.bench.population import PLACES
from adapters.followers import assessing
from adapters.followers.assessor import Assessor
from adapters.followers.timeline import Turn
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from domain.event import Event
from domain.household.events import Corrected, Moved
from domain.programme import ProgrammeOpened, Recipients, ReliefShareSet, Rule
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import DecisionKind, Hazard, Outcome
from domain.relief import ReliefThresholds, TehsilThreshold
from domain.shock import ShockDeclared, ShockLifted, ShockRevoked, ShockWidened, ThresholdsSet
from domain.standing import assess
from projections.catalogue import OF_THE_ASSESSOR
from tests.histories import CARD, RELIEF, Append, Histories, at_nine, compile_by_size, decided, replayed

STEPS = 45
SEEDS = range(500, 506)
BY_SHARE = "relief_of_the_poorest"
AFTER_RELIEF = "grant_after_relief"
AREAS = tuple({place[:letters] for place in PLACES for letters in (3, 5, 7)})


class ShockHistories(Histories):
    """Half of what happens is about shocks; the other half moves households and corrects where they lived."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._open: list[str] = []

    def policies(self) -> Append:
        poorest = Rule("Poorest", Recipients.HEAD, relief=True)
        after = Rule("After relief", Recipients.HEAD, needs_score=False, after=(RELIEF, BY_SHARE))
        return [
            *super().policies(),
            self._policy("programme", BY_SHARE, ProgrammeOpened(self._day, BY_SHARE, poorest, 1)),
            self._policy("programme", BY_SHARE, ReliefShareSet(self._day, BY_SHARE, 60)),
            self._policy("programme", AFTER_RELIEF, ProgrammeOpened(self._day, AFTER_RELIEF, after, 1)),
        ]

    def step(self) -> Append:
        draw = self._random.random()
        if draw < 0.45 or not self._rosters:
            return super().step()
        if draw < 0.7:
            household = self._random.choice(list(self._rosters))
            return self._submission([(household, self._elsewhere())])
        return [self._policy("shock", name, event) for name, event in self._of_a_shock()]

    def _elsewhere(self) -> Event:
        """A move, or a correction of where the household lived; often of a day before the last shocks struck."""
        on = self._day - timedelta(days=self._random.choice((0, 0, 10, 40, 100)))
        place = Place(self._random.choice(PLACES))
        if self._random.random() < 0.6:
            return Moved(on, place, place)
        return Corrected(on, self._uuid(), self._population._survey(), "lived elsewhere")

    def _of_a_shock(self) -> Iterator[tuple[str, Event]]:
        draw = self._random
        name = draw.choice([*self._open, "new"])
        on = self._day
        impact_on = on - timedelta(days=draw.choice((0, 1, 30, 90)))
        places = tuple(draw.sample(AREAS, draw.choice((1, 1, 2))))
        match draw.randrange(4) if name != "new" else 4:
            case 0 | 1:
                yield name, ShockWidened(on, name, impact_on, places, "PDMA")
            case 2:
                self._open.remove(name)
                yield name, ShockLifted(on, name)
            case 3:
                self._open.remove(name)
                yield name, ShockRevoked(on, name, "another district was meant")
            case _:
                name = f"shock {len(self._versions)}"
                until = on + timedelta(days=90)
                relief = tuple(draw.sample((RELIEF, BY_SHARE), draw.choice((1, 2))))
                self._open.append(name)
                yield (
                    name,
                    ShockDeclared(
                        on, name, Hazard.FLOOD, impact_on, places, impact_on, until, "NDMA", relief_programmes=relief
                    ),
                )
        if name in self._open:
            tehsils = tuple(TehsilThreshold(place, Decimal(45), 1, 1, 1) for place in PLACES)
            yield name, ThresholdsSet(on, name, 0, ReliefThresholds(BY_SHARE, 60, CARD, tehsils))


def history(seed: int) -> list[Append]:
    made = ShockHistories(seed)
    return [made.policies(), *(made.registration() for _ in range(8)), *(made.step() for _ in range(STEPS))]


def played(seed: int, *, hurried: bool) -> tuple[MemoryLog, MemoryTables]:
    """`hurried`: re-assessments are met by further events and policies, and the assessor is killed now and then."""
    log = MemoryLog()
    tables = MemoryTables(log)
    assessor = Assessor(log, tables, compile_by_size, at_nine)
    draw = Random(seed)
    for append in history(seed):
        log.append(append)
        if hurried:
            assessor.follow(draw.randrange(1, 9))
            assessor.reassess(draw.randrange(1, 4))
            if draw.random() < 0.2:
                assessor = Assessor(log, tables, compile_by_size, at_nine)
        else:
            catch_up(assessor)
    catch_up(assessor)
    return log, tables


def catch_up(assessor: Assessor) -> None:
    while assessor.step():
        pass


as_played = cache(played)
"""For tests that change nothing in how it is played."""


@pytest.mark.parametrize("hurried", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_each_is_decided_on_as_if_everybody_had_been_visited(seed: int, hurried: bool, monkeypatch):
    log, _ = as_played(seed, hurried=hurried)
    monkeypatch.setattr(Turn, "touches", lambda *_: True)
    monkeypatch.setattr("adapters.followers.touched.places_of", lambda _: None)
    of_everybody, _ = played(seed, hurried=hurried)
    assert decided(log) == decided(of_everybody)


@pytest.mark.parametrize("hurried", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_assessor_keeps_is_what_a_rebuild_makes(seed: int, hurried: bool):
    log, tables = as_played(seed, hurried=hurried)
    made = replayed(log)
    for table in OF_THE_ASSESSOR:
        assert tables.rows.get(table.name, {}) == made[table.name], table.name


def test_the_histories_give_relief_and_take_it_away_by_shocks():
    seen = set()
    for seed in SEEDS:
        for decisions in decided(as_played(seed, hurried=False)[0]).values():
            for _, programme, was, conclusion, kind, *_ in decisions:
                if kind is DecisionKind.SHOCK:
                    seen.add((programme, was, conclusion.outcome))
    given, taken = (Outcome.INELIGIBLE, Outcome.ELIGIBLE), (Outcome.ELIGIBLE, Outcome.INELIGIBLE)
    programmes = (RELIEF, BY_SHARE, AFTER_RELIEF)
    assert seen >= {(programme, *change) for programme in programmes for change in (given, taken)}


def test_what_was_brought_to_everybody_and_decided_nothing_is_not_looked_at_again(monkeypatch):
    made, log = Histories(1), MemoryLog()
    assessor = Assessor(log, MemoryTables(log), compile_by_size, at_nine)
    log.append([*made.policies(), *made.registration()])
    catch_up(assessor)
    assessed = []
    monkeypatch.setattr(assessing, "assess", lambda *given: assessed.append(given) or assess(*given))
    for value in (3, 2, 1):
        log.append([made.cutoff(value)])
        catch_up(assessor)
    assert len(assessed) == 3
