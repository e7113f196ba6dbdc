"""Structs at the edge: words in, structs inside, the same words out."""

import types
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.faults import Refused
from adapters.submissions.shape import AnySubmission
from adapters.words import WHOLE_NUMBER_MAX, from_words, mirror, to_words
from domain.household.events import Survey
from domain.questionnaire.answers import Answers, Dwelling, Member, Place
from domain.questionnaire.capture import Capture
from domain.questionnaire.codes import Asset, Code, Relation, Roof, Settlement, Sex

INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=30)
WHOLE = st.integers(-WHOLE_NUMBER_MAX, WHOLE_NUMBER_MAX)
SCALARS = {str: TEXTS, int: WHOLE, bool: st.booleans(), UUID: st.uuids(), date: st.dates(), datetime: INSTANTS}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type of ours, as deep as it goes."""
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of([values_of(part) for part in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(values_of(get_args(kind)[0]), max_size=3).map(tuple)
    if get_origin(kind) is dict:
        return st.dictionaries(*map(values_of, get_args(kind)), max_size=3)
    if kind is types.NoneType:
        return st.none()
    if issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        parts = {field.name: values_of(field.type) for field in fields if field.required}
        chosen = {field.name: values_of(field.type) for field in fields if not field.required}
        return st.fixed_dictionaries(parts, optional=chosen).map(lambda given: kind(**given))
    return st.sampled_from(list(kind)) if issubclass(kind, Code) else SCALARS[kind]


@pytest.mark.parametrize(
    "kind", [AnySubmission, Answers, Place, Capture], ids=["submission", "answers", "place", "capture"]
)
@settings(max_examples=40)  # a submission of any kind takes 50 ms to make up
@given(data=st.data())
def test_what_is_written_in_words_is_read_back_as_it_was(kind, data):
    value = data.draw(values_of(kind))
    assert from_words(to_words(value), kind) == value
    assert from_words(msgspec.json.encode(to_words(value)), kind) == value


def test_codes_are_written_as_words_and_defaults_are_left_out():
    answers = Answers(dwelling=Dwelling(roof=Roof.NONE), assets={Asset.TELEVISION: 1}, owns_land=False)
    assert to_words(answers) == {"dwelling": {"roof": "none"}, "assets": {"television": 1}, "owns_land": False}


def test_the_answer_none_is_a_word_and_not_an_absence():
    assert from_words(b'{"roof": "none"}', Dwelling) == Dwelling(roof=Roof.NONE)
    assert from_words(b'{"roof": null}', Dwelling) == Dwelling(roof=None)


def test_sealed_bytes_are_only_marked():
    member = Member(UUID(int=1), 1, Relation.HEAD, Sex.FEMALE, identity=b"\x01secret")
    survey = Survey(Place("PK602", settlement=Settlement.RURAL), Answers(), (member,))
    assert to_words(survey)["roster"][0]["identity"] == "sealed"
    assert b"secret" not in msgspec.json.encode(to_words(survey))


def test_exact_numbers_days_and_ids_are_written_as_texts():
    written = to_words({"score": Decimal("16.170"), "on": date(2024, 5, 31), "of": UUID(int=7)})
    assert written == {"score": "16.170", "on": "2024-05-31", "of": "00000000-0000-0000-0000-000000000007"}


def test_a_mirror_is_made_once():
    assert mirror(Answers) is mirror(Answers)


@pytest.mark.parametrize(
    ("line", "kind", "sentence"),
    [
        (b'{"rooms": "two"}', Dwelling, "rooms: 'two' is not a whole number."),
        (b'{"rooms": 99999999999999999999}', Dwelling, "rooms: the number is too large."),
        (b'{"roof": 3}', Dwelling, "roof: 3 is not one of the words here, which are concrete, "),
        (b'{"roof": "tatch"}', Dwelling, "roof: 'tatch' is not one of the words here, which are thatch, "),
        (b'{"rofo": "thatch"}', Dwelling, "'rofo' is not a field here; the fields are roof, "),
        (
            b'{"assets": {"televison": 1}}',
            Answers,
            "assets: 'televison' is not one of the words here, which are television, ",
        ),
        (b'{"assets": {"radio": 1, "fan": "no"}}', Answers, "assets, the value of 'fan': 'no' is not a whole number."),
        (b'{"assets": []}', Answers, "assets: a list [...] is not an object {...}."),
        (
            b'{"code": "PK6\\u0000"}',
            Place,
            "code: the text holds the character NUL, which cannot be stored; leave it out.",
        ),
        (b'{"settlement": "rural"}', Place, "Code is missing."),
        (
            b'{"captured_at": "2024-05-31T09:30:00"}',
            Capture,
            "captured_at: a value of 19 characters is not an instant with its offset from UTC; write it as 2024-",
        ),
        (b"[1, 2]", Place, "A list [...] is not an object {...}."),
        (b'{"code": "PK6"', Place, "This is not a JSON object (Input data was truncated): write one complete object"),
        (b'{"code": "\xff"}', Place, "The text is not valid UTF-8: save the file as UTF-8 and send it again."),
    ],
)
def test_what_cannot_be_read_is_answered_with_place_value_and_remedy(line, kind, sentence):
    with pytest.raises(Refused) as refusal:
        from_words(line, kind)
    assert str(refusal.value).startswith(sentence)
