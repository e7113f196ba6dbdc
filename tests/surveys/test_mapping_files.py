"""Mapping files: what is wrong in one is said before any row is read."""

import pytest

from adapters.documents.mapping import find_mapping, load_mapping
from adapters.faults import Refused
from adapters.surveys.plan import make_plan
from tests.surveys.made_up_survey import MAPPING


def refusal_of(folder, text):
    path = folder / "village.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        make_plan(load_mapping(path))
    return str(refusal.value)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            'format = "gharana-mapping/1"',
            'format = "gharana-mapping/2"',
            "format: Input should be 'gharana-mapping/1'.",
        ),
        ('title = "A village, made up"', "", "title: Field required."),
        ('id = "village"', 'id = "village"\ncolour = 1', "colour: Extra inputs are not permitted."),
        (
            "roof = { column",
            "rofo = { column",
            "survey.answers.dwelling: 'rofo' is not known here; write one of roof, ",
        ),
        (
            'Tin = "metal_or_girders"',
            'Tin = "tin"',
            "survey.answers.dwelling.roof: the value: 'tin' is not one of the words ",
        ),
        ("none = 0", 'none = "nought"', "person.highest_class: the value: 'nought' is not a whole number."),
        (
            'age = { number = "age"',
            'age = { nummer = "age"',
            "person.age: must be a table with one of value, column, table,",
        ),
        ('yes_no = "tv" }', 'yes_no = "tv", colour = 1 }', "survey.answers.assets.television.colour: Extra inputs"),
        (
            "assets = { television",
            "assets = { telly",
            "survey.answers.assets: 'telly' is not known here; write one of ",
        ),
        (
            'sex = { column = "sex", codes = { f = "female", m = "male" } }',
            "",
            "person: says nothing about sex, which must",
        ),
        ('key = ["cl", "no"]', 'key = ["cl"]', "household.key and member.key: must name as many columns"),
        ('then = "attending"', 'then = "going"', "person.school: the value: 'going' is not one of the words attending"),
        (
            'phones = [{ column = "phone1" }',
            "phones = [{ column = 1 }",
            "survey.phones.1.column: Input should be a valid string",
        ),
        ("on = { date", 'on = { value = "today" }\nrole = { date', "submission.on: the value: 'today' is not a date."),
        ("[person]", "[person]\nlines = [", "not a TOML file"),
    ],
)
def test_a_fault_in_a_mapping_is_named_by_its_place(tmp_path, before, after, sentence):
    assert before in MAPPING
    assert sentence in refusal_of(tmp_path, MAPPING.replace(before, after, 1))


def test_a_mapping_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(Refused, match=r"one of those shipped \(.*mics2014.*\)"):
        find_mapping("mics2015")


def test_every_mapping_that_is_shipped_fits_the_questionnaire():
    shipped = sorted(find_mapping("mics2014").parent.glob("*.toml"))
    assert shipped
    for path in shipped:
        assert make_plan(load_mapping(path)).person


def test_a_mapping_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "village.toml"
    path.write_bytes(MAPPING.encode("utf-16"))
    with pytest.raises(Refused, match="is not UTF-8"):
        load_mapping(path)
