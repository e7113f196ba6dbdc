"""Whom a shock struck, and the thresholds of its relief, found in tables as they are found in households themselves."""

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest

from adapters import codec
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.faults import Refused
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.moment import moment
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.tables import PostgresTables
from adapters.registry.reading import Reader
from adapters.shocks.previewing import count_at_most
from adapters.shocks.settling import await_settled
from adapters.shocks.struck import struck
from adapters.shocks.thresholds import find_thresholds, settled_position
from domain.household.events import Moved
from domain.household.state import Household
from domain.programme import ProgrammeOpened, Recipients, ReliefShareSet, Rule
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import DecisionKind, Group, Hazard, Outcome
from domain.registry_day import DayOpened
from domain.scorecard_adoption import ScorecardAdopted
from domain.shock import Notified, Shock, ShockDeclared, evolve
from domain.shock_rules import DeclareShock, RevokeShock, decide
from domain.standing import Decided
from projections.eligibility import ELIGIBILITY
from projections.group_memberships import GROUP_MEMBERSHIPS
from projections.households import HOUSEHOLDS
from tests.histories import Histories, at_nine, compile_by_size, history, score_by_size

pytestmark = pytest.mark.postgres

POOREST = "poorest_relief"
SHARE = 60
IMPACT = date(2026, 1, 1)


class Registry:
    """A log in Postgres with its followers."""

    def __init__(self, dsn: str) -> None:
        migrate(dsn)
        self.dsn = dsn
        self.log = PostgresLog(dsn, patience_seconds=5)
        self.tables = PostgresTables(self.log)

    def catch_up(self) -> None:
        followers = [Assessor(self.log, self.tables, compile_by_size, at_nine), Projector(self.log, self.tables)]
        run(self.log, followers, until_caught_up=True)

    def households(self) -> dict[UUID, Household]:
        reader = Reader(self.log)
        keys = [row[0] for row in self.tables.page(HOUSEHOLDS, None, 100_000)]
        found = {key: reader.household(key) for key in keys}
        return {key: known for key, known in found.items() if known is not None and known.merged_into is None}


@pytest.fixture
def registry(database: str) -> Iterator[Registry]:
    opened = Registry(database)
    yield opened
    opened.log.close()


def declared(*notified: Notified) -> Shock:
    first, *_ = notified
    event = ShockDeclared(
        first.impact_on, "flood", Hazard.FLOOD, first.impact_on, first.places, first.impact_on, first.impact_on, "NDMA"
    )
    return Shock(event, notified)


def codes_of(households: dict[UUID, Household]) -> list[str]:
    """Places of every level at which somebody lives or lived."""
    places = {place for known in households.values() for _, place in known.residences}
    finest = [place.code for place in places] + [f"{p.code}/{p.union_council}" for p in places if p.union_council]
    return sorted({*finest, *(place.code[:5] for place in places), *(place.code[:3] for place in places)})


@pytest.mark.parametrize("seed", [3, 4])
def test_whom_a_shock_struck_is_found_in_tables_as_in_each_household(registry: Registry, seed: int):
    for append in history(seed, households=25, steps=120):
        registry.log.append(append)
    registry.catch_up()
    households = registry.households()
    codes, draw = codes_of(households), Random(seed)
    found_any = 0
    with moment(registry.dsn) as ask:
        for _ in range(60):
            notified = tuple(drawn(draw, codes) for _ in range(draw.choice((1, 1, 2))))
            query, parameters = struck(notified)
            found = {row[0]: (row[2], row[3]) for row in ask(query, parameters)}
            shock = declared(*notified)
            hit = {key: known_place(shock, known) for key, known in households.items()}
            assert found == {key: place for key, place in hit.items() if place is not None}
            found_any += len(found)
    assert found_any > 0


def drawn(draw: Random, codes: list[str]) -> Notified:
    """Some places on some day, for everybody there or for one or two groups."""
    groups = tuple(draw.sample(list(Group), draw.choice((0, 1, 1, 2))))
    return Notified(IMPACT + timedelta(days=draw.randrange(-15, 90)), tuple(draw.sample(codes, 2)), groups)


def test_households_came_to_groups_and_left_them_in_these_histories(registry: Registry):
    for append in history(4, households=25, steps=120):
        registry.log.append(append)
    registry.catch_up()
    found = {group: [0, 0] for group in Group}
    for _, group, _, until in registry.tables.page(GROUP_MEMBERSHIPS, None, 10_000):
        found[Group(group)][until is not None] += 1
    assert all(stay for stay, _ in found.values()), found
    assert sum(left for _, left in found.values()) > 5, found


