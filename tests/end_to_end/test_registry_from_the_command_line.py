"""A registry as a user meets it: adopt, open, submit, run, find, replay, explain, rebuild, by bin/gharana alone."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from adapters.embedded.postgres import postgres_server
from adapters.submissions.shape import Cyclic
from adapters.words import to_words
from domain.questionnaire.codes import Occasion
from tests.end_to_end.command_line import CommandLine
from tests.households import AMINA_CNIC, BILAL_CNIC, THEIR_PHONE, THEIR_VILLAGE, common, missed_out, questionnaire
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

CARD = "pakistan_schreiner_2009"
SURVEY = missed_out(number=7001)
LINE = json.dumps(to_words(SURVEY), default=str)


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("registry")
    command = CommandLine(home)
    with postgres_server(home):  # stays up between commands, which is quicker
        command.done("scorecard", "adopt", CARD, "--from", "2014-01-01", "--json")
        command.done("programme", "open", "kafaalat", "--from", "2014-01-01", "--json")
        command.done("submit", "-", "--json", stdin=LINE)
        command.done("run", "--until-caught-up", "--json")
        yield command
    remove_home(home)


@pytest.fixture(scope="module")
def household(gharana: CommandLine) -> str:
    return str(gharana.done("household", "find", "--json", stdin=BILAL_CNIC).objects[0]["household"])


def test_a_submission_sent_again_is_answered_as_before(gharana: CommandLine, household: str):
    answer = gharana.done("submit", "-", "--json", stdin=LINE).object
    assert (answer["outcome"], answer["again"], answer["household"]) == ("accepted", True, household)


@pytest.mark.parametrize(("option", "text"), [("--phone", THEIR_PHONE), ("--name", "amina BIBI")])
def test_a_household_is_found_by_phone_and_by_name(gharana: CommandLine, household: str, option: str, text: str):
    found, number = gharana.done("household", "find", option, "--json", stdin=text).objects
    assert (found["household"], number) == (household, {"found": 1})
    elsewhere = gharana.done("household", "find", option, "--place", "PK7", "--json", stdin=text).object
    assert elsewhere == {"found": 0}


def test_everybody_in_a_place_is_listed(gharana: CommandLine, household: str):
    found, number = gharana.done("household", "find", "--anyone", "--place", "PK20101", "--json").objects
    assert (found["household"], number) == (household, {"found": 1})
    assert gharana("household", "find", "--anyone").code == 2


def test_a_cnic_is_not_taken_as_an_argument(gharana: CommandLine):
    said = gharana("household", "triage", BILAL_CNIC)
    assert said.code == 1
    assert "standard input" in said.err


def test_triage_says_which_occasions_are_open_and_from_when_the_others_are(gharana: CommandLine, household: str):
    answer = gharana.done("household", "triage", "-", "--on", "2023-01-01", "--json", stdin=AMINA_CNIC).object
    assert answer["household"] == household
    occasions = {one["occasion"]: one for one in answer["occasions"]}
    assert set(occasions) == {occasion.word for occasion in Occasion}
    assert [name for name, one in occasions.items() if one["open"]] == ["roster_update"]
    assert all(one["why"] for one in occasions.values())
    stranger = gharana.done("household", "triage", "-", "--json", stdin="9000000000991").object
    assert (stranger["registered"], stranger["occasions"][0]["open"]) == (False, True)


def test_history_shows_events_scores_and_decisions_and_no_names(gharana: CommandLine, household: str):
    said = gharana.done("household", "history", household, "--json")
    registered, decided = said.objects
    assert (registered["event"], registered["by"], registered["centre"]) == (
        "household.registered.v1",
        "op-1",
        "desk-7",
    )
    assert registered["score_before"] is None
    assert int(registered["score_after"]) <= 32
    assert (decided["programme"], decided["outcome"], decided["reason"]) == (
        "kafaalat",
        "pending",
        "awaits_verification",
    )
    assert "Amina" not in said.out
    assert AMINA_CNIC not in said.out


def test_history_under_either_clock_leaves_out_what_was_not_so_or_not_known(gharana: CommandLine, household: str):
    assert gharana("household", "history", household, "--as-of", "2022-02-28").code == 1
    assert gharana("household", "history", household, "--known-at", "2022-03-01").code == 1
    assert (
        gharana.done("household", "show", household, "--as-of", "2022-03-01", "--json").object["household"] == household
    )


def test_names_are_opened_for_a_purpose_and_that_is_recorded(gharana: CommandLine, household: str):
    opened = gharana.done(
        "household", "show", household, "--open", "complaint 17", "--by", "auditor-1", "--json"
    ).object
    assert "Amina Bibi" in {member.get("name") for member in opened["roster"]}
    assert (opened["phones"], opened["address"]) == (["+923009999017"], [THEIR_VILLAGE])
    assert "phones" not in gharana.done("household", "show", household, "--json").object
    with postgres_server(gharana.home) as dsn, psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT state FROM stored_events WHERE topic = 'disclosure.made.v1'").fetchall()
    assert len(rows) == 1
    assert b"complaint 17" in rows[0][0]
    assert b"auditor-1" in rows[0][0]


def test_what_was_refused_about_a_household_and_who_opened_its_names_is_listed(gharana: CommandLine, household: str):
    early = Cyclic(household=UUID(household), survey=questionnaire(), **common(date(2022, 6, 1), number=7002))
    assert gharana("submit", "-", "--json", stdin=json.dumps(to_words(early), default=str)).code == 1
    gharana.done("household", "show", household, "--open", "complaint 18", "--by", "auditor-2", "--json")
    everything = gharana.done("household", "history", household, "--all", "--json").objects
    assert {"submission.refused.v1", "disclosure.made.v1"} <= {one["event"] for one in everything}
    assert all(one["event"] != "submission.refused.v1" for one in gharana.done(*history_of(household)).objects)
    last = gharana.done("household", "disclosures", household, "--json").object
    assert (last["to"], last["purpose"]) == ("auditor-2", "complaint 18")


def history_of(household: str) -> tuple[str, ...]:
    return ("household", "history", household, "--json")


def test_explain_names_card_rule_and_points_and_derives_the_decision_again(gharana: CommandLine, household: str):
    answer = gharana.done("household", "explain", household, "kafaalat", "--json").object
    assert answer["derived_again"] is True
    now = answer["now"]
    assert (now["outcome"], answer["decision"]["outcome"], answer["asked_day"]) == ("pending", "pending", None)
    assert now["illustration"] is True
    assert sum(int(indicator["points"]) for indicator in now["indicators"]) == int(now["score"])
    words = gharana.done("household", "explain", household, "kafaalat").out
    assert "illustration" in words
    assert "Derived again" in words


def test_what_is_due_is_counted_by_place_and_month(gharana: CommandLine):
    assert gharana.done("due", "--place", "PK6", "--json").code == 0


def test_only_occasions_that_fall_due_can_be_asked_for(gharana: CommandLine):
    said = gharana("due", "--occasion", "missed_out")
    assert said.code == 2
    assert "cyclic or recertification" in said.err


def test_shocks_are_listed_with_their_windows_places_and_programmes(gharana: CommandLine):
    gharana.done(
        "shock", "declare", "storm-2024", "--place", "PK602", "--impact", "2024-06-01", "--hazard", "storm",
        "--authority", "PDMA", "--by", "officer",
    )  # fmt: skip
    listed = {one["shock"]: one for one in gharana.done("shock", "list", "--json").objects}["storm-2024"]
    assert (listed["places"], listed["relief"]) == (["PK602"], [])
    assert (listed["resurvey_from"], listed["resurvey_until"]) == ("2024-06-01", "2025-06-01")


def test_a_card_that_is_adopted_to_begin_later_is_told_the_day_that_holds(gharana: CommandLine):
    later = ("scorecard", "adopt", "pakistan_schreiner_2009", "--from", "2024-01-01")
    answer = gharana.done(*later, "--json").object
    assert answer["changed"] is False
    assert f"from {answer['from']}, and that holds" in gharana.done(*later).out


def test_cut_offs_are_shown_with_words_and_numbers(gharana: CommandLine):
    (cutoff,) = gharana.done("programme", "show", "kafaalat", "--json").object["cutoffs"]
    assert (cutoff["comparison"], cutoff["value"]) == ("at_or_under", 32)


def test_rebuilt_answers_equal_the_live_ones(gharana: CommandLine):
    rebuilt = gharana.done("rebuild", "--json").object
    assert rebuilt["equal"] is True


def test_check_says_that_all_is_well(gharana: CommandLine):
    gharana.done("run", "--until-caught-up")
    assert all(one["ok"] for one in gharana.done("check", "--json").objects)


def test_a_dump_of_every_table_holds_no_number_name_or_phone(gharana: CommandLine, tmp_path: Path):
    with postgres_server(gharana.home) as dsn, psycopg.connect(dsn) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        dump = b""
        for (table,) in tables:
            with connection.cursor().copy(f'COPY "{table}" TO STDOUT (FORMAT BINARY)') as copy:
                dump += b"".join(bytes(piece) for piece in copy)
    assert len(tables) > 8
    assert b"household.registered.v1" in dump, "the dump is of what was stored"
    digits = THEIR_PHONE.replace(" ", "")
    for secret in (BILAL_CNIC, AMINA_CNIC, "Bilal", "Amina", digits, digits[1:], THEIR_VILLAGE):
        assert secret.encode() not in dump, secret


def test_looking_at_a_registry_that_is_not_there_makes_none(gharana: CommandLine, tmp_path: Path):
    elsewhere = CommandLine(tmp_path / "mistyped")
    said = elsewhere("check")
    assert said.code == 1
    assert str(elsewhere.home) in said.err
    assert not elsewhere.home.exists()


def test_a_refusal_ends_with_1_and_usage_with_2_and_a_dead_server_with_3(gharana: CommandLine):
    assert gharana("household", "show", "11111111-2222-4333-8444-555555555554").code == 1
    assert gharana("household", "triage", "11111111-2222-4333-8444-555555555554").code == 1
    assert gharana("household", "show", "not-an-id").code == 2
    gone = gharana("check", GHARANA_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert gone.code == 3
    assert "Traceback" not in gone.err
