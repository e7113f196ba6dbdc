"""What assessor, projector and rebuild promise, on every log and store there is."""

import gc
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace

from adapters import codec
from adapters.faults import Refused, WorldFailed
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.log import NewEntry, Overtaken
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.postgres.alone import alone
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables
from domain.event import Envelope
from domain.household.events import (
    GenderChanged,
    HouseholdEvent,
    MemberLeft,
    MergedInto,
    Moved,
    Registered,
    Resurveyed,
)
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import DecisionKind, LeaveReason, Occasion, Outcome, Sex
from domain.registry_day import DayOpened
from domain.standing import Decided
from domain.streams import household_of, household_stream
from projections.catalogue import ANSWERS
from projections.changes import Drop, Put
from projections.decisions import DECISIONS
from projections.eligibility import ELIGIBILITY
from projections.households import HOUSEHOLDS
from projections.indicators.counting import INDICATORS
from projections.reassessments import REASSESSMENTS, from_row
from projections.roster_lookup import ROSTER_LOOKUP
from projections.standing import STANDING
from tests.histories import (
    FIRST_DAY,
    PROGRAMME,
    RECORDED_AT,
    RELIEF,
    Histories,
    at_nine,
    compile_by_size,
    decided,
    history,
    replayed,
)

SEEDS = (11, 12, 13)


class Registry(NamedTuple):
    log: Any
    tables: Any

    def assessor(self) -> Assessor:
        return Assessor(self.log, self.tables, compile_by_size, at_nine)

    def projector(self) -> Projector:
        return Projector(self.log, self.tables)

    def catch_up(self):
        run(self.log, [self.assessor(), self.projector()], until_caught_up=True)

    def rows(self, table) -> dict:
        return {table.key(row): row for row in self.tables.page(table, None, 100_000)}

    def answers(self) -> dict:
        return {table.name: self.rows(table) for table in ANSWERS}

    def decisions(self) -> list[Decided]:
        return [codec.recorded(entry).event for entry in self.log.after(0, 10_000) if entry.name == Decided.name]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def registry(request: pytest.FixtureRequest) -> Iterator[Registry]:
    if request.param == "memory":
        log = MemoryLog()
        yield Registry(log, MemoryTables(log))
        return
    yield from _in_postgres(request)


@pytest.fixture
def in_postgres(request: pytest.FixtureRequest, postgres_dsn: str) -> Iterator[Registry]:
    yield from _in_postgres(request)


def _in_postgres(request: pytest.FixtureRequest) -> Iterator[Registry]:
    dsn = request.getfixturevalue("database")
    migrate(dsn)
    log = PostgresLog(dsn, patience_seconds=5)
    yield Registry(log, PostgresTables(log))
    log.close()


def event(household: UUID, version: int, happened: HouseholdEvent, submission: UUID | None = None) -> NewEntry:
    return codec.to_store(household, version, Envelope(RECORDED_AT, "desk", "desk", submission=submission), happened)


def outcomes(registry: Registry) -> dict:
    return {key: Outcome(row[2]) for key, row in registry.rows(ELIGIBILITY).items()}


def log_of(registry: Registry, appends) -> None:
    for append in appends:
        registry.log.append(append)


def test_a_household_is_assessed_and_a_change_of_its_outcome_recorded_once(registry: Registry):
    made = Histories(1)
    made_of = made.policies()
    appends = [made.registration() for _ in range(20)]
    log_of(registry, [made_of, *appends])
    registry.catch_up()
    registry.catch_up()
    decisions = registry.decisions()
    assert decisions
    assert {decision.kind for decision in decisions} == {DecisionKind.CIRCUMSTANCES}
    assert len({(decision.programme, decision.cause_position) for decision in decisions}) == len(decisions)
    assert len(registry.rows(STANDING)) == len(registry.rows(HOUSEHOLDS)) == 20
    assert len(registry.rows(DECISIONS)) == len(decisions)


