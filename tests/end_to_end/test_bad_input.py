"""Bad input at the command line ends in a sentence that names what, where and the remedy, with nothing half-written."""

import itertools
import json
from collections.abc import Iterator

import pytest

from adapters.embedded.postgres import postgres_server
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine, Said
from tests.households import BILAL, missed_out, submission_id
from tests.servers import remove_home

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(300)]

_numbers = itertools.count(7200)
GOOD = to_words(missed_out(number=7101))


@pytest.fixture(scope="module")
def gharana(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    home = tmp_path_factory.mktemp("bad-input")
    with postgres_server(home):  # stays up between commands, which is quicker
        yield CommandLine(home)
    remove_home(home)


def changed(**fields: object) -> bytes:
    return json.dumps({**GOOD, "submission_id": str(submission_id(next(_numbers))), **fields}, default=str).encode()


def in_survey(**fields: object) -> bytes:
    return changed(survey={**GOOD["survey"], **fields})


def sentence(said: Said) -> str:
    assert said.code == 1, said
    assert "Traceback" not in said.err
    answer = said.object
    return str(answer.get("error") or [reason["sentence"] for reason in answer["reasons"]])


PERSON = GOOD["survey"]["roster"][0]
CASES = {
    "not JSON": (b"{", "line 1"),
    "not an object": (b"[]", "a list"),
    "an unknown kind": (changed(kind="holiday"), "kind"),
    "an unknown field": (changed(holiday=True), "holiday"),
    "an unknown code": (in_survey(roster=[{**PERSON, "sex": "femail"}]), "female"),
    "a date of another form": (changed(on="01/03/2022"), "on"),
    "a date in the future": (changed(on="2030-01-01"), "yet to come"),
    "invalid UTF-8": (changed(operator="op?").replace(b"op?", b"op\xff"), "UTF-8"),
    "a million characters": (in_survey(roster=[{**PERSON, "name": "x" * 1_000_000}]), "at most 1,000"),
    "two heads": (in_survey(roster=[PERSON, {**PERSON, "line": 2, "cnic": "9000000000041"}]), "head"),
    "no head": (in_survey(roster=[{**PERSON, "relation": "child", "spouse_line": None}]), "head"),
    "a wrong CNIC": (in_survey(roster=[{**PERSON, "cnic": "12345"}]), "13 digits"),
    "an unknown place": (in_survey(place={"code": "PK999"}), "PK999"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_submission_is_answered_with_a_sentence(gharana: CommandLine, case: str):
    line, says = CASES[case]
    said = gharana("submit", "-", "--json", stdin=line)
    assert says.lower() in sentence(said).lower()


def test_a_bad_line_does_not_keep_the_others_from_going_in(gharana: CommandLine):
    person = {**PERSON, "cnic": "9000000000090", "spouse_line": None, "marital_status": "widowed"}
    good = changed(survey={**GOOD["survey"], "roster": [person]})
    said = gharana("submit", "-", "--json", stdin=b"{\n" + good + b"\n")
    assert said.code == 1
    assert [one.get("outcome") for one in said.objects] == ["not_read", "accepted"]


def test_lines_of_any_bytes_are_answered_one_by_one_and_the_next_are_read(gharana: CommandLine):
    lines = [
        b"{", b'  "kind": "move",', b"}", b"12 13", b'{"kind":"\xff"}', b'{"kind":"move","a":"\xed\xa0\x80"}',
        b'{"a":1e999999}', b"[" * 200_000, b"\x00\x01\xfe\xff", b"\xef\xbb\xbf{}",
    ]  # fmt: skip
    said = gharana("submit", "-", "--json", stdin=b"\n".join([*lines, changed(on="2030-01-01")]))
    assert said.code == 1
    assert "Traceback" not in said.err
    assert [one["outcome"] for one in said.objects] == [*["not_read"] * len(lines), "refused"]


def test_a_household_of_fifty_is_flagged_and_not_refused(gharana: CommandLine):
    others = [
        {"line": line, "relation": "other_relative", "sex": "male", "age": 30, "name": f"Cousin {line}"}
        for line in range(2, 51)
    ]
    head = {**PERSON, "cnic": "9000000000108", "spouse_line": None, "marital_status": "widowed"}
    large = changed(survey={**GOOD["survey"], "roster": [head, *others]})
    answer = gharana.done("submit", "-", "--json", stdin=large).object
    assert answer["outcome"] == "accepted"
    assert answer["flags"]


def test_a_scorecard_that_does_not_load_names_file_and_remedy(gharana: CommandLine, tmp_path):
    card = tmp_path / "card.toml"
    card.write_text('format = "gharana-scorecard/1"\nid = "X"\n')
    said = gharana("scorecard", "adopt", card)
    assert said.code == 1
    assert "card.toml" in said.err


def test_a_missing_file_is_a_sentence(gharana: CommandLine):
    said = gharana("submit", "/nowhere/submissions.ndjson")
    assert said.code == 1
    assert "/nowhere/submissions.ndjson" in said.err


def test_bilal_is_still_to_be_registered_after_all_that(gharana: CommandLine):
    assert gharana.done("household", "find", "--json", stdin=BILAL.cnic or "").object == {"found": 0}
