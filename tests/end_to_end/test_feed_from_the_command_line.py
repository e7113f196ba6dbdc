"""A partner as an operator serves it: agreed with, told, read on for, reconciled, resolved; by bin/gharana alone."""

import hashlib
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.end_to_end.command_line import CommandLine
from tests.end_to_end.food_bank import FEED, TERMS, food_bank
from tests.households import AMINA_CNIC

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with food_bank(tmp_path_factory.mktemp("registry")) as command:
        yield command


def test_a_partner_is_told_and_its_list_agrees(gharana: CommandLine):
    begun, told, end = gharana.done("feed", *FEED, "--after", "0", "--json").objects
    assert (begun["sequence"], begun["headers"]["ce-type"]) == (1, "agreement.made.v1")
    assert (told["sequence"], told["headers"]["ce-type"]) == (2, "standing.decided.v1")
    assert end == {"next": 2, "end": 2}
    payload = told["payload"]
    assert (payload["from"], payload["to"], payload["place"]) == ("ineligible", "pending", "PK201")
    assert "score" in payload

    listed, district, total = gharana.done("feed", "snapshot", *FEED, "--json").objects
    assert listed == {
        "household": payload["household"], "outcome": "pending", "since": payload["since"], "place": "PK201",
        "score": payload["score"],
    }  # fmt: skip
    line = f"{payload['household']} pending\n"
    assert district == {"district": "PK201", "households": 1, "sha256": hashlib.sha256(line.encode()).hexdigest()}
    assert (total["households"], total["sequence"]) == (1, 2)

    resolved = gharana.done(
        "partner", "resolve", payload["household"], *FEED, "--purpose", "payment", "--json"
    ).object  # fmt: skip
    assert [one["cnic"] for one in resolved["recipients"]] == [AMINA_CNIC]
    assert "2 rows" in gharana.done("feed", "check").out
    (row,) = gharana.done("partner", "list", "--json").objects
    assert (row["partner"], row["in_force"], row["sequence"]) == ("food-bank", True, 2)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("feed", *FEED, "--after", "99"), 1, "99 lies beyond the end of the feed of food-bank on kafaalat"),
        (("feed", *FEED, "--after", "-1"), 1, "-1 lies before the start"),
        (("feed", *FEED), 2, "--after SEQUENCE"),
        (("feed", "--after", "0"), 2, "name the feed"),
        (("feed", "snapshot", "--partner", "nobody", "--programme", "kafaalat"), 1, "No partner is known as 'nobody'"),
        (("partner", "resolve", "me", *FEED, "--purpose", "payment"), 2, "is not a token"),
        (("partner", "resolve", uuid4(), *FEED, "--purpose", "payment"), 1, "stands for no household of food-bank"),
        (("partner", "add", "Food Bank", "--programme", "kafaalat", *TERMS), 1, "cannot be a partner's name"),
        (("partner", "add", "bank", "--programme", "wheat", *TERMS), 1, "No programme is known as 'wheat'"),
        (("partner", "add", "bank", "--programme", "kafaalat", "--place", "PK99", *TERMS), 1, "No place has the code"),
        (("partner", "end", "bank", "--programme", "kafaalat"), 1, "There is no agreement with bank on kafaalat"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(gharana: CommandLine, arguments, code: int, sentence: str):
    said = gharana(*arguments)
    assert (said.code, sentence in " ".join(said.err.replace("│", " ").split())) == (code, True), said.err