@pytest.mark.parametrize("seed", SEEDS)
def test_live_answers_equal_those_made_anew(registry: Registry, seed: int):
    log_of(registry, history(seed))
    registry.catch_up()
    assert registry.answers() == replayed(registry.log)


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_do_not_depend_on_how_the_log_was_cut_or_how_far_a_reassessment_was(registry: Registry, seed: int):
    draw = random.Random(seed)
    assessor, projector = registry.assessor(), registry.projector()
    for append in history(seed):
        registry.log.append(append)
        for _ in range(draw.randrange(3)):
            match draw.randrange(3):
                case 0:
                    assessor.follow(draw.randrange(1, 9))
                case 1:
                    assessor.reassess(draw.randrange(1, 5))
                case _:
                    projector.step(draw.randrange(1, 9))
    run(registry.log, [assessor, projector], until_caught_up=True)
    assert decided(registry.log) == _undisturbed(seed)
    assert registry.answers() == replayed(registry.log)


def test_a_new_cutoff_reassesses_everyone_as_a_change_of_policy(registry: Registry):
    made = Histories(2)
    log_of(registry, [made.policies(), *(made.registration() for _ in range(15))])
    registry.catch_up()
    registry.log.append([made.cutoff(200)])
    registry.catch_up()
    of_programme = [outcome for (_, programme), outcome in outcomes(registry).items() if programme == PROGRAMME]
    assert of_programme == [Outcome.ELIGIBLE] * 15
    last = registry.decisions()[-1]
    assert last.kind is DecisionKind.POLICY
    jobs = [from_row(row) for row in registry.rows(REASSESSMENTS).values()]
    assert jobs[-1].done
    assert jobs[-1].seen == jobs[-1].total == 15
    decided_then = {
        household_of(entry.stream) for entry in registry.log.after(last.cause_position, names=[Decided.name])
    }
    positions = {key[0]: row[1] for key, row in registry.rows(STANDING).items()}
    assert {position for household, position in positions.items() if household in decided_then} == {last.cause_position}
    assert 0 < len(decided_then) < 15
    assert all(
        position < last.cause_position for household, position in positions.items() if household not in decided_then
    )


def test_a_reassessment_goes_on_where_it_stopped(registry: Registry):
    made = Histories(3)
    log_of(registry, [made.policies(), *(made.registration() for _ in range(15))])
    registry.catch_up()
    registry.log.append([made.cutoff(200)])
    first = registry.assessor()
    first.follow()
    assert first.reassess(4)
    decided_by_first = len(registry.decisions())
    second = registry.assessor()
    assert second.reassessment is not None
    assert second.reassessment.seen == 4
    run(registry.log, [second, registry.projector()], until_caught_up=True)
    assert len(registry.decisions()) > decided_by_first
    assert registry.answers() == replayed(registry.log)


def test_a_household_hears_of_a_new_policy_before_its_own_next_event_counts(registry: Registry):
    made = Histories(4)
    registered = made.registration()
    log_of(registry, [made.policies(), registered, [made.cutoff(1)]])
    registry.catch_up()
    assert not [
        each
        for (_, programme), each in outcomes(registry).items()
        if (programme, each) == (PROGRAMME, Outcome.ELIGIBLE)
    ]
    cutoff = registry.log.append([made.cutoff(200)])[0]
    moved = event(registered[0].stream, 2, Moved(FIRST_DAY, Place("PK60201"), Place("PK70101")))
    registry.log.append([moved])
    assessor = registry.assessor()
    assessor.follow()  # the re-assessment has not begun, and the household was at the desk
    last = registry.decisions()[-1]
    assert (last.kind, last.cause_position, last.household_version) == (DecisionKind.POLICY, cutoff, 1)


def test_what_one_submission_causes_is_assessed_as_one(registry: Registry):
    made = Histories(5)
    registered = made.registration()
    household = registered[0].stream
    survey = codec.decode(registered[0].name, registered[0].state)[1].survey
    log_of(registry, [made.policies(), [made.cutoff(200)], registered])
    registry.catch_up()
    before = len(registry.decisions())
    wife = survey.roster[1].member_id
    submission = UUID(int=7)
    registry.log.append(
        [
            event(household, 2, MemberLeft(FIRST_DAY, wife, LeaveReason.DEPARTURE), submission),
            event(household, 3, Resurveyed(FIRST_DAY, Occasion.CYCLIC, survey), submission),
        ]
    )
    assessor = registry.assessor()
    while assessor.follow(1):  # even when the batch could end in the middle of the submission
        pass
    assert len(registry.decisions()) == before


