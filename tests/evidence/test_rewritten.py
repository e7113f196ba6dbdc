"""A registry that wrote its log wrongly and sealed that: every proof holds, and yet the decisions do not follow."""

import random
from decimal import Decimal
from hashlib import sha256

import pytest
from msgspec.structs import replace

from adapters import codec
from adapters.codec import UnknownEvent
from adapters.evidence.lines import LineRefused
from adapters.log import Entry, NewEntry
from adapters.seals.heads import heads_folder, open_or_make_heads
from adapters.seals.not_proved import NotProved
from domain.event import Envelope
from domain.questionnaire.codes import Outcome
from domain.seal import HeadsSealed
from domain.streams import decisions_of, heads_stream
from tests.evidence.javascript import verify_all
from tests.evidence.made import MADE_AT, rewritten

SEED = 20261129
REWRITINGS = 20


def unchanged(entry: Entry) -> NewEntry:
    return NewEntry(entry.stream, entry.version, entry.name, entry.state)


def changing(stream, version, change):
    """Rewrites one event; `change` gives another event, or the whole of what is stored."""

    def rewrite(entry: Entry) -> NewEntry:
        if (entry.stream, entry.version) != (stream, version):
            return unchanged(entry)
        envelope, event = codec.decode(entry.name, entry.state)
        changed = change(event)
        return changed if isinstance(changed, NewEntry) else codec.to_store(stream, version, envelope, changed)

    return rewrite


def refused(other, household) -> LineRefused:
    content = other.evidence(household)
    other.check(content)
    with pytest.raises(LineRefused) as found:
        other.derive(content)
    return found.value


def test_what_is_written_again_as_it_was_is_derived_again(world, tmp_path):
    other = rewritten(world, tmp_path, unchanged)
    assert len(other.derive(other.evidence(world.bilals)).decisions) == 4


@pytest.mark.parametrize(
    ("version", "changes", "word"),
    [
        (2, {"conclusion": {"outcome": Outcome.ELIGIBLE}}, "by the rule of that day it is ineligible"),
        (2, {"conclusion": {"score": "19"}}, "by the rule of that day"),
        (1, {"conclusion": {"recipients": ()}}, "by the rule of that day"),
        (3, {"policies_position": 9}, "rests on that of 9"),
        (4, {"household_version": 2}, "the household had 3 events, and it rests on 2"),
        (1, {"cause_position": 6}, "stands neither an event of the household nor a policy"),
        (2, {"cause_position": 11}, "its cause came after it"),
        (3, {"was": Outcome.ELIGIBLE}, "it begins with eligible, and the one before ended with ineligible"),
        (2, {"place": "PK101"}, "did not live in PK101"),
        (2, {"programme": "relief"}, "there was no programme relief"),
    ],
)
def test_a_decision_that_does_not_follow_is_refused_by_its_line(world, tmp_path, version, changes, word):
    def change(event):
        fields = {**changes}
        if "conclusion" in fields:
            fields["conclusion"] = replace(event.conclusion, **fields["conclusion"])
        return replace(event, **fields)

    sibling = decisions_of(world.bilals)
    other = rewritten(world, tmp_path, changing(sibling, version, change))
    wrong = refused(other, world.bilals)
    assert word in str(wrong)
    assert (
        f'"stream":"{sibling}","version":{version},'.encode()
        in other.evidence(world.bilals).split(b"\n")[wrong.number - 1]
    )


def test_the_second_verifier_proves_such_a_decision_was_recorded_and_says_that_it_derives_none(world, node, tmp_path):
    sibling = decisions_of(world.bilals)
    change = changing(sibling, 2, lambda event: replace(event, conclusion=replace(event.conclusion, score="19")))
    other = rewritten(world, tmp_path, change)
    (said,) = verify_all([other.evidence(world.bilals)], other.policy, tmp_path / "js")
    assert (said["verified"], said["decisions"][1]["score"]) == (True, "19")
    assert "whether each decision follows" in said["not_checked"]


def test_an_event_that_belongs_in_another_stream_is_refused(world, tmp_path):
    day = world.log.after(0, 1)[0]
    change = changing(world.bilals, 2, lambda _: NewEntry(world.bilals, 2, day.name, day.state))
    wrong = refused(rewritten(world, tmp_path, change), world.bilals)
    assert "no event registry.day_opened.v1 belongs in stream" in str(wrong)