def known_place(shock: Shock, household: Household) -> tuple[str, str | None] | None:
    place = shock.find_struck(household.find_place_on, household.find_groups_on)
    return None if place is None else (place.code, place.union_council)


def test_what_the_answers_do_not_know_yet_is_counted_in(registry: Registry):
    made = with_relief(registry, households=10)
    notified = Notified(IMPACT, tuple(regions(registry)))
    with moment(registry.dsn) as ask:
        counted = count_at_most(ask, registry.log, notified)
        assert counted == len(list(ask(*struck((notified,)))))
    later = [made.registration() for _ in range(3)]
    for append in later:
        registry.log.append(append)
    with moment(registry.dsn) as ask:
        assert count_at_most(ask, registry.log, notified) == counted + sum(map(len, later))


def test_who_moved_away_is_counted_though_the_assessor_has_not_noted_where_from(registry: Registry):
    made = with_relief(registry, households=10)
    notified = Notified(IMPACT, tuple(regions(registry)))
    with moment(registry.dsn) as ask:
        counted = count_at_most(ask, registry.log, notified)
    elsewhere, on = Place("XX1"), IMPACT + timedelta(days=5)
    registry.log.append(made._submission([(each, Moved(on, elsewhere, elsewhere)) for each in made._rosters]))
    run(registry.log, [Projector(registry.log, registry.tables)], until_caught_up=True)
    with moment(registry.dsn) as ask:
        assert count_at_most(ask, registry.log, notified) >= counted > 0


def test_somebody_moved_in_these_histories(registry: Registry):
    for append in history(3, households=25, steps=120):
        registry.log.append(append)
    registry.catch_up()
    assert any(len(known.residences) > 1 for known in registry.households().values())


# Relief for the poorest share


def with_relief(registry: Registry, seed: int = 5, households: int = 60) -> Histories:
    """A registry in which a programme is given to the poorest share of each tehsil."""
    made = Histories(seed)
    rule = Rule("Poorest", Recipients.HEAD, relief=True)
    registry.log.append(
        [
            *made.policies(),
            made._policy("programme", POOREST, ProgrammeOpened(made._day, POOREST, rule, 1)),
            made._policy("programme", POOREST, ReliefShareSet(made._day, POOREST, SHARE)),
        ]
    )
    for _ in range(households):
        registry.log.append(made.registration())
    registry.catch_up()
    return made


def a_card() -> ScorecardAdopted:
    command = adoption(adoptable("pakistan_schreiner_2009"), IMPACT, "")
    return ScorecardAdopted(IMPACT, command.scorecard_id, command.title, bytes(32), command.content)


def thresholds_of(registry: Registry, *places: str):
    with moment(registry.dsn) as ask:
        position = settled_position(ask, registry.log)
        return position, find_thresholds(ask, (Notified(IMPACT, places),), a_card(), {POOREST: SHARE})


def flood(registry: Registry, *places: str) -> DeclareShock:
    position, thresholds = thresholds_of(registry, *places)
    return DeclareShock(
        shock="flood",
        hazard=Hazard.FLOOD,
        on=IMPACT,
        impact_on=IMPACT,
        places=places,
        resurvey_from=IMPACT,
        resurvey_until=IMPACT + timedelta(days=90),
        authority="NDMA",
        households=0,
        relief_programmes=(POOREST,),
        thresholds=thresholds,
        snapshot_position=position,
    )


def regions(registry: Registry) -> list[str]:
    return sorted({known.place.code[:3] for known in registry.households().values()})


def record(registry: Registry, made: Histories, command, shock: Shock | None) -> Shock | None:
    events = decide(command, shock, {POOREST: SHARE})
    registry.log.append([made._policy("shock", "flood", event) for event in events])
    for event in events:
        shock = evolve(shock, event)
    registry.catch_up()
    return shock


def by_hand(registry: Registry, places: tuple[str, ...]) -> dict[str, list[int]]:
    """The scores of each tehsil, lowest first."""
    scores = defaultdict(list)
    for known in registry.households().values():
        place = known.find_place_on(IMPACT)
        if place is not None and place.tehsil and any(place.is_within(code) for code in places):
            scores[place.tehsil].append(score_by_size(known))
    return {tehsil: sorted(found) for tehsil, found in scores.items()}


