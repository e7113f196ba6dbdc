"""Intact evidence is verified by both verifiers, and says what there is."""

from uuid import UUID

import pytest

from adapters.evidence.deriving import open_names
from adapters.evidence.keys import keys_for
from adapters.evidence.lines import LineRefused, read_lines
from adapters.evidence.streams import DAYS
from adapters.faults import Refused
from adapters.keys.people import Erased, open_member_key
from adapters.log import POLICIES_FROM
from adapters.submissions.shape import Erasure
from domain.questionnaire.codes import Outcome, ProgrammeReport
from domain.streams import HOUSEHOLDS_END, heads_stream
from tests.evidence.javascript import VERIFIER, run_verifier, verify_all
from tests.evidence.made import NOBODY, World
from tests.households import common, lone_woman, proposed
from tests.registry.desk import JULY


def test_a_household_with_its_decisions_is_proved_and_derived_again(world):
    account = world.derive(world.evidence(world.bilals))
    assert account.household is not None
    assert [one.version for one in account.history] == [1, 2, 3]
    outcomes = [one.decision.event.conclusion.outcome for one in account.decisions]
    assert outcomes == [Outcome.PENDING, Outcome.INELIGIBLE, Outcome.PENDING, Outcome.ELIGIBLE]
    assert {one.card_id for one in account.decisions} == {"pakistan_schreiner_2009"}


def test_a_household_of_which_nothing_was_decided_is_proved_to_have_no_decision(world):
    account = world.derive(world.evidence(world.bachelors))
    assert len(account.history) == 1
    assert account.decisions == ()


def test_that_a_household_does_not_exist_is_proved(world):
    verified = world.check(world.evidence(NOBODY))
    assert (verified.own, world.derive(world.evidence(NOBODY)).household) == ([], None)


def test_two_witnesses_of_three_are_enough(world):
    verified = world.check(world.evidence(world.bilals, witnesses=2))
    assert [one.key.name for one in verified.signed_by] == [
        world.signer.name,
        "witness.example/one",
        "witness.example/two",
    ]


def test_the_days_of_its_decisions_are_in_the_file_and_those_that_came_next_and_no_others(world):
    days = [
        entry.version
        for entry in world.check(world.evidence(world.bilals)).entries
        if entry.name == "registry.day_opened.v1"
    ]
    assert days == [1, 2, 3, 7, 8, 10]


def test_what_both_verifiers_say_is_the_same(world, node, tmp_path):
    asked = (world.bilals, world.zahras, world.bachelors, NOBODY)
    contents = [world.evidence(household) for household in asked]
    for content, said in zip(contents, verify_all(contents, world.policy, tmp_path), strict=True):
        verified, account = world.check(content), world.derive(content)
        assert said["verified"]
        assert (said["household"], said["registered"]) == (str(verified.household), account.household is not None)
        assert (said["origin"], said["size"]) == (verified.checkpoint.origin, verified.checkpoint.size)
        assert said["root"] == verified.checkpoint.root.hex()
        assert said["complete_until_position"] == verified.heads.event.until_position
        assert [(one["position"], one["day"], one["name"]) for one in said["events"]] == [
            (one.position, str(one.event.on), one.event.name) for one in account.history
        ]
        decisions = [one.decision for one in account.decisions]
        assert [(one["position"], one["programme"], one["outcome"], one["score"]) for one in said["decisions"]] == [
            (one.position, one.event.programme, one.event.conclusion.outcome.word, one.event.conclusion.score)
            for one in decisions
        ]
        assert "derives it again" in said["not_checked"]


@pytest.fixture
def lively(tmp_path) -> World:
    """A world of one's own, in which more happens."""
    return World(tmp_path)


def test_what_came_after_the_heads_is_in_the_file_and_said_to_be_beyond(lively, node, tmp_path):
    lively.desk.report(lively.bilals, ProgrammeReport.ENROLLED, on=JULY)
    content = lively.evidence(lively.bilals)
    beyond = lively.check(content).beyond
    assert [entry.version for entry in beyond] == [4]
    (said,) = verify_all([content], lively.policy, tmp_path / "js")
    assert said["beyond"] == [entry.position for entry in beyond]
    lively.state_heads()
    assert lively.check(lively.evidence(lively.bilals)).beyond == []


def test_a_household_registered_after_the_heads_is_proved_to_be_in_the_log_and_was_not_there_before(
    lively, node, tmp_path
):
    late = lively.desk.register(lone_woman("9000000000066"))
    content = lively.evidence(late)
    verified = lively.check(content)
    assert verified.beyond == verified.own
    assert [entry.version for entry in verified.own] == [1]
    (said,) = verify_all([content], lively.policy, tmp_path / "js")
    assert (said["registered"], said["beyond"]) == (True, [verified.own[0].position])


