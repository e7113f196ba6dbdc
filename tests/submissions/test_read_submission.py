"""Reading submissions as they are written at the edge."""

import copy
import json
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.faults import Refused
from adapters.submissions.read import SUBMISSION_BYTES_MAX, read_submission, submission_schema
from adapters.submissions.shape import AnySubmission
from adapters.words import to_words
from tests.submissions.example_submissions import AMINA, EVERY_KIND

VALIDATOR = jsonschema.Draft202012Validator(submission_schema(), format_checker=jsonschema.FormatChecker())
SURVEYED = EVERY_KIND["missed_out"]


def refusal_of(written: dict[str, Any] | bytes) -> str:
    with pytest.raises(Refused) as refusal:
        read_submission(written if isinstance(written, bytes) else json.dumps(written).encode())
    return str(refusal.value)


def with_person(**changed: Any) -> dict[str, Any]:
    written = copy.deepcopy(SURVEYED)
    written["survey"]["roster"][1] |= changed
    return written


def test_there_is_an_example_of_every_kind():
    assert list(EVERY_KIND) == [kind.__struct_config__.tag for kind in AnySubmission.__args__]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_is_read_and_written_back_alike(kind):
    submission = read_submission(json.dumps(EVERY_KIND[kind]).encode())
    assert to_words(submission) == EVERY_KIND[kind]
    assert read_submission(msgspec.json.encode(to_words(submission))) == submission


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_schema_accepts_an_example_of_every_kind(kind):
    VALIDATOR.validate(EVERY_KIND[kind])


@pytest.mark.parametrize(
    "broken",
    [
        {**SURVEYED, "kind": "missed"},
        {**SURVEYED, "colour": "green"},
        {**SURVEYED, "on": None},
        with_person(relation="cousin"),
        with_person(name="x" * 1_001),
    ],
    ids=["kind", "field", "date", "word", "long"],
)
def test_the_schema_and_the_reader_refuse_alike(broken):
    assert not VALIDATOR.is_valid(broken)
    assert refusal_of(broken)


def test_the_schema_describes_every_kind_and_code_list():
    text = json.dumps(submission_schema())
    assert "Full survey after a declared shock." in text
    assert "Main material of the roof (PSLM 2019-20, section F-1)." in text


def test_an_unknown_kind_is_answered_with_the_kinds():
    sentence = refusal_of({**SURVEYED, "kind": "mised_out"})
    assert sentence.startswith("kind: 'mised_out' is not a kind that is taken; the kinds are missed_out, ")
    assert all(kind in sentence for kind in EVERY_KIND)


def test_a_submission_without_kind_is_told_the_kinds():
    sentence = refusal_of({key: value for key, value in SURVEYED.items() if key != "kind"})
    assert sentence.startswith("Kind is missing; write one of missed_out, shock, ")


def test_a_wrong_word_is_answered_with_its_place_and_the_words():
    sentence = refusal_of(with_person(relation="grand_child"))
    assert sentence.startswith(
        "roster, person 2, relation: 'grand_child' is not one of the words here, which are grandchild, "
    )


def test_a_wrong_change_is_answered_with_its_place():
    written = copy.deepcopy(EVERY_KIND["roster_update"])
    written["changes"][1]["reason"] = "left"
    assert refusal_of(written).startswith("changes, change 2, reason: 'left' is not one of the words here")
    written["changes"][1]["change"] = "member_gone"
    assert refusal_of(written).startswith(
        "changes, change 2, change: 'member_gone' is not a kind that is taken; the kinds are"
    )


def test_a_date_in_another_form_is_told_the_form():
    assert refusal_of({**SURVEYED, "on": "31/05/2024"}) == (
        "on: '31/05/2024' is not a date; write it as YYYY-MM-DD, such as 2024-05-31."
    )


def test_a_text_of_a_million_characters_is_refused_and_not_repeated():
    sentence = refusal_of(with_person(name="x" * 1_000_000))
    assert sentence == "roster, person 2, name: the text has 1,000,000 characters; at most 1,000 are taken."


def test_a_submission_larger_than_the_limit_is_refused():
    assert "bytes; at most" in refusal_of(b" " * (SUBMISSION_BYTES_MAX + 1))


