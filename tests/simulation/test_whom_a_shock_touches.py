"""Whoever is not visited after a shock is decided on as if everybody had been, however the log is cut."""

from datetime import timedelta
from random import Random
from statistics import mean

import pytest

from adapters.bench.population import PLACES
from adapters.followers.assessor import Assessor
from adapters.followers.run import run
from adapters.followers.timeline import Turn
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from domain.household.events import Moved
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import DecisionKind, Hazard, Outcome
from domain.registry_day import DayOpened
from domain.shock import ShockDeclared, ShockLifted
from projections.former_places import FORMER_PLACES
from projections.reassessments import REASSESSMENTS, from_row
from projections.standing import STANDING
from tests.histories import FIRST_DAY, RELIEF, Histories, at_nine, compile_by_size, decided, history

STEPS = 40


def played(seed: int, *, hurried: bool = False) -> tuple[dict, MemoryTables]:
    """What is decided in a history; `hurried` as re-assessments are met by further events and policies."""
    log = MemoryLog()
    tables = MemoryTables(log)
    assessor = Assessor(log, tables, compile_by_size, at_nine)
    draw = Random(seed)
    for append in history(seed, steps=STEPS):
        log.append(append)
        if hurried:
            assessor.follow(draw.randrange(1, 9))
            assessor.reassess(draw.randrange(1, 4))
        else:
            run(log, [assessor], until_caught_up=True)
    run(log, [assessor], until_caught_up=True)
    return decided(log), tables


def without_positions(tables: MemoryTables) -> list:
    rows = tables.rows[STANDING.name].values()
    place = STANDING.column("position")
    return sorted((*row[:place], *row[place + 1 :]) for row in rows)


@pytest.mark.parametrize("hurried", [False, True])
@pytest.mark.parametrize("seed", range(300, 304))
def test_decisions_and_standings_are_those_of_assessing_everybody(seed: int, hurried: bool, monkeypatch):
    decisions, tables = played(seed, hurried=hurried)
    monkeypatch.setattr(Turn, "touches", lambda *_: True)
    monkeypatch.setattr("adapters.followers.touched.places_of", lambda _: None)
    everybody, their_tables = played(seed, hurried=hurried)
    assert decisions == everybody
    assert without_positions(tables) == without_positions(their_tables)
    assert tables.rows.get(FORMER_PLACES.name) == their_tables.rows.get(FORMER_PLACES.name)


def test_a_shock_is_brought_to_few_and_a_change_of_rule_to_all():
    seen: dict[DecisionKind, list[int]] = {kind: [] for kind in DecisionKind}
    for seed in range(300, 304):
        for job in map(from_row, played(seed)[1].rows[REASSESSMENTS.name].values()):
            seen[job.kind].append(job.seen)
    assert 0 < mean(seen[DecisionKind.SHOCK]) < mean(seen[DecisionKind.POLICY]) / 2


@pytest.mark.parametrize("lifted", [False, True])
def test_whoever_moved_away_since_a_shock_is_reached_by_it(lifted: bool):
    made = Histories(1)
    log = MemoryLog()
    assessor = Assessor(log, MemoryTables(log), compile_by_size, at_nine)
    log.append([*made.policies(), *made.registration()])
    (household,) = made._rosters
    moved_on, told_on = FIRST_DAY + timedelta(days=10), FIRST_DAY + timedelta(days=20)
    until = told_on + timedelta(days=90)
    log.append([made._policy("day", "registry", DayOpened(told_on))])
    log.append(made._submission([(household, Moved(moved_on, Place("PK1"), Place("PK1")))]))
    run(log, [assessor], until_caught_up=True)
    places = tuple({place[:3] for place in PLACES})
    told = ShockDeclared(
        told_on, "late", Hazard.FLOOD, FIRST_DAY, places, told_on, until, "NDMA", relief_programmes=(RELIEF,)
    )
    log.append([made._policy("shock", "late", told)])
    if lifted:
        run(log, [assessor], until_caught_up=True)
        log.append([made._policy("shock", "late", ShockLifted(told_on, "late"))])
    run(log, [assessor], until_caught_up=True)
    outcomes = [
        conclusion.outcome for _, programme, _, conclusion, *_ in decided(log)[household] if programme == RELIEF
    ]
    assert outcomes == [Outcome.ELIGIBLE, Outcome.INELIGIBLE][: 1 + lifted]