def test_a_merged_household_is_eligible_no_more_and_cannot_be_looked_up(registry: Registry):
    made = Histories(6)
    registered = made.registration()
    household = registered[0].stream
    log_of(registry, [made.policies(), [made.cutoff(200)], registered])
    registry.catch_up()
    assert outcomes(registry)[household, PROGRAMME] is Outcome.ELIGIBLE
    registry.log.append([event(household, 2, MergedInto(FIRST_DAY, UUID(int=8)))])
    registry.catch_up()
    assert outcomes(registry)[household, PROGRAMME] is Outcome.INELIGIBLE
    assert registry.rows(ROSTER_LOOKUP) == {}
    assert registry.rows(HOUSEHOLDS)[household,][-1] == UUID(int=8)


def test_a_late_fact_does_not_overwrite_what_is_newer(registry: Registry):
    made = Histories(7)
    registered = made.registration()
    household = registered[0].stream
    log_of(registry, [made.policies(), registered])
    assessor, projector = registry.assessor(), registry.projector()
    run(registry.log, [assessor, projector], until_caught_up=True)
    here, there, before = Place("PK20101"), Place("PK80103"), Place("PK60301")
    later, earlier = FIRST_DAY + timedelta(days=9), FIRST_DAY + timedelta(days=5)
    registry.log.append([event(household, 2, Moved(later, here, there))])
    run(registry.log, [assessor, projector], until_caught_up=True)
    registry.log.append([event(household, 3, Moved(earlier, here, before))])
    run(registry.log, [assessor, projector], until_caught_up=True)
    assert registry.rows(HOUSEHOLDS)[household,][2] == there.code
    assert registry.rows(STANDING)[household,][4] == there.code
    assert registry.answers() == replayed(registry.log)


def test_a_late_fact_moves_the_counts_of_the_days_behind_it(registry: Registry):
    made = Histories(7)
    registered = made.registration()
    household = registered[0].stream
    happened = codec.decode(registered[0].name, registered[0].state)[1]
    home = happened.survey.place
    log_of(registry, [made.policies(), registered])
    projector = registry.projector()
    run(registry.log, [projector], until_caught_up=True)
    between, there = Place("PK70202"), Place("PK80103")
    later, earlier = FIRST_DAY + timedelta(days=9), FIRST_DAY + timedelta(days=5)
    registry.log.append([event(household, 2, Moved(later, home, there))])
    run(registry.log, [projector], until_caught_up=True)
    registry.log.append([event(household, 3, Moved(earlier, home, between))])
    run(registry.log, [projector], until_caught_up=True)
    households = {key: row[2] for key, row in registry.rows(INDICATORS).items()}
    assert households == {
        (home.code, happened.on): 1,
        (home.code, earlier): -1,
        (between.code, earlier): 1,
        (between.code, later): -1,
        (there.code, later): 1,
    }


def test_two_households_that_exchange_places_leave_no_row_of_zeros(in_postgres: Registry, monkeypatch):
    """What one takes away the other brings; they are in different ranges of a rebuild, which must come to the same."""
    monkeypatch.setattr("adapters.postgres.rebuilding.RANGE_EVENTS", 1)
    made = Histories(7)
    registered = made.registration()
    survey = codec.decode(registered[0].name, registered[0].state)[1].survey
    homes = [Place("PK60201"), Place("PK70101")]
    log_of(in_postgres, [made.policies()])
    for on, home in zip((FIRST_DAY, FIRST_DAY + timedelta(days=1)), homes, strict=True):
        household = household_stream(on, bytes(13))
        log_of(in_postgres, [[event(household, 1, Registered(on, replace(survey, place=home)))]])
    later = FIRST_DAY + timedelta(days=9)
    for number, (here, there) in enumerate((homes, reversed(homes))):
        household = household_stream(FIRST_DAY + timedelta(days=number), bytes(13))
        log_of(in_postgres, [[event(household, 2, Moved(later, here, there))]])
        in_postgres.catch_up()
    assert {day for _, day in in_postgres.rows(INDICATORS)} == {FIRST_DAY, FIRST_DAY + timedelta(days=1)}
    assert rebuild(in_postgres.log, compile_by_size, workers=1).is_equal