@pytest.mark.parametrize(
    "changed",
    [{"age": AMINA["cnic"]}, {"cnic": 4210112345671}, {AMINA["cnic"]: 1}, {"name": 5}, {"sex": AMINA["cnic"]}],
)
def test_a_refusal_never_repeats_a_number_that_could_be_a_persons(changed):
    assert AMINA["cnic"] not in refusal_of(with_person(**changed))


def test_a_key_that_stands_twice_is_refused():
    twice = json.dumps(SURVEYED).replace('"source":', '"source": "van", "source":').encode()
    assert refusal_of(twice) == "'source' stands twice in one object: leave out the one that is not meant."


def test_bytes_that_are_not_utf8_are_refused():
    assert refusal_of(b'{"kind": "missed_out", "source": "\xff"}').startswith("The text is not valid UTF-8")


def test_a_line_that_is_cut_off_is_refused():
    assert refusal_of(json.dumps(SURVEYED).encode()[:-20]).startswith(
        "This is not a JSON object (Input data was truncated)"
    )


SPREAD = (
    "one complete JSON object must stand on one line; this looks like JSON spread over several: `jq -c .` joins it."
)


@pytest.mark.parametrize(
    "line", json.dumps(EVERY_KIND["roster_update"], indent=2).encode().splitlines(keepends=True)[:9]
)
def test_a_line_of_indented_json_is_told_how_to_be_joined(line):
    assert refusal_of(line) == SPREAD


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"12 13", "This is not a JSON object (JSON is malformed: trailing characters"),
        (b'{"kind":"\xff"}', "The text is not valid UTF-8"),
        (b'{"kind":"move","a":"\xed\xa0\x80"}', "The text is not valid UTF-8"),
        (b'{"a":1e999999}', "A number is too large"),
        (b"[" * 200_000, "The objects and lists are nested too deeply"),
        (b"\xef\xbb\xbf{}", "The text begins with a byte order mark: remove the byte order mark"),
        (b"\x00\x01\xfe\xff\x80", "The text is not valid UTF-8"),
        (b'{"kind":"roster_update","changes":[1],"changes":[]}', "'changes' stands twice in one object"),
    ],
)
def test_a_line_that_breaks_after_its_first_fault_is_refused_with_a_sentence(line, says):
    assert refusal_of(line).startswith(says)


def is_read_or_refused(line: bytes) -> bool:
    try:
        read_submission(line)
    except Refused as refusal:
        return bool(str(refusal))
    return True


@given(st.binary())
@example(b"12 13")
@example(b"[" * 200_000)
def test_any_bytes_are_read_or_refused(line):
    assert is_read_or_refused(line)


PARTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["code", "line", "x"]), part, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(EVERY_KIND)), st.data())
def test_any_value_anywhere_in_a_submission_is_read_or_refused(kind, data):
    written = copy.deepcopy(EVERY_KIND[kind])
    inside: Any = written
    while True:
        places = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        place = data.draw(st.sampled_from(places))
        if not isinstance(inside[place], dict | list) or not inside[place] or data.draw(st.booleans()):
            break
        inside = inside[place]
    inside[place] = data.draw(PARTS)
    assert is_read_or_refused(json.dumps(written).encode())


@given(st.sampled_from(sorted(EVERY_KIND)), st.integers(0, 5_000), st.binary(max_size=3))
def test_any_bytes_inside_a_submission_are_read_or_refused(kind, at, put):
    line = json.dumps(EVERY_KIND[kind]).encode()
    assert is_read_or_refused(line[: at % len(line)] + put + line[at % len(line) + 1 :])


def test_entries_written_in_another_order_are_the_same_submission():
    line = copy.deepcopy(SURVEYED)
    line["survey"]["answers"] = {"assets": {"radio": 1, "fan": 0, "boat": 2}}
    other = json.loads(json.dumps(line))
    other["survey"]["answers"]["assets"] = {"boat": 2, "radio": 1, "fan": 0}
    first, second = (read_submission(json.dumps(each).encode()) for each in (line, other))
    assert msgspec.msgpack.encode(first) == msgspec.msgpack.encode(second)