def test_an_event_that_nobody_can_read_is_refused(world, tmp_path):
    change = changing(world.bilals, 2, lambda _: NewEntry(world.bilals, 2, "household.moved.v1", b"\x92\x90\x90"))
    assert "cannot be read" in str(refused(rewritten(world, tmp_path, change), world.bilals))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda event: replace(event, content=event.content + b" "), "is not the one whose hash it names"),
        (lambda event: replace(event, content=b"?", content_hash=sha256(b"?").digest()), "cannot be read"),
    ],
)
def test_a_scorecard_that_is_not_the_one_adopted_is_refused(world, tmp_path, change, word):
    card = world.log.after(1, 1)[0]
    assert word in str(refused(rewritten(world, tmp_path, changing(card.stream, 1, change)), world.bilals))


def test_a_cut_off_that_is_no_number_is_refused(world, tmp_path):
    programme = world.log.after(2, 1)[0].stream
    change = changing(programme, 2, lambda event: replace(event, value=Decimal("NaN")))
    assert "a number that is none" in str(refused(rewritten(world, tmp_path, change), world.bilals))


def test_text_that_is_none_is_refused(world, tmp_path):
    state = world.log.stream(world.bilals)[1].state.replace(b"op-1", b"op\xff1")
    change = changing(world.bilals, 2, lambda _: NewEntry(world.bilals, 2, "household.member_left.v1", state))
    assert "cannot be read" in str(refused(rewritten(world, tmp_path, change), world.bilals))


def test_heads_that_leave_out_an_event_of_before_them_are_refused(world, node, tmp_path):
    """They state where streams ended earlier, and say that it was so until now."""
    other = rewritten(world, tmp_path, unchanged)
    tree, left_out = other.seal().tree, other.log.stream(world.bilals)[-1]
    early = open_or_make_heads(tree, left_out.position - 1)
    stated = HeadsSealed(MADE_AT.date(), tree.size, len(early), early.tree.root())
    heads_folder(other.folder, early.until_position).rename(heads_folder(other.folder, tree.size))
    other.log.append([codec.to_store(heads_stream(), 2, Envelope(MADE_AT, "sealer", "system"), stated)])
    content = other.evidence(world.bilals)
    with pytest.raises(LineRefused, match="the heads state another end of stream") as refused:
        other.check(content)
    (said,) = verify_all([content], other.policy, tmp_path / "js")
    assert (said["verified"], said["line"]) == (False, refused.value.number)


def without_day(evidence, version: int) -> bytes:
    days = evidence.lines[evidence.number("event", position=1) - 1]["stream"]
    return evidence.without(evidence.number("event", stream=days, version=version), line=0, word="").content


def test_the_day_on_which_it_was_decided_cannot_be_left_out(evidence):
    with pytest.raises(LineRefused, match="the day that came after 2026-11-23 is missing"):
        evidence.world.derive(without_day(evidence, 7))


def test_nor_can_the_day_that_came_next_so_that_an_older_one_would_seem_to_last(evidence):
    wrong = evidence.decided(1) - 1
    with pytest.raises(LineRefused, match=f"Line {wrong}: .* the day that came after 2026-11-21 is missing"):
        evidence.world.derive(without_day(evidence, 2))


def test_whatever_a_registry_wrote_nothing_but_a_refusal_comes_of_it(world, tmp_path):
    draw = random.Random(SEED)
    verdicts = set()
    for number in range(REWRITINGS):
        at = draw.randrange(1, world.log.last_position())
        folder = tmp_path / str(number)
        other = rewritten(
            world, folder, lambda entry, at=at: spoilt(entry, draw) if entry.position == at else unchanged(entry)
        )
        try:
            content = other.evidence(world.bilals)
        except UnknownEvent:
            continue  # a registry that cannot read its own decisions cannot make evidence of them
        try:
            other.derive(content)
            verdicts.add("yes")
        except NotProved:
            verdicts.add("no")
    assert verdicts == {"yes", "no"}, f"seed {SEED}: what does not touch the household changes nothing"


def spoilt(entry: Entry, draw: random.Random) -> NewEntry:
    """The event with some value in it replaced by another one of its kind."""
    state = bytearray(entry.state)
    for _ in range(draw.choice((1, 1, 3))):
        at = draw.randrange(len(state))
        state[at] = draw.choice((state[at] ^ 1, draw.randrange(256), ord("N")))
    return NewEntry(entry.stream, entry.version, entry.name, bytes(state))