def test_thresholds_are_those_of_the_tehsils_own_scores(registry: Registry):
    with_relief(registry)
    places = tuple(regions(registry))
    _, (found,) = thresholds_of(registry, *places)
    expected = by_hand(registry, places)
    assert {each.tehsil for each in found.tehsils} == set(expected)
    for each in found.tehsils:
        scores = expected[each.tehsil]
        enough = scores[-(-SHARE * len(scores) // 100) - 1]
        assert (each.highest, each.scored) == (enough, len(scores))
        assert each.within == sum(score <= enough for score in scores)


def test_a_threshold_is_the_whole_tehsils_where_only_a_union_council_was_notified(registry: Registry):
    with_relief(registry)
    place = next(known.place for known in registry.households().values() if known.place.union_council)
    _, (of_council,) = thresholds_of(registry, f"{place.code}/{place.union_council}")
    _, (of_tehsil,) = thresholds_of(registry, place.code)
    assert of_council == of_tehsil


def test_whoever_is_within_the_threshold_of_its_tehsil_gets_relief_and_a_rebuild_agrees(registry: Registry):
    made = with_relief(registry)
    places = tuple(regions(registry))
    shock = record(registry, made, flood(registry, *places), None)
    assert shock is not None
    expected = {
        key
        for key, known in registry.households().items()
        if (place := shock.find_struck(known.find_place_on, known.find_groups_on)) is not None
        and (limit := shock.limits[POOREST].get(place.tehsil or "")) is not None
        and score_by_size(known) <= limit.highest
    }
    assert expected
    assert relieved(registry) == expected
    assert {kind for kind, _ in relief_decisions(registry)} == {DecisionKind.SHOCK}
    assert rebuild(registry.log, compile_by_size, workers=1).is_equal


def test_thresholds_do_not_move_when_scores_do(registry: Registry):
    made = with_relief(registry)
    shock = record(registry, made, flood(registry, *regions(registry)), None)
    for _ in range(40):
        registry.log.append(made.step())
    registry.catch_up()
    policies = Reader(registry.log).policies()
    assert shock is not None
    assert policies.shocks["flood"].limits == shock.limits


def test_revoking_reverses_every_relief_decision_with_its_own_reason_and_kind(registry: Registry):
    made = with_relief(registry)
    shock = record(registry, made, flood(registry, *regions(registry)), None)
    given = len(relieved(registry))
    record(registry, made, RevokeShock("flood", IMPACT, "declared for the wrong districts"), shock)
    assert relieved(registry) == set()
    reversed_ = relief_decisions(registry)[given:]
    assert set(reversed_) == {(DecisionKind.SHOCK, "shock_revoked")}
    assert len(reversed_) == given
    assert rebuild(registry.log, compile_by_size, workers=1).is_equal


def test_no_thresholds_are_found_while_the_answers_are_of_several_positions(registry: Registry):
    made = with_relief(registry)
    registry.log.append([made._policy("day", "registry", DayOpened(IMPACT + timedelta(days=1)))])
    with pytest.raises(Refused, match="run --until-caught-up"):
        thresholds_of(registry, "PK6")


def behind(registry: Registry, made: Histories) -> None:
    registry.log.append([made._policy("day", "registry", DayOpened(IMPACT + timedelta(days=1)))])


def test_answers_that_catch_up_are_waited_for(registry: Registry):
    behind(registry, with_relief(registry))
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        registry.catch_up()

    await_settled(registry.dsn, registry.log, say)
    thresholds_of(registry, "PK6")
    assert len(said) == 1


def test_nobody_is_waited_for_where_nothing_moves_or_all_is_there(registry: Registry, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.shocks.settling.STILL_SECONDS_MAX", 0.3)
    said: list[str] = []
    made = with_relief(registry)
    await_settled(registry.dsn, registry.log, said.append)
    assert said == []
    behind(registry, made)
    begun = time.monotonic()
    await_settled(registry.dsn, registry.log, said.append)
    assert time.monotonic() - begun < 10
    assert "waiting for `run` to catch up" in said[0]


def relieved(registry: Registry) -> set[UUID]:
    rows = registry.tables.page(ELIGIBILITY, None, 100_000)
    return {row[0] for row in rows if row[1] == POOREST and row[2] == Outcome.ELIGIBLE}


def relief_decisions(registry: Registry) -> list[tuple[DecisionKind, str]]:
    entries = [entry for entry in registry.log.after(0, 100_000) if entry.name == Decided.name]
    events = [codec.recorded(entry).event for entry in entries]
    return [(event.kind, event.conclusion.reason) for event in events if event.programme == POOREST]