def test_names_open_with_the_keys_in_the_file_and_stay_sealed_without(lively, node, tmp_path):
    registry = lively.desk.registry
    redacted, opened = (
        lively.evidence(lively.bilals),
        lively.evidence(lively.bilals, keys_for(registry, lively.bilals, "court", "op")),
    )
    assert b"Bilal Ahmed" not in opened
    household = lively.derive(opened).household
    names = open_names(lively.check(opened), household)
    assert {one.name for one in names.identities.values()} == {"Bilal Ahmed", "Amina Bibi", "Hina Bilal"}
    assert names.contact.phones == ("+923009999017",)
    assert open_names(lively.check(redacted), household).identities == {}
    assert [one["keys"] for one in verify_all([redacted, opened], lively.policy, tmp_path / "js")] == [0, 4]


def test_a_key_of_somebody_else_or_altered_is_refused_by_its_line(lively):
    keys = keys_for(lively.desk.registry, lively.bilals, "court", "op")
    owner, other = keys[0], keys[1]
    for wrong, word in (
        (type(other)(other.owner, owner.key), "not sealed under this key"),
        (type(other)(lively.zahras, other.key), "not on the roster"),
    ):
        content = lively.evidence(lively.bilals, [owner, wrong])
        verified = lively.check(content)
        line = len(list(read_lines(content))) - 1
        with pytest.raises(LineRefused, match=f"Line {line}: .*{word}"):
            open_names(verified, lively.derive(content).household)


def test_after_a_person_is_erased_old_evidence_and_new_are_verified(lively, node, tmp_path):
    before = lively.evidence(lively.bilals)
    amina = lively.desk.member(lively.bilals, 2)
    erasure = Erasure(household=lively.bilals, member=amina, authority="court 7/2022", **common(JULY))
    lively.desk.submit(proposed(lively.desk.registry, erasure))
    lively.desk.decide()
    lively.state_heads()
    keys = keys_for(lively.desk.registry, lively.bilals, "court", "op")
    with pytest.raises(Erased):
        open_member_key(lively.desk.registry.keyring, lively.desk.registry.door.key_row(lively.bilals), amina)
    after = lively.evidence(lively.bilals, keys)
    assert len(lively.derive(before).history) + 1 == len(lively.derive(after).history)
    assert [said["verified"] for said in verify_all([before, after], lively.policy, tmp_path / "js")] == [True, True]
    names = open_names(lively.check(after), lively.derive(after).household)
    assert {one.name for one in names.identities.values()} == {"Bilal Ahmed", "Hina Bilal"}


def test_a_household_whose_keys_were_destroyed_is_proved_and_gives_no_keys(lively):
    erasure = Erasure(household=lively.bilals, authority="court 8/2022", **common(JULY))
    lively.desk.submit(proposed(lively.desk.registry, erasure))
    assert keys_for(lively.desk.registry, lively.bilals, "court", "op") == ()
    assert lively.derive(lively.evidence(lively.bilals)).household.keys_destroyed_on is not None


def test_no_evidence_is_made_before_heads_were_stated(lively):
    lively.log.by_stream.pop(next(stream for stream in lively.log.by_stream if stream.int >> 120 == 0xFA))
    with pytest.raises(Refused, match="seal heads"):
        lively.evidence(lively.bilals)


def test_the_second_verifier_knows_the_streams_by_the_ids_that_they_have():
    source = VERIFIER.read_text()
    for name, stream in (
        ("HEADS_STREAM", heads_stream()),
        ("DAYS_STREAM", DAYS),
        ("POLICIES_FROM", POLICIES_FROM),
        ("HOUSEHOLDS_BELOW", UUID(int=HOUSEHOLDS_END.int + 1)),
    ):
        assert f'const {name} = "{stream}";' in source


def test_the_second_verifier_says_in_words_what_it_checked_and_what_not(world, node, tmp_path):
    (tmp_path / "file").write_bytes(world.evidence(world.bilals))
    (tmp_path / "trust").write_text(world.policy)
    done = run_verifier(tmp_path / "file", "--policy", tmp_path / "trust")
    assert done.returncode == 0
    assert "3 events and 4 decisions: all there are, up to position" in done.stdout
    assert "kafaalat: pending (awaits_verification), score 27" in done.stdout
    assert "Not checked: whether each decision follows" in done.stdout


def test_the_second_verifier_ends_as_every_verb_does(world, node, tmp_path):
    file, trust, wrong = tmp_path / "file", tmp_path / "trust", tmp_path / "wrong"
    file.write_bytes(world.evidence(world.bilals)[:-3])
    trust.write_text(world.policy)
    wrong.write_text("quorum two-of-three\n")
    assert run_verifier(file, "--policy", trust).returncode == 1
    assert run_verifier(file).returncode == run_verifier(file, "--policy").returncode == 2
    assert run_verifier(file, "--policy", trust, "--loudly").returncode == 2
    assert run_verifier(tmp_path / "none", "--policy", trust).returncode == 3
    refused = run_verifier(file, "--policy", wrong)
    assert (refused.returncode, "Line 1: no witness and no group above it" in refused.stderr) == (1, True)