def test_a_shock_decides_relief_with_its_own_kind(registry: Registry):
    for seed in range(30):
        made = Histories(seed)
        shock = made._shock()
        declared = codec.decode(shock.name, shock.state)[1]
        registered = [made.registration() for _ in range(12)]
        hit = [
            append
            for append in registered
            if codec.decode(append[0].name, append[0].state)[1].survey.place.is_within(declared.places[0])
        ]
        if hit:
            break
    log_of(registry, [made.policies(), *registered])
    registry.catch_up()
    registry.log.append([shock])
    registry.catch_up()
    relieved = [decision for decision in registry.decisions() if decision.programme == RELIEF]
    assert {decision.kind for decision in relieved} == {DecisionKind.SHOCK}
    assert len(relieved) == len(hit)


def test_a_second_assessor_is_refused_when_it_records(registry: Registry):
    made = Histories(8)
    log_of(registry, [made.policies(), made.registration()])
    first, second = registry.assessor(), registry.assessor()
    assert first.follow()
    with pytest.raises(Overtaken):
        second.follow()
    once = decided(registry.log)
    second.load()
    while second.follow():
        pass
    assert decided(registry.log) == once
    assert registry.answers()["standing"] == replayed(registry.log)["standing"]


def test_a_second_assessor_may_not_go_on_with_a_reassessment_either(registry: Registry):
    made = Histories(9)
    log_of(registry, [made.policies(), *(made.registration() for _ in range(3)), [made.cutoff(200)]])
    registry.assessor().follow()
    stale = registry.assessor()
    registry.log.append(made.registration())
    registry.assessor().follow()
    with pytest.raises(Overtaken):
        stale.reassess()


def test_a_newer_policy_takes_the_place_of_a_reassessment_and_nobody_misses_the_older_one(registry: Registry):
    made = Histories(10)
    log_of(registry, [made.policies(), [made.cutoff(1)], *(made.registration() for _ in range(9))])
    registry.catch_up()
    before = len(registry.decisions())
    up = registry.log.append([made.cutoff(200)])[0]
    assessor = registry.assessor()
    assessor.follow()
    assessor.reassess(4)
    down = registry.log.append([made.cutoff(1)])[0]
    registry.catch_up()
    of_kafaalat = [each for each in registry.decisions()[before:] if each.programme == PROGRAMME]
    assert sorted(each.cause_position for each in of_kafaalat) == [up] * 9 + [down] * 9
    jobs = [from_row(row) for row in registry.rows(REASSESSMENTS).values()]
    assert all(job.done for job in jobs)
    assert up not in {job.policy_position for job in jobs}
    assert registry.answers() == replayed(registry.log)


def test_who_is_paid_may_change_while_the_household_stays_eligible_since_the_same_day(registry: Registry):
    made = Histories(6)
    registered = made.registration()
    household = registered[0].stream
    survey = codec.decode(registered[0].name, registered[0].state)[1].survey
    log_of(registry, [made.policies(), [made.cutoff(200)], registered])
    registry.catch_up()
    (before,) = [row for key, row in registry.rows(ELIGIBILITY).items() if key == (household, PROGRAMME)]
    later = FIRST_DAY + timedelta(days=40)
    log_of(registry, [[made._policy("day", "registry", DayOpened(later))]])
    head, wife = survey.roster[0].member_id, survey.roster[1].member_id
    registry.log.append([event(household, 2, GenderChanged(later, head, Sex.MALE, Sex.TRANSGENDER))])
    registry.catch_up()
    log_of(registry, [[event(household, 3, MemberLeft(later, wife, LeaveReason.DEATH))]])
    registry.catch_up()
    after = registry.rows(ELIGIBILITY)[household, PROGRAMME]
    assert (after[2], after[3]) == (before[2], before[3])
    assert (before[7], after[7]) == ((wife,), (head,))
    assert registry.answers() == replayed(registry.log)


