"""The made-up year, played in memory: everything that should be accepted is, and what should be refused is."""

from datetime import UTC, datetime

import pytest

from adapters.cards import compile_card
from adapters.cli.demo import PROGRAMMES, _open_programme
from adapters.demo import flood
from adapters.demo.counts import count, rows_of
from adapters.demo.desk import SetClock
from adapters.demo.whereabouts import is_flooded
from adapters.demo.year import BY, LAST_DAY, OPENS, RATES, Year
from adapters.documents.places import load_places
from adapters.documents.usable_scorecard import adoptable, adoption
from adapters.followers.assessor import Assessor
from adapters.followers.projector import Projector
from adapters.followers.run import run
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.memory.books import MemoryBooks
from adapters.memory.log import MemoryLog
from adapters.memory.tables import MemoryTables
from adapters.registry.explaining import explain
from adapters.registry.opening import Registry
from adapters.registry.timeline import timeline
from domain.household.events import MemberJoined, MemberLeft, Resurveyed
from domain.questionnaire.codes import Occasion, Outcome
from projections.decisions import DECISIONS

SEED = 7
HOUSEHOLDS = 120


def play(seed, tmp_path, households=HOUSEHOLDS):
    clock = SetClock(datetime(2019, 1, 1, tzinfo=UTC))
    log = MemoryLog()
    tables = MemoryTables(log)
    keyring = open_or_make_key_file(tmp_path / "master.key", clock())
    registry = Registry(log, MemoryBooks().open, tables, keyring, load_places(), clock)

    def catch_up():
        run(log, [Assessor(log, tables, compile_card, clock), Projector(log, tables)], until_caught_up=True)

    year = Year(registry, clock, seed, households)
    registered = sum(year.register())
    assert registered == households
    year.open()
    registry.desk.adopt(adoption(adoptable("pakistan_schreiner_2009"), OPENS), BY)
    for name in PROGRAMMES:
        _open_programme(registry, name)
    months = list(year.play(catch_up, lambda: _open_programme(registry, flood.RELIEF)))
    assert len(months) == 12
    return registry, year


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return play(SEED, tmp_path_factory.mktemp("keys"))


def test_the_door_answers_everything_as_the_demo_foresaw(played):
    assert played[1].desk.tally.unexpected == []


@pytest.mark.parametrize(("seed", "households"), [(3, 50), (17, 90)])
def test_it_does_so_with_other_seeds(seed, households, tmp_path):
    assert play(seed, tmp_path, households)[1].desk.tally.unexpected == []


def test_whoever_moves_to_where_the_flood_has_been_is_not_surveyed_because_of_it(monkeypatch, tmp_path):
    monkeypatch.setitem(RATES, "move", 4.0)
    year = play(8, tmp_path, 60)[1]
    lived_at = [[place for on, place in home.residences if on <= flood.IMPACT][-1] for _, home in year._resurveys]

    assert not all(is_flooded(place) for place in lived_at)
    assert year.desk.tally.unexpected == []


def test_every_kind_of_submission_but_the_appeal_is_accepted(played):
    kinds = set(played[1].desk.tally.accepted)

    assert kinds == {
        "missed_out", "roster_update", "shock", "cyclic", "recertification", "move", "split", "merge", "correction",
        "erasure", "programme_report",
    }  # fmt: skip


def test_refusals_say_why(played):
    assert set(played[1].desk.tally.refused) == {
        ("missed_out", "heads_several"),
        ("missed_out", "number_on_another_roster"),
        ("cyclic", "Not taken as cyclic"),
        ("recertification", "Not taken as recertification"),
        ("shock", "Not taken as shock"),
        ("roster_update", "Evidence is missing for leaving by departure"),
        ("roster_update", "Evidence is missing for a certified disability"),
        ("roster_update", "date_in_the_future"),
        ("roster_update", "submission_id_used"),
        ("programme_report", "filter_unknown"),
    }


