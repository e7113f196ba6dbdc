"""The list that a partner keeps: it follows the feed, each message once, and can be held against a snapshot."""

import json
from pathlib import Path

import follow
import pytest
from kept_list import CannotGoOn, KeptList, Told, read_snapshot

from adapters.home import REPOSITORY
from tests.partner.made_up_feed import districts_of, list_after, made_up, snapshot_of

FEED = "food-bank/kafaalat"
EXAMPLES = sorted((REPOSITORY / "tests" / "golden" / "feed").glob("*.json"))
TOLD = made_up(seed=11, number=300)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "list.db"


@pytest.fixture
def kept(file):
    opened = KeptList(file, FEED)
    yield opened
    opened.close()


@pytest.mark.parametrize("size", [1, 7, 300])
def test_the_list_follows_the_feed_whatever_the_size_of_batches(kept, size):
    for begin in range(0, len(TOLD), size):
        kept.apply(TOLD[begin : begin + size])
    assert kept.districts() == districts_of(list_after(TOLD)) != {}
    assert (kept.position().sequence, kept.position().applied) == (300, 300)


def test_what_comes_again_changes_nothing(kept):
    kept.apply(TOLD)
    kept.apply(TOLD[100:200])
    assert (kept.position().sequence, kept.position().applied) == (300, 300)
    assert kept.districts() == districts_of(list_after(TOLD))


def test_a_batch_that_fails_leaves_nothing_behind(kept):
    kept.apply(TOLD[:100])
    emptied = Told(101, "101", "agreement.made.v1", {})
    broken = Told(102, "102", "standing.decided.v1", {"household": "x", "to": "eligible"})
    with pytest.raises(KeyError):
        kept.apply([emptied, broken])
    assert kept.position().sequence == 100
    assert kept.districts() == districts_of(list_after(TOLD[:100]))


def test_a_number_that_was_given_twice_is_refused(kept):
    kept.apply(TOLD[:10])
    with pytest.raises(CannotGoOn, match=r"Message 10 has the id 99 and had 10 before"):
        kept.apply([Told(10, "99", "standing.decided.v1", {})])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_whatever_a_feed_may_tell_is_known(kept, example):
    sent = json.loads(example.read_text(encoding="utf-8"))
    kept.apply([Told(1, "1", sent["headers"]["ce-type"], json.loads(sent["payload"]))])
    assert "does not know" not in kept.position().lacks


def test_a_shock_moves_nobody_on_the_list(kept):
    kept.apply(TOLD)
    before = kept.districts(), kept.position().lacks
    kept.apply([Told(301, "301", "shock.lifted.v1", {"shock": "flood-2026", "places": ["PK601"]})])
    assert (kept.districts(), kept.position().lacks) == before


def test_a_new_agreement_empties_the_list_which_then_lacks_a_snapshot(kept):
    kept.apply(TOLD[:50])
    kept.apply([Told(51, "51", "agreement.made.v1", {})])
    assert kept.districts() == {}
    assert "as it was when the agreement began (message 51)" in kept.position().lacks


def test_an_agreement_that_is_over_ends_the_list(kept):
    kept.apply([*TOLD[:50], Told(51, "51", "agreement.ended.v1", {})])
    assert (kept.districts(), kept.position().lacks) == ({}, "")


def test_a_type_that_is_not_known_is_said_and_the_list_goes_on(kept):
    kept.apply([Told(1, "1", "shock.declared.v9", {}), *TOLD[1:]])
    assert kept.position().lacks == "what message 1 says, since this program does not know shock.declared.v9"
    assert kept.position().sequence == 300


@pytest.mark.parametrize("what", ["declared", "widened", "lifted", "revoked"])
def test_a_shock_moves_nobodys_entry_and_the_list_lacks_nothing(kept, what):
    kept.replace([{"household": "a", "outcome": "eligible", "since": "2026-11-01", "place": "PK602"}], 50)
    districts = kept.districts()
    shock = Told(51, "51", f"shock.{what}.v1", {"shock": "flood-2026", "places": ["PK602"]})
    assert kept.apply([shock]).lacks == ""
    assert kept.districts() == districts


def snapshot(tmp_path, sequence, name="snapshot.json"):
    written = tmp_path / name
    written.write_text(snapshot_of(TOLD, sequence))
    return written


def run(*words):
    return follow.main([str(word) for word in words])


def test_whoever_begins_with_a_snapshot_and_goes_on_behind_it_has_the_same_list(tmp_path, file):
    assert run("begin", "--list", file, snapshot(tmp_path, 200)) == 0
    kept = KeptList(file, FEED)
    kept.apply(TOLD[150:])
    kept.close()
    assert (kept_at := read_snapshot(snapshot(tmp_path, 300))).districts == districts_of(list_after(TOLD))
    assert kept_at.sequence == 300
    assert run("verify", "--list", file, snapshot(tmp_path, 300)) == 0


def test_a_snapshot_older_than_the_list_is_refused(tmp_path, file, kept, capsys):
    kept.apply(TOLD)
    assert run("begin", "--list", file, snapshot(tmp_path, 200)) == 1
    assert "stands at 200 and the list at 300 already: ask for a newer one" in capsys.readouterr().err
    assert kept.position().sequence == 300


def test_a_list_that_differs_is_told_by_district(tmp_path, file, kept, capsys):
    kept.apply(
        [*TOLD[:-1], Told(300, "300", "standing.decided.v1", {**TOLD[-1].payload, "to": "eligible", "place": "PK699"})]
    )
    assert run("verify", "--list", file, snapshot(tmp_path, 300)) == 1
    assert "PK699 differs: 1 households here, 0 in the snapshot." in capsys.readouterr().out


def test_a_list_is_compared_at_the_sequence_of_the_snapshot_alone(tmp_path, file, kept, capsys):
    kept.apply(TOLD[:-1])
    assert run("verify", "--list", file, snapshot(tmp_path, 300)) == 1
    assert "stands at message 299 and the snapshot at 300" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "because"),
    [("", "is not a snapshot"), ("{", "is not a snapshot"), ('{"error": "no"}', "is not a snapshot")],
)
def test_what_is_no_snapshot_is_refused(tmp_path, file, text, because, capsys):
    (tmp_path / "odd").write_text(text)
    assert run("begin", "--list", file, tmp_path / "odd") == 1
    assert because in capsys.readouterr().err


@pytest.mark.parametrize("there", ["a folder", "another file"])
def test_a_list_that_cannot_be_opened_is_refused_in_a_sentence(tmp_path, there, capsys):
    if there == "a folder":
        (tmp_path / "list").mkdir()
    else:
        (tmp_path / "list").write_text("no list of ours " * 100)
    assert run("begin", "--list", tmp_path / "list", snapshot(tmp_path, 200)) == 1
    assert f"The list in {tmp_path / 'list'} cannot be read or written" in capsys.readouterr().err


def test_a_snapshot_that_was_cut_short_is_refused(tmp_path):
    whole = snapshot_of(TOLD, 300).splitlines()
    (tmp_path / "cut").write_text("\n".join(whole[5:]))
    with pytest.raises(CannotGoOn, match="was cut short"):
        read_snapshot(tmp_path / "cut")


def test_a_list_of_another_feed_is_not_written_to(file, kept):
    with pytest.raises(CannotGoOn, match="holds the list of food-bank/kafaalat, and not of food-bank/other"):
        KeptList(Path(file), "food-bank/other")