class Broken:
    """A follower that cannot get on."""

    name = "broken"
    position = 0
    is_idle = True

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def step(self) -> bool:
        raise self.fault

    def load(self) -> None:
        """Nothing helps."""


@pytest.mark.parametrize("fault", [WorldFailed("the disk is full"), AssertionError("a broken assumption")])
def test_a_follower_that_stops_does_not_stop_the_other(registry: Registry, fault: Exception, monkeypatch):
    monkeypatch.setattr("adapters.followers.run.PAUSE_SECONDS", 0)
    log_of(registry, history(21, households=4, steps=5))
    reports = []
    with pytest.raises(type(fault), match=str(fault)):
        run(registry.log, [Broken(fault), registry.projector()], until_caught_up=True, report=reports.append)
    assert registry.rows(HOUSEHOLDS) == replayed(registry.log)["households"]
    assert reports[-1].stopped == {"broken": str(fault)}


def test_a_run_takes_in_what_is_appended_until_it_is_stopped(registry: Registry):
    made, stop = Histories(14), Event()
    log_of(registry, [made.policies()])
    followers = [registry.assessor(), registry.projector()]
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, registry.log, followers, stop=stop)
        try:
            for number in range(1, 4):
                log_of(registry, [made.registration()])
                _wait_for(
                    lambda number=number: len(registry.rows(STANDING)) == len(registry.rows(HOUSEHOLDS)) == number
                )
        finally:
            stop.set()
        assert running.result(timeout=10).lag == 0


@pytest.mark.parametrize("froze_before", [False, True])
def test_a_run_gives_the_garbage_collector_back_as_it_found_it(froze_before: bool):
    gc.unfreeze()
    if froze_before:
        gc.freeze()
    log, seen = MemoryLog(), []
    projector = Registry(log, MemoryTables(log)).projector()
    try:
        run(log, [projector], until_caught_up=True, report=lambda _: seen.append(state_of_collector()))
        assert seen == [(True, False)]
        assert state_of_collector() == (froze_before, True)
    finally:
        gc.freeze()  # as it is between tests


def state_of_collector() -> tuple[bool, bool]:
    return gc.get_freeze_count() > 0, gc.isenabled()


class OvertakenOnce:
    """A follower after whose first look in vain something is appended, before anybody asks how long the log is."""

    def __init__(self, follower, append) -> None:
        self._follower, self._append = follower, append

    def __getattr__(self, name: str):
        return getattr(self._follower, name)

    def step(self) -> bool:
        moved = self._follower.step()
        if not moved and self._append is not None:
            self._append()
            self._append = None
        return moved


def test_what_is_appended_just_after_a_look_in_vain_is_taken_in_without_another_append(registry: Registry):
    made, stop = Histories(14), Event()
    log_of(registry, [made.policies()])
    overtaken = OvertakenOnce(registry.projector(), lambda: log_of(registry, [made.registration()]))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, registry.log, [overtaken], stop=stop)
        try:
            _wait_for(lambda: len(registry.rows(HOUSEHOLDS)) == 1)
        finally:
            stop.set()
        assert running.result(timeout=10).lag == 0


def _wait_for(is_so) -> None:
    give_up_at = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_followers_that_write_in_other_threads_come_to_the_same(registry: Registry, seed: int):
    log_of(registry, history(seed))
    with ThreadPoolExecutor(2) as writer:
        assessor = Assessor(registry.log, registry.tables, compile_by_size, at_nine, writer)
        projector = Projector(registry.log, registry.tables, writer)
        run(registry.log, [_InBatchesOf(5, assessor), _InBatchesOf(7, projector)], until_caught_up=True)
    assert registry.answers() == replayed(registry.log)
    assert decided(registry.log) == _undisturbed(seed)


def _undisturbed(seed: int) -> dict:
    log = MemoryLog()
    for append in history(seed):
        log.append(append)
    run(log, [Assessor(log, MemoryTables(log), compile_by_size, at_nine)], until_caught_up=True)
    return decided(log)


