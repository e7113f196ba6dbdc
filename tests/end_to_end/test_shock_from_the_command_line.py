"""A shock as a disaster team meets it: preview, declare, survey, widen, revoke, report, by bin/gharana alone."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from adapters.embedded.postgres import postgres_server
from adapters.submissions.shape import MissedOut, ShockSurvey
from adapters.words import to_words
from domain.questionnaire.answers import Answers, Place
from domain.questionnaire.codes import EmploymentNature
from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.food_bank import TERMS
from tests.households import AMINA, BILAL, POOR, common, missed_out, questionnaire
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]

TODAY = datetime.now(ZoneInfo("Asia/Karachi")).date()
IMPACT = TODAY - timedelta(days=10)
RICH = replace(POOR, assets=dict.fromkeys(POOR.assets, 2))
PDMA = ("--partner", "pdma", "--programme", "flood_relief_poorest")
REGIONS = 7
AWARAN, JHAL_JHAO = "PK20101", "PK20102"
DECLARED = ("--impact", IMPACT, "--relief", "flood_relief_poorest", "--authority", "NDMA", "--json")


def surveyed(number: int, place: str, answers: Answers, on: date = date(2022, 3, 1)) -> MissedOut:
    """A first survey of two people whom nobody else is."""
    people = [replace(BILAL, cnic=f"90000000{number}011"), replace(AMINA, cnic=f"90000000{number}029")]
    asked = missed_out(on, number=number)
    return replace(asked, survey=questionnaire(*people, place=Place(place), answers=answers))


SURVEYS = [
    surveyed(71, AWARAN, POOR),
    surveyed(72, AWARAN, RICH),
    surveyed(73, JHAL_JHAO, RICH),
    surveyed(74, AWARAN, POOR, on=TODAY - timedelta(days=1)),
]


def lines(*submissions: object) -> str:
    return "\n".join(json.dumps(to_words(each), default=str) for each in submissions)


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("registry")
    command = CommandLine(home)
    with postgres_server(home):  # stays up between commands, which is quicker
        command.done("scorecard", "adopt", "pakistan_schreiner_2009", "--from", "2014-01-01", "--json")
        command.done("programme", "open", "flood_relief_poorest", "--from", "2014-01-01", "--json")
        command.done("programme", "open", "kafaalat", "--from", "2014-01-01", "--json")
        command.done("partner", "add", "pdma", "--programme", "flood_relief_poorest", *TERMS, "--json")
        command.done("submit", "-", "--json", stdin=lines(*SURVEYS))
        command.done("run", "--until-caught-up", "--json")
        yield command
    remove_home(home)


def of_kind(objects: list[dict], kind: str) -> list[dict]:
    return [one for one in objects if one["kind"] == kind]


def test_a_flood_from_its_preview_to_its_report(gharana: CommandLine, tmp_path: Path):
    seen = gharana.done("shock", "preview", "flood", "--place", AWARAN, *DECLARED).objects
    assert of_kind(seen, "total")[0]["households"] == 2
    (threshold,) = of_kind(seen, "threshold")
    assert (threshold["households"], threshold["scored"], threshold["within"]) == (2, 2, 2)
    (relief,) = of_kind(seen, "relief")
    assert (relief["within"], relief["paisa"]) == (2, 2 * 25_000_00)
    assert gharana.done("shock", "list", "--json").out == ""

    declared = gharana.done("shock", "declare", "flood", "--place", AWARAN, *DECLARED).object
    assert (declared["changed"], declared["proposed"]) == (True, False)
    assert declared["thresholds"] == {"flood_relief_poorest": 1}
    gharana.done("run", "--until-caught-up", "--json")

    storm = ("--place", "PK201", "--impact", IMPACT, "--hazard", "storm", "--authority", "NDMA", "--json")
    assert gharana.done("shock", "declare", "storm", *storm).object["overlaps"] == ["flood"]

    poorest, richer = gharana.done("shock", "worklist", "flood", "--json").objects
    assert poorest["score"] < richer["score"]
    done = ShockSurvey(
        household=poorest["household"], shock="flood", survey=SURVEYS[0].survey, **common(TODAY, number=7_500)
    )
    gharana.done("submit", "-", "--json", stdin=lines(done))

    file = tmp_path / "places.csv"
    file.write_text("name,code\nJhal Jhao,PK20102\nAwaran,PK20101\n")
    gharana.done("run", "--until-caught-up", "--json")
    widened = gharana.done("shock", "widen", "flood", "--places", file, "--authority", "NDMA", "--json").object
    assert widened["places"] == [JHAL_JHAO]
    gharana.done("run", "--until-caught-up", "--json")

    progress = gharana.done("shock", "progress", "flood", "--json").objects
    assert [(one["tehsil"][:7], one["struck"], one["surveyed"]) for one in progress[:2]] == [
        (AWARAN, 2, 1),
        (JHAL_JHAO, 1, 0),
    ]
    left = {one["household"] for one in gharana.done("shock", "worklist", "flood", "--json").objects}
    assert (len(left), poorest["household"] in left, richer["household"] in left) == (2, False, True)

    centres_divide_what_is_left(gharana, tmp_path / "van.csv", left)
    a_partner_reports_what_it_did(gharana)
    report = gharana.done("shock", "report", "flood", "--by", "tehsil", "--json").object
    assert {name: report[name] for name in ("struck", "surveyed", "not_reached", "missed_out")} == {
        "struck": 3,
        "surveyed": 1,
        "not_reached": 2,
        "missed_out": 1,
    }
    (given,) = report["relief"]
    assert given["were_eligible"] == given["are_eligible"] == 3
    assert {name: given[name] for name in ("enrolled", "paid", "paid_paisa", "not_enrolled", "not_paid")} == {
        "enrolled": 1, "paid": 1, "paid_paisa": 25_000_00, "not_enrolled": 2, "not_paid": 0,
    }  # fmt: skip
    assert [(one["place"], one["struck"]) for one in report["tehsils"]] == [(AWARAN, 2), (JHAL_JHAO, 1)]
    compared = gharana.done("shock", "compare", "flood", "--json").object
    balochistan = {each["region"]: each for each in compared["relief"]}["PK2"]
    assert (compared["registered"], balochistan["eligible"], balochistan["scaled"]) == (4, 3, 26_734_388)
    assert [each["missed_out"] for each in compared["struck"] if each["region"] == "PK2"] == [1]
    (total,) = of_kind(gharana.done("shock", "preview", "second", "--place", "PK201", *DECLARED).objects, "total")
    assert (total["relieved"], total["enrolled"], total["paid"]) == (3, 1, 1)

    gharana.done("shock", "revoke", "flood", "--reason", "the wrong district", "--json")
    gharana.done("run", "--until-caught-up", "--json")
    (reversed_,) = gharana.done("shock", "report", "flood", "--json").object["relief"]
    assert (reversed_["were_eligible"], reversed_["are_eligible"]) == (3, 0)
    assert gharana("rebuild", "--json").code == 0


def centres_divide_what_is_left(gharana: CommandLine, file: Path, left: set[str]):
    divided = gharana.done("shock", "worklist", "flood", "--by", "centre", "--json").objects
    assert [(one["centre"], one["rank"]) for one in divided] == [("desk-awaran", 1), ("van-awaran", 1)]
    assert {one["household"] for one in divided} == left
    by_van = gharana.done("shock", "worklist", "flood", "--van", "-o", file, "--json").object
    assert by_van["households"] == 1
    assert "van-awaran,1,1," in (file).read_text()
    of_centres = gharana.done("shock", "progress", "flood", "--by", "centre", "--json").objects
    assert [(one["centre"], one["left"]) for one in of_centres] == [("desk-awaran", 1), ("van-awaran", 1)]


def a_partner_reports_what_it_did(gharana: CommandLine):
    token = next(
        row["payload"]["household"]
        for row in gharana.done("feed", *PDMA, "--after", "0", "--json").objects
        if "household" in row.get("payload", {})
    )
    done = {"household": token, "on": str(TODAY)}
    reports = [done | {"did": "enrolled"}, done | {"did": "paid", "amount_paisa": 25_000_00, "reference": "1"}]
    for outcome in ("accepted", "known"):
        told = gharana.done(
            "partner", "report", "-", *PDMA, "--json", stdin="\n".join(map(json.dumps, reports))
        ).objects
        assert [one["outcome"] for one in told] == [outcome, outcome]
    gharana.done("run", "--until-caught-up", "--json")


LABOURER = replace(BILAL, cnic="9000000075011", employment_nature=EmploymentNature.DAY_LABOUR)
HIS_WIFE = replace(AMINA, cnic="9000000075029")
LOCKDOWN = ("--group", "day_labour", "--hazard", "loss_of_work", *DECLARED)


def test_a_lockdown_strikes_those_who_worked_by_the_day_before_it_and_nobody_else(gharana: CommandLine):
    asked = missed_out(date(2022, 3, 1), number=75)
    survey = questionnaire(LABOURER, HIS_WIFE, place=Place(JHAL_JHAO), answers=POOR)
    gharana.done("submit", "-", "--json", stdin=lines(replace(asked, survey=survey)))
    gharana.done("run", "--until-caught-up", "--json")

    (total,) = of_kind(gharana.done("shock", "preview", "lockdown", *LOCKDOWN).objects, "total")
    assert total["households"] == 1
    declared = gharana.done("shock", "declare", "lockdown", *LOCKDOWN).object
    assert (declared["groups"], len(declared["places"])) == (["day_labour"], REGIONS)
    (listed,) = [one for one in gharana.done("shock", "list", "--json").objects if one["shock"] == "lockdown"]
    assert (listed["hazard"], listed["groups"]) == ("loss_of_work", ["day_labour"])
    gharana.done("run", "--until-caught-up", "--json")

    (struck,) = gharana.done("shock", "worklist", "lockdown", "--json").objects
    assert struck["tehsil"].startswith(JHAL_JHAO)
    (report,) = gharana.done("shock", "report", "lockdown", "--json").object["relief"]
    assert report["were_eligible"] == 1
    (of_shock,) = [
        row["payload"]
        for row in gharana.done("feed", *PDMA, "--after", "0", "--json").objects
        if row.get("payload", {}).get("shock") == "lockdown"
    ]
    assert (of_shock["hazard"], of_shock["groups"]) == ("loss_of_work", ["day_labour"])


def test_a_shock_ends_once(gharana: CommandLine):
    gharana.done("shock", "lift", "storm", "--json")
    for verb, name, because in (
        (("lift",), "storm", "was lifted on"),
        (("revoke", "--reason", "no wind"), "storm", "was lifted on"),
        (("lift",), "flood", "was revoked on"),
    ):
        said = gharana("shock", verb[0], name, *verb[1:], "--json")
        assert (said.code, because in said.object["error"]) == (1, True)


def test_a_group_that_there_is_not_is_answered_with_those_there_are(gharana: CommandLine):
    said = gharana("shock", "declare", "other", "--group", "day_labor", *DECLARED)
    assert said.code == 2
    assert "'day_labor' is not one of day_labour, member_certified_disabled, woman_headed" in " ".join(said.err.split())


WITHOUT_RELIEF = ("--impact", IMPACT, "--authority", "NDMA", "--json")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("declare", "other", "--place", AWARAN, "--resurvey-until", IMPACT - timedelta(days=1), *WITHOUT_RELIEF),
            "before the impact",
        ),
        (
            ("declare", "other", "--place", AWARAN, "--relief", "no_relief", *WITHOUT_RELIEF),
            "Programme no_relief is not open, so it cannot give relief",
        ),
        (
            ("declare", "other", "--place", AWARAN, "--relief", "kafaalat", *WITHOUT_RELIEF),
            "Programme kafaalat is not a relief programme",
        ),
        (("declare", "other", "--place", "PK999", *DECLARED), "No place has the code 'PK999'"),
        (("preview", "other", *DECLARED), "at least one place or group"),
        (
            ("worklist", "flood", "--centre", "desk-PK20102", "--json"),
            "PK20102 Jhal Jhao has no desk of its own: it is",
        ),
        (("worklist", "flood", "--centre", "nowhere", "--json"), "No centre is known as 'nowhere'"),
        (("report", "nothing", "--json"), "No shock is known as 'nothing'"),
        (("approve", "nothing", "--by", "x", "--json"), "No shock is proposed as 'nothing'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(gharana: CommandLine, arguments, sentence: str):
    said = gharana("shock", *arguments)
    assert (said.code, sentence in said.object["error"]) == (1, True)