def test_one_submission_was_sent_twice_and_changed_nothing(played):
    assert played[1].desk.tally.again == 1


def test_the_bride_keeps_her_id_and_her_key_in_the_household_she_marries_into(played):
    registry, year = played
    groom, bride = year.cast.groom.household, year.cast.bride.household
    joined = next(e.event for e in registry.reader.history(groom) if isinstance(e.event, MemberJoined))
    left = next(e.event for e in registry.reader.history(bride) if isinstance(e.event, MemberLeft))

    assert joined.member.member_id == left.member_id
    assert (joined.from_household, left.to_household) == (bride, groom)
    assert joined.member.member_id in registry.door.key_row(groom).members
    assert joined.member.member_id in registry.reader.household(groom).roster


def test_the_household_of_the_story_is_certified_again_then_struck_and_its_score_falls(played):
    registry, year = played
    line = timeline(registry.reader, year.cast.groom.household)
    surveys = [
        (happening.event.occasion, happening.score_before, happening.score_after)
        for happening in line.happenings
        if isinstance(happening.event, Resurveyed)
    ]

    assert surveys == [(Occasion.RECERTIFICATION, 30, 28), (Occasion.SHOCK, 28, 22)]


def test_the_survey_that_arrives_late_overwrites_nothing(played):
    registry, year = played
    household = year.cast.late.household
    late = registry.reader.history(household)[-1]
    before = registry.reader.household(household, known_at=datetime(2022, 11, 14, tzinfo=UTC))
    after = registry.reader.household(household)

    assert late.event.on < before.last_full_survey_on
    assert after.answers == before.answers
    assert len(after.surveys) == len(before.surveys) + 1


def test_the_certified_disability_brings_the_relaxed_cut_off(played):
    registry, year = played
    found = explain(registry.reader, year.cast.certified.household, "kafaalat")

    assert found.conclusion.reason == "score_within_cutoff_relaxed:member_certified_disabled"
    assert found.agrees


def test_the_correction_makes_a_household_eligible(played):
    registry, year = played
    first = registry.reader.decisions(year.cast.mistaken.household)[0].event

    assert (first.kind.word, first.was, first.conclusion.score) == ("correction", Outcome.INELIGIBLE, "30")


def test_every_decision_is_derived_again_the_same(played):
    registry, _ = played
    decided = {(row["household_id"], row["programme"]) for row in rows_of(registry, DECISIONS)}

    assert len(decided) > 50
    assert all(explain(registry.reader, household, programme).agrees for household, programme in decided)


def test_the_counts_add_up(played):
    registry, year = played
    counts = count(registry, year.desk.tally, LAST_DAY)
    split = 1

    assert counts.households + counts.merged == counts.accepted["missed_out"] + split
    assert sum(counts.accepted.values()) + sum(counts.refused.values()) + counts.again == counts.submissions
    assert counts.merged == 1
    assert sum(counts.standing.values()) <= sum(counts.decisions.values())
    assert counts.overdue
    assert counts.due_later


def test_the_households_know_of_themselves_what_the_registry_knows_of_them(played):
    registry, year = played
    for home in year.homes:
        if home is year.cast.duplicate:
            continue
        state = registry.reader.household(home.household)
        assert {member.line: member.member_id for member in state.roster.values()} == home.ids
        assert (state.place, state.answers) == (home.place, home.answers)


def test_a_clock_that_is_set_never_goes_back():
    clock = SetClock(datetime(2022, 1, 2, tzinfo=UTC))
    clock.move_to(datetime(2022, 1, 1, tzinfo=UTC))

    assert clock() == datetime(2022, 1, 2, tzinfo=UTC)


def test_the_same_seed_plays_the_same_year(played, tmp_path):
    again = play(SEED, tmp_path)

    assert count(played[0], played[1].desk.tally, LAST_DAY) == count(again[0], again[1].desk.tally, LAST_DAY)