class _InBatchesOf:
    def __init__(self, limit: int, follower) -> None:
        self._limit, self._follower = limit, follower

    def __getattr__(self, name: str):
        return getattr(self._follower, name)

    def step(self) -> bool:
        return self._follower.step(self._limit)


# Rebuilding


def test_a_rebuild_finds_the_live_tables_as_they_should_be_and_leaves_nothing(in_postgres: Registry):
    log_of(in_postgres, history(31))
    in_postgres.catch_up()
    progress = []
    result = rebuild(in_postgres.log, compile_by_size, report=progress.append)
    assert result.is_equal, result
    assert progress[-1].events == result.events
    assert _schemas(in_postgres) == ["public"]


def test_a_rebuild_compares_each_table_at_its_own_followers_checkpoint(in_postgres: Registry):
    log_of(in_postgres, history(32))
    assessor, projector = in_postgres.assessor(), in_postgres.projector()
    while assessor.reassess() or assessor.follow(30):
        pass
    projector.step(25)
    assert in_postgres.log.checkpoint("projector") < in_postgres.log.checkpoint("assessor")
    log_of(in_postgres, [Histories(99).registration()])
    assert rebuild(in_postgres.log, compile_by_size).is_equal


def test_a_rebuild_names_what_differs_and_puts_it_right_when_asked(in_postgres: Registry):
    log_of(in_postgres, history(33))
    in_postgres.catch_up()
    right = in_postgres.answers()
    indexes = _indexes(in_postgres)
    (first, row), (second, _) = list(in_postgres.rows(HOUSEHOLDS).items())[:2]
    stray = (UUID(int=9), *row[1:])
    wrong = (*row[:4], 77, *row[5:])
    with in_postgres.log.transaction() as transaction:
        changes = [Put(HOUSEHOLDS, first, wrong), Drop(HOUSEHOLDS, second), Put(HOUSEHOLDS, stray[:1], stray)]
        in_postgres.tables.apply(transaction, changes)
    found = rebuild(in_postgres.log, compile_by_size).differences["households"]
    assert (found.missing, found.superfluous, found.changed) == (1, 1, 1)
    assert set(found.examples) == {str(first[0]), str(second[0]), str(UUID(int=9))}

    assert rebuild(in_postgres.log, compile_by_size, swap=True).swapped
    assert in_postgres.answers() == right
    assert _indexes(in_postgres) == indexes
    assert rebuild(in_postgres.log, compile_by_size).is_equal
    log_of(in_postgres, [Histories(98).registration()])
    in_postgres.catch_up()
    assert rebuild(in_postgres.log, compile_by_size).is_equal


def test_a_rebuild_waits_for_a_reassessment_to_be_done(in_postgres: Registry):
    made = Histories(34)
    log_of(in_postgres, [made.policies(), *(made.registration() for _ in range(3)), [made.cutoff(200)]])
    in_postgres.assessor().follow()
    with pytest.raises(Refused, match="re-assessment"):
        rebuild(in_postgres.log, compile_by_size)


def test_only_one_process_keeps_the_answers(in_postgres: Registry, monkeypatch):
    monkeypatch.setattr("adapters.postgres.alone.WAIT_SECONDS_MAX", 0.2)
    dsn = in_postgres.log.datastore.dsn
    with alone(dsn):
        with pytest.raises(Refused, match="Another process"), alone(dsn):
            pass
        with pytest.raises(Refused, match="Another process"):
            rebuild(in_postgres.log, compile_by_size, swap=True)
        assert rebuild(in_postgres.log, compile_by_size).is_equal
    with alone(dsn):
        pass


def _schemas(registry: Registry) -> list[str]:
    return _texts(
        registry, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    )


def _indexes(registry: Registry) -> list[str]:
    return _texts(registry, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef")


def _texts(registry: Registry, query: str) -> list[str]:
    with psycopg.connect(registry.log.datastore.dsn) as connection:
        return [row[0] for row in connection.execute(query.encode())]
