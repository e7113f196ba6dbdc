"""Kinds of damage to a file of evidence: each with the line that is wrong, and a word of why, for every verifier."""

import base64
import json
import time
from collections.abc import Callable

from adapters.memory.log import MemoryLog
from domain.streams import decisions_of
from tests.evidence.damaging import Damaged, Evidence, Line, flipped, written
from tests.evidence.made import Sealed
from tests.seals.registry_log import a_signer, append

DAMAGE: list[Callable[[Evidence], Damaged]] = []
"""All kinds there are."""


def damage(kind: Callable[[Evidence], Damaged]) -> Callable[[Evidence], Damaged]:
    """Add a kind."""
    DAMAGE.append(kind)
    return kind


@damage
def cut_between_lines(of: Evidence) -> Damaged:
    return of.raw(b"".join(of.intact.splitlines(keepends=True)[:-6]), of.last - 6, "cut short")


@damage
def cut_inside_a_line(of: Evidence) -> Damaged:
    return of.raw(of.intact[: -len(of.intact.splitlines(keepends=True)[-2]) // 2 - 20], of.last - 1, "cut short")


@damage
def last_line_gone(of: Evidence) -> Damaged:
    return of.raw(of.intact.removesuffix(b'{"line":"end"}\n'), of.last - 1, "cut short")


@damage
def last_byte_gone(of: Evidence) -> Damaged:
    return of.raw(of.intact[:-1], of.last, "cut short")


@damage
def nothing_left(of: Evidence) -> Damaged:
    return of.raw(b"", 1, "cut short")


@damage
def two_events_swapped(of: Evidence) -> Damaged:
    first = of.number("event", position=2)

    def swap(lines: list[Line]) -> None:
        lines[first - 1], lines[first] = lines[first], lines[first - 1]

    return of.edited(swap, first + 1, "out of order")


@damage
def an_event_removed(of: Evidence) -> Damaged:
    return of.without(of.own(2), line=of.own(3) - 1, word="stands where version 2 must come")


@damage
def the_last_event_removed(of: Evidence) -> Damaged:
    return of.without(of.own(3), line=of.last - 1, word="withheld")


@damage
def all_its_events_removed(of: Evidence) -> Damaged:
    return of.without(of.own(1), of.own(2), of.own(3), line=of.last - 3, word="withheld")


@damage
def a_decision_removed(of: Evidence) -> Damaged:
    return of.without(of.decided(2), line=of.decided(3) - 1, word="stands where version 2 must come")


@damage
def the_last_decision_removed(of: Evidence) -> Damaged:
    return of.without(of.decided(4), line=of.last - 1, word="withheld")


@damage
def a_state_altered(of: Evidence) -> Damaged:
    return of.altered(of.own(2), "state", flipped, "does not lead")


@damage
def a_name_altered(of: Evidence) -> Damaged:
    return of.altered(of.own(2), "name", lambda _: "household.member_joined.v1", "does not lead")


@damage
def a_name_with_a_zero_byte(of: Evidence) -> Damaged:
    """What is hashed is the name, a zero byte and the state: a name must not reach into the state."""
    return of.altered(of.own(2), "name", lambda name: f"{name}\0", "name")


@damage
def an_event_replaced_by_another_households(of: Evidence) -> Damaged:
    theirs = [json.loads(line) for line in of.world.evidence(of.world.zahras).splitlines()]
    hers = next(line for line in theirs if line.get("stream") == str(of.world.zahras) and line["line"] == "event")
    number = of.own(1)
    return of.edited(lambda lines: lines.__setitem__(number - 1, hers), number, "not of this household")


@damage
def an_event_given_to_another_stream(of: Evidence) -> Damaged:
    theirs = str(of.world.zahras)
    return of.altered(of.own(1), "stream", lambda _: theirs, "not of this household")


@damage
def another_position(of: Evidence) -> Damaged:
    return of.altered(of.own(1), "position", lambda position: position + 1, "does not lead")


@damage
def a_hash_of_a_proof_altered(of: Evidence) -> Damaged:
    return of.altered(of.own(2), "proof", lambda proof: [flipped(proof[0]), *proof[1:]], "does not lead")


@damage
def a_proof_too_short(of: Evidence) -> Damaged:
    return of.altered(of.own(2), "proof", lambda proof: proof[:-1], "does not lead")


@damage
def a_proof_too_long(of: Evidence) -> Damaged:
    return of.altered(of.own(2), "proof", lambda proof: [*proof, proof[0]], "longer than the tree")


@damage
def a_head_removed(of: Evidence) -> Damaged:
    number = of.number("head", stream=of.world.bilals)
    return of.without(number, line=of.number("event") - 2, word="missing")


@damage
def a_head_altered(of: Evidence) -> Damaged:
    return of.altered(of.number("head"), "version", lambda version: version - 1, "does not lead")


@damage
def heads_in_another_order(of: Evidence) -> Damaged:
    first = of.number("head")

    def swap(lines: list[Line]) -> None:
        lines[first - 1], lines[first] = lines[first], lines[first - 1]

    return of.edited(swap, first + 1, "order")


@damage
def a_policy_withheld(of: Evidence) -> Damaged:
    scorecard = of.lines[of.number("event", name="scorecard.adopted.v1") - 1]["stream"]
    numbers = [at for at, line in enumerate(of.lines, 1) if line.get("stream") == scorecard]
    return of.without(*numbers, line=of.number("event") - 2, word="not all policies")


@damage
def a_cut_off_withheld(of: Evidence) -> Damaged:
    return of.without(of.number("event", position=18), line=of.last - 1, word="withheld")


@damage
def a_day_with_another_day_before_it(of: Evidence) -> Damaged:
    return of.altered(of.last - 1, "previous", flipped, "does not lead")


@damage
def the_first_day_with_a_day_before_it(of: Evidence) -> Damaged:
    return of.altered(of.number("event", position=1), "previous", flipped, "does not name the day before it")


@damage
def a_day_without_the_day_before_it(of: Evidence) -> Damaged:
    return of.edited(lambda lines: lines[of.last - 2].pop("previous"), of.last - 1, "a day names the leaf before it")


@damage
def another_log_key(of: Evidence) -> Damaged:
    stranger = str(a_signer().verifier)
    return of.raw(of.intact, 2, "signed", of.world.policy.replace(str(of.world.signer.verifier), stranger))


@damage
def an_unknown_origin(of: Evidence) -> Damaged:
    stranger = str(a_signer("elsewhere.example/seals").verifier)
    return of.raw(of.intact, 2, "does not know", of.world.policy.replace(str(of.world.signer.verifier), stranger))


@damage
def a_checkpoint_from_the_future(of: Evidence) -> Damaged:
    return of.raw(of.world.evidence(of.world.bilals, seen_at=time.time() + 3_600), 2, "from the future")


@damage
def too_few_witnesses(of: Evidence) -> Damaged:
    return of.raw(of.world.evidence(of.world.bilals, witnesses=1), 2, "too few witnesses")


@damage
def a_signature_altered(of: Evidence) -> Damaged:
    note = of.lines[1]["note"]
    signature = note.split("\n\n")[1].split("\n")[0].split(" ")[2]
    return of.altered(2, "note", lambda note: note.replace(signature, flipped(signature)), "does not fit")


@damage
def a_root_altered(of: Evidence) -> Damaged:
    root = of.lines[1]["note"].split("\n")[2]
    return of.altered(2, "note", lambda note: note.replace(root, flipped(root)), "does not fit")


@damage
def a_checkpoint_of_a_fork(of: Evidence) -> Damaged:
    """Another tree of the same log and size, signed and witnessed as well as this one."""
    fork = Sealed(MemoryLog(), of.world.folder / "fork")
    fork.signer, fork.witnesses = of.world.signer, of.world.witnesses
    append(fork.log, of.world.bilals, of.world.log.last_position() - 1)
    fork.state_heads()
    forked = json.loads(fork.evidence(of.world.bilals).splitlines()[1])
    return of.edited(lambda lines: lines.__setitem__(1, forked), 3, "does not lead")


@damage
def the_heads_are_another_event(of: Evidence) -> Damaged:
    event = of.lines[of.own(1) - 1]
    taken = {field: event[field] for field in ("position", "version", "state", "proof")}
    return of.edited(lambda lines: lines[2].update(taken), 3, "does not lead")


@damage
def neighbours_that_do_not_adjoin(of: Evidence) -> Damaged:
    """An id is said to be nobody's, and there is another row between the two that are shown."""
    heads, lines = of.heads, [json.loads(line) for line in of.absent.splitlines()]
    assert lines[3]["index"] == 0, "the id that is nobody's is smaller than everybody's"
    row, proof = heads.head(1), [base64.b64encode(one).decode() for one in heads.tree.inclusion(1)]
    lines[3] |= {"index": 1, "stream": str(row.stream), "version": row.version, "proof": proof}
    lines[3]["leaf"] = base64.b64encode(row.leaf).decode()
    last_head = max(at for at, line in enumerate(lines, 1) if line["line"] == "head")
    return of.raw(written(lines), last_head, "missing")


@damage
def said_to_be_of_another_household(of: Evidence) -> Damaged:
    shown = {line.get("stream") for line in of.lines}
    other = next(str(one) for one in (of.world.zahras, of.world.bachelors) if str(one) not in shown)
    return of.edited(lambda lines: lines[0].update(household=other), of.number("event") - 1, "missing")


@damage
def said_to_be_of_a_policy(of: Evidence) -> Damaged:
    return of.altered(1, "household", lambda _: "ff000000-0000-8000-8000-000000000010", "not the id of a household")


@damage
def said_to_be_of_its_decisions(of: Evidence) -> Damaged:
    return of.altered(1, "household", lambda _: str(decisions_of(of.world.bilals)), "not the id of a household")


@damage
def another_format(of: Evidence) -> Damaged:
    return of.altered(1, "format", lambda _: "gharana-evidence/2", "format")


@damage
def a_wrong_number_of_lines(of: Evidence) -> Damaged:
    return of.altered(1, "lines", lambda lines: lines + 1, "should have")


@damage
def a_line_of_an_unknown_kind(of: Evidence) -> Damaged:
    return of.altered(of.own(2), "line", lambda _: "remark", "is not a line of gharana-evidence/1")


@damage
def a_further_field(of: Evidence) -> Damaged:
    return of.edited(lambda lines: lines[of.own(2) - 1].update(remark="true"), of.own(2), "field")


@damage
def a_line_twice(of: Evidence) -> Damaged:
    number = of.number("event", position=2)
    return of.edited(lambda lines: lines.insert(number, lines[number - 1]), number + 1, "out of order")


@damage
def two_ends(of: Evidence) -> Damaged:
    return of.edited(lambda lines: lines.append({"line": "end"}), of.last + 1, "behind the end")


@damage
def two_checkpoints(of: Evidence) -> Damaged:
    return of.edited(lambda lines: lines.insert(2, lines[1]), 3, "must come")


@damage
def a_key_twice(of: Evidence) -> Damaged:
    key = {"line": "key", "owner": str(of.world.bilals), "key": base64.b64encode(bytes(32)).decode()}
    return of.edited(lambda lines: lines.__setitem__(slice(-1, -1), [key, key]), of.last + 1, "second key")


@damage
def a_key_cut_short(of: Evidence) -> Damaged:
    key = {"line": "key", "owner": str(of.world.bilals), "key": base64.b64encode(bytes(31)).decode()}
    return of.edited(lambda lines: lines.insert(-1, key), of.last, "key")


@damage
def a_version_below_zero(of: Evidence) -> Damaged:
    return of.altered(of.number("head"), "version", lambda _: -1, "version")


@damage
def a_number_too_large(of: Evidence) -> Damaged:
    return of.altered(of.own(1), "position", lambda _: 2**53, "position")


@damage
def a_number_written_otherwise(of: Evidence) -> Damaged:
    return of.respelled(of.own(1), b'"version":1,', b'"version":1.0,', "it is not")


@damage
def a_field_twice(of: Evidence) -> Damaged:
    return of.respelled(of.own(1), b'"version":1,', b'"version":7,"version":1,', "one way")


@damage
def a_space(of: Evidence) -> Damaged:
    return of.respelled(of.own(1), b'"version":1', b'"version": 1', "one way")


@damage
def ends_of_lines_of_another_system(of: Evidence) -> Damaged:
    return of.raw(of.intact.replace(b"\n", b"\r\n"), 1, "one way")


@damage
def base64_written_otherwise(of: Evidence) -> Damaged:
    return of.respelled(of.number("heads"), b'A=","state"', b'B=","state"', "one way")


@damage
def not_text(of: Evidence) -> Damaged:
    return of.respelled(of.own(1), b"registered", b"register\xff\xfe", "it is not")


@damage
def half_a_letter(of: Evidence) -> Damaged:
    """JSON can name one half of a pair of UTF-16, which is no letter."""
    return of.respelled(2, b'"note":"', b'"note":"\\ud800', "not")
