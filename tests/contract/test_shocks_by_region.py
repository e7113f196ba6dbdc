"""What is counted of shocks by region in tables is what each household's own history and the answers about it say."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from adapters.bench.population import PROGRAMME
from adapters.postgres.moment import moment
from adapters.shocks.by_region import Counted, count_by_region
from domain.household.state import Household
from domain.questionnaire.codes import Outcome
from domain.shock import Notified, Shock
from projections.eligibility import ELIGIBILITY
from tests.contract.test_shock_answers import IMPACT, Registry, codes_of, declared
from tests.histories import history, score_by_size

pytestmark = pytest.mark.postgres

DAY = IMPACT + timedelta(days=60)


@pytest.fixture
def registry(database: str) -> Iterator[Registry]:
    opened = Registry(database)
    for append in history(11, households=25, steps=150):
        opened.log.append(append)
    opened.catch_up()
    yield opened
    opened.log.close()


def shocks_of(registry: Registry) -> list[Shock]:
    """Two shocks that overlap, the second on a later day."""
    regions = tuple(sorted({code[:3] for code in codes_of(registry.households())}))
    parts = (Notified(DAY, regions), Notified(DAY + timedelta(days=40), regions[:2]))
    return [replace(shock, declared=replace(shock.declared, relief_programmes=(PROGRAMME,)))
            for shock in map(declared, parts)]  # fmt: skip


def counted(registry: Registry) -> Counted:
    with moment(registry.dsn) as ask:
        return count_by_region(ask, shocks_of(registry), declared_at=0)


def struck_by_region(registry: Registry) -> dict[str, dict[UUID, Household]]:
    """Each household once, where the first shock that struck it found it."""
    found: dict[str, dict[UUID, Household]] = defaultdict(dict)
    for key, known in registry.households().items():
        hit = (shock.find_struck(known.find_place_on, known.find_groups_on) for shock in shocks_of(registry))
        place = next((place for place in hit if place is not None), None)
        if place is not None:
            found[place.code[:3]][key] = known
    return found


def test_struck_households_are_counted_once_by_region_with_their_people_and_scores(registry: Registry):
    expected = {
        region: [len(struck), sum(len(known.roster) for known in struck.values()), sum(map(is_scored, struck.values()))]
        for region, struck in struck_by_region(registry).items()
    }
    found = counted(registry)
    assert {each.region: [each.struck, each.people, each.scored] for each in found.struck if each.struck} == expected
    assert len(expected) > 1
    assert found.registered == len(registry.households())


def is_scored(known: Household) -> bool:
    return score_by_size(known) is not None


def test_who_lives_there_and_was_first_registered_after_the_impact_is_counted_apart(registry: Registry):
    expected: dict[str, int] = defaultdict(int)
    parts = [part for shock in shocks_of(registry) for part in shock.notified]
    for known in registry.households().values():
        code, registered = known.residences[-1][1].code, known.residences[0][0]
        expected[code[:3]] += any(part.covers(code) and registered > part.impact_on for part in parts)
    found = {each.region: each.missed_out for each in counted(registry).struck}
    assert {region: number for region, number in expected.items() if number} == {
        region: number for region, number in found.items() if number
    }
    assert sum(found.values()) > 0


def test_relief_is_counted_by_household_and_by_who_is_paid_in_it(registry: Registry):
    outcome, programme = ELIGIBILITY.column("outcome"), ELIGIBILITY.column("programme")
    paid = {
        row[0]: len(row[ELIGIBILITY.column("recipients")])
        for row in registry.tables.page(ELIGIBILITY, None, 100_000)
        if row[programme] == PROGRAMME and row[outcome] == Outcome.ELIGIBLE
    }
    expected = {
        region: [sum(key in paid for key in struck), sum(paid.get(key, 0) for key in struck)]
        for region, struck in struck_by_region(registry).items()
    }
    relief = counted(registry).relief
    assert {each.region: [each.eligible, each.families] for each in relief} == expected
    assert sum(each.families for each in relief) > 0
    assert all(each.were_eligible >= each.eligible for each in relief)
