"""What a closing report and the lists of centres count in tables is what each household's own history says."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace

from adapters import codec
from adapters.bench.population import PROGRAMME
from adapters.documents.centres import Centre, Centres
from adapters.postgres.migrate import migrate
from adapters.postgres.moment import moment
from adapters.postgres.rebuilding import rebuild
from adapters.registry.reading import Reader
from adapters.shocks.lists_of_centres import lists_of
from adapters.shocks.reporting import report_of
from adapters.shocks.rescoring import rescored_after
from domain.household.events import Resurveyed
from domain.household.participation import Participation
from domain.household.state import Household
from domain.questionnaire.codes import Asset, Occasion, ProgrammeReport
from domain.shock import Notified, Shock
from tests.contract.test_shock_answers import IMPACT, Registry, codes_of, declared
from tests.histories import compile_by_size, history, score_by_size

pytestmark = pytest.mark.postgres

SHOCK_DAY = IMPACT + timedelta(days=20)


@pytest.fixture
def registry(database: str) -> Iterator[Registry]:
    opened = Registry(database)
    for number, append in enumerate(history(11, households=40, steps=400)):
        opened.log.append(append)
        if number % 150 == 0:
            opened.catch_up()  # so that later reports meet households that are known
    opened.catch_up()
    yield opened
    opened.log.close()


def a_shock(registry: Registry, day: date = SHOCK_DAY) -> Shock:
    regions = tuple(sorted({code[:3] for code in codes_of(registry.households())}))
    shock = declared(Notified(day, regions))
    return replace(shock, declared=replace(shock.declared, relief_programmes=(PROGRAMME,)))


def struck_by(shock: Shock, registry: Registry) -> list[tuple[str, Household]]:
    found = (
        (shock.find_struck(known.find_place_on, known.find_groups_on), known)
        for known in registry.households().values()
    )
    return [(place.code[:7], known) for place, known in found if place is not None]


def by_hand(registry: Registry, shock: Shock) -> dict[str, list[int]]:
    """By tehsil: households enrolled and paid, the sum that was paid, and those enrolled and not paid."""
    impact = shock.declared.impact_on
    expected: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for tehsil, known in struck_by(shock, registry):
        told = known.programmes.get(PROGRAMME, Participation())
        payments = [each for each in told.payments if each.on >= impact]
        again = told.enrolled_on is not None and told.enrolled_on >= impact
        enrolled = told.enrolment is ProgrammeReport.ENROLLED or again
        counts = enrolled, bool(payments), sum(each.amount_paisa or 0 for each in payments), enrolled and not payments
        expected[tehsil] = [before + more for before, more in zip(expected[tehsil], counts, strict=True)]
    return expected


def test_enrolled_and_paid_are_counted_by_tehsil_as_each_household_has_it(registry: Registry):
    wholes = []
    for days in (0, 20, 40, 80, 160, 320):
        shock = a_shock(registry, IMPACT + timedelta(days=days))
        with moment(registry.dsn) as ask:
            report = report_of(ask, shock, declared_at=0)
        found = {each.place: [each.enrolled, each.paid, each.paid_paisa, each.not_paid] for each in report.relief}
        assert found == by_hand(registry, shock)
        whole = report.relief_of(PROGRAMME)
        wholes.append((whole.enrolled, whole.paid, whole.paid_paisa, whole.not_paid))
    assert all(map(any, zip(*wholes, strict=True))), "each of the four must be seen"


def test_what_programmes_reported_is_rebuilt_as_it_is_kept(registry: Registry):
    assert rebuild(registry.log, compile_by_size, workers=1).is_equal


def test_lists_of_centres_hold_everybody_once_and_the_poorest_first(registry: Registry):
    shock = a_shock(registry)
    tehsils = sorted({tehsil for tehsil, _ in struck_by(shock, registry)})
    centres = Centres((Centre("van", "Van", "van", tuple(tehsils[:3]), teams=2),), is_illustration=False)
    with moment(registry.dsn) as ask:
        listed = list(lists_of(ask, shock, centres, None, 10_000))
        of_van = list(lists_of(ask, shock, centres, centres.stated, 10_000))
    assert of_van == [each for each in listed if each.centre == "van"]
    assert {each.team for each in of_van} == {1, 2}
    households = registry.households()
    assert len(listed) == len({each.household for each in listed}) == len(struck_by(shock, registry))
    scores = defaultdict(list)
    for each in listed:
        assert each.centre == centres.of(each.tehsil)
        scores[each.centre, each.team].append((each.rank, score_by_size(households[each.household])))
    for ranked in scores.values():
        assert [rank for rank, _ in ranked] == list(range(1, len(ranked) + 1))
        assert [score for _, score in ranked] == sorted(score for _, score in ranked)


def test_union_councils_are_dealt_out_to_teams_and_stay_with_them_while_the_survey_goes_on(database: str):
    migrate(database)
    councils = {UUID(int=number): "abc"[number % 3] for number in range(1, 13)}
    with psycopg.connect(database, autocommit=True) as connection:
        rows = [(household, "PK60201", council, IMPACT, IMPACT) for household, council in councils.items()]
        connection.cursor().executemany(_LIVES, rows)
    shock = declared(Notified(IMPACT, ("PK6",)))
    centres = Centres((Centre("desk", "Desk", "desk", ("PK60201",), teams=2),), is_illustration=False)
    assert teams_of(database, shock, centres, councils) == {"a": {1}, "b": {2}, "c": {1}}
    with psycopg.connect(database, autocommit=True) as connection:
        done = [(household, IMPACT) for household, council in councils.items() if council == "a"]
        connection.cursor().executemany("INSERT INTO shock_surveys VALUES (%s, 'flood', %s)", done)
    assert teams_of(database, shock, centres, councils) == {"b": {2}, "c": {1}}


_LIVES = (
    "INSERT INTO households (household_id, version, place, union_council, members, registered_on, last_on)"
    " VALUES (%s, 1, %s, %s, 4, %s, %s)"
)


def teams_of(dsn: str, shock: Shock, centres: Centres, councils: dict[UUID, str]) -> dict[str, set[int]]:
    teams = defaultdict(set)
    with moment(dsn) as ask:
        for each in lists_of(ask, shock, centres, None, 100):
            teams[councils[each.household]].add(each.team)
    return teams


def survey_after(registry: Registry, shock: str) -> dict[UUID, date]:
    """Survey a dozen households again for a shock: each third says the same, lost its goods, or has many sets."""
    surveyed = {}
    known = [(key, each) for key, each in registry.households().items() if each.surveys][:12]
    for number, (household, each) in enumerate(known):
        entries = registry.log.stream(household)
        last, on = codec.recorded(entries[-1]), max(codec.recorded(entry).event.on for entry in entries)
        survey = each.surveys[-1].survey
        goods = (survey.answers.assets, {}, {**survey.answers.assets, Asset.TELEVISION: 40})[number % 3]
        said = replace(survey, answers=replace(survey.answers, assets=goods), roster=tuple(each.roster.values()))
        event = Resurveyed(on + timedelta(days=1), Occasion.SHOCK, said, shock=shock)
        registry.log.append([codec.to_store(household, len(entries) + 1, last.envelope, event)])
        surveyed[household] = event.on
    registry.catch_up()
    return surveyed


def test_whoever_was_surveyed_again_is_scored_as_on_the_day_before_and_as_surveyed(registry: Registry) -> None:
    surveyed, reader = survey_after(registry, "flood"), Reader(registry.log)
    expected: dict[str, int] = defaultdict(int)
    for household, on in surveyed.items():
        before, after = (reader.household(household, as_of=day) for day in (on - timedelta(days=1), on))
        assert before is not None
        assert after is not None
        was, score = score_by_size(before), score_by_size(after)
        expected["same" if score == was else "poorer" if score < was else "better_off"] += 1

    with moment(registry.dsn) as ask:
        found = rescored_after(registry.log, ask, "flood", score_by_size, lambda _: None)
        nobody = rescored_after(registry.log, ask, "quake", score_by_size, lambda _: None)

    assert {name: getattr(found, name) for name in found.__struct_fields__ if getattr(found, name)} == expected
    assert expected.keys() == {"same", "poorer", "better_off"}
    assert found.rescored == len(surveyed) - expected["same"]
    assert nobody.rescored == 0
