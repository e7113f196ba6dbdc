import json

import pytest

from adapters.cli.scorecard_files import check_card, score_lines
from adapters.documents.scorecard import load_scorecard
from adapters.faults import Refused
from tests.cards import HEAD, PAKISTAN_CARD, SMALL, card_of, problems_of


@pytest.fixture
def card(tmp_path):
    def write(text, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.csv").write_text(content)
        path = tmp_path / "card.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


# files that cannot be read


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"format = ", "not TOML"),
        (b'title = "\xff"', "not UTF-8 at byte 9"),
        (b'format = "gharana-scorecard/2"', "format is 'gharana-scorecard/2'"),
        (b"", "format is None"),
        (SMALL.replace('title = "A card for tests"', "").encode(), "title: it is needed"),
        (
            SMALL.replace("points = 5", "pionts = 5").encode(),
            "indicator 1, bands 2, pionts: the key 'pionts' is not known",
        ),
        (SMALL.replace("points = 5", "pionts = 5").encode(), "did you mean 'points'"),
        (SMALL.replace("points = 5", "points = nan").encode(), "not a number"),
        (SMALL.replace("points = 5", "points = true").encode(), "not a number"),
        (SMALL.replace("ge = 3", 'ge = "three"').encode(), "not a number"),
        (SMALL.replace('["mud"]', '"mud"').encode(), "indicator 2, levels 1, match: it must be a list"),
        (SMALL.replace('["mud"]', "[1.5]").encode(), "must be true or false or a whole number or text"),
        (("levels = 3" + SMALL).encode(), "the key 'levels' is not known there; it belongs elsewhere"),
        (SMALL.replace("ge = 3, ", "").encode(), "needs eq alone"),
        (SMALL.replace("ge = 3", "ge = 3, eq = 4").encode(), "needs eq alone"),
    ],
)
def test_a_file_that_is_no_scorecard_is_refused_in_a_sentence_that_names_it(card, content, said):
    path = card(content)
    with pytest.raises(Refused) as refusal:
        load_scorecard(path)
    assert said in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Refused, match=r"nowhere\.toml cannot be read"):
        load_scorecard(tmp_path / "nowhere.toml")


LOOKUP = SMALL + '[lookup]\nfile = "table.csv"\ncolumns = ["rate"]\n'


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (None, r"table.csv cannot be read"),
        ("points,rate\n0,1\n", "no column 'score'"),
        ("score,rates\n0,1\n", "'rate' (did you mean 'rates'?)"),
        ("score,rate\n0\n", "line 2: 1 fields instead of 2"),
        ("score,rate\n0,many\n", "line 2: 'many' is not a number"),
        ("", "no column 'score'"),
    ],
)
def test_a_look_up_file_is_refused_in_a_sentence_that_names_it(card, table, said):
    path = card(LOOKUP, **({} if table is None else {"table": table}))
    with pytest.raises(Refused) as refusal:
        load_scorecard(path)
    assert said in str(refusal.value)
    assert "table.csv" in str(refusal.value)


def test_a_look_up_has_a_row_for_every_score_that_the_points_can_come_to(card):
    with pytest.raises(Refused, match="no row for '7'"):
        check_card(card(LOOKUP, table="score,rate\n0..5,90.0\n12,1.10\n"))
    path = card(LOOKUP, table="score,rate\n0..5,90.0\n7..12,1.10\n")
    (line,) = score_lines(path, [b'{"id": 1, "answers": {"rooms": 3, "walls": "brick"}}'])
    assert b'"lookups": {"rate": 1.10}' in line


# cards that mean nothing


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("lt = 3", "lt = 2"), "the bands leave out 2 up to 3"),
        (("lt = 3", "le = 3"), "both hold 3"),
        (("lt = 3", "ge = 4, lt = 3"), "holds no number"),
        (('["brick", "stone"]', '["brick", "mud"]'), "'mud' matches 2 times"),
        (('["brick", "stone"]', "[]"), "matches nothing"),
        (('id = "walls"', 'id = "rooms"'), "'rooms' stands there 2 times"),
        ((", points = 7", ""), "there are no points for 'brick'"),
        (("points = 7", "points = 7.5"), "7.5 is not a whole number"),
        (("points = 7", "points = [7, 8]"), "2 points for 1 columns"),
        (('code = "brick"', 'code = "mud"'), "stands for different points"),
        (('direction = "higher_is_better_off"', 'direction = "higher_is_poor"'), "did you mean 'higher_is_poorer'"),
        (('value = "walls"', 'value = { any = ["walls"] }'), "can never be the value"),
    ],
)
def test_a_card_that_means_nothing_is_refused(change, said):
    assert change[0] in SMALL
    assert said in problems_of(SMALL.replace(*change))


@pytest.mark.parametrize(
    ("derive", "said"),
    [
        ('op = "cuont"\nof = "roster"', "did you mean 'count'"),
        ('op = "count"', 'needs of = "roster"'),
        ('op = "count"\nof = "members"', "the only list of a household is 'roster'"),
        ('op = "count"\nof = "roster"\ntake = "age"', "has no key 'take'"),
        ('op = "count"\nof = "roster"\nwhere = [{ field = "age" }]', "compares with nothing"),
        ('op = "count"\nof = "roster"\nwhere = [{ field = "age", gte = 4 }]', "'gte' is not known"),
        ('op = "ratio"\nnum = "rooms"', "needs 'num' and 'den'"),
        ('op = "pick"\nof = "roster"\nwhere = [{ field = "age", ge = 4 }]', "needs 'take'"),
        ('op = "case"\ncases = []', "needs 'else'"),
        ('op = "add"\nterms = ["x", "rooms"]', "circle"),
        ('op = "any"\nterms = ["x"]', "circle"),
        ('op = "ratio"\nnum = 1\nden = 2', ""),
    ],
)
def test_a_derived_value_that_means_nothing_is_refused(card, derive, said):
    text = SMALL.replace('value = "rooms"', 'value = "x"') + f"[derive.x]\n{derive}\n"
    if not said:
        assert check_card(card(text)).indicators == 2
        return
    with pytest.raises(Refused) as refusal:
        check_card(card(text))
    assert said in str(refusal.value)


def test_bands_over_a_count_must_begin_at_none_and_never_end():
    counted = SMALL.replace('value = "rooms"', 'value = "n"') + '[derive.n]\nop = "count"\nof = "roster"\n'
    assert problems_of(counted) == ""
    assert "leave out 0 up to 1" in problems_of(counted.replace("lt = 3", "ge = 1, lt = 3"))
    assert "leave out 9 up to infinity" in problems_of(counted.replace("ge = 3", "ge = 3, le = 8"))


def test_bands_over_a_ratio_leave_nothing_out_between_them():
    ratio = SMALL.replace('value = "rooms"', 'value = "r"') + '[derive.r]\nop = "ratio"\nnum = "a"\nden = "b"\n'
    assert problems_of(ratio) == ""
    assert "leave out what is above 2 up to 3" in problems_of(ratio.replace("lt = 3", "le = 2"))


def test_every_outcome_of_a_case_needs_a_level():
    text = SMALL.replace('value = "walls"', 'value = "w"') + (
        '[derive.w]\nop = "case"\ncases = [{ when = [{ field = "a", eq = 1 }], value = "mud" }]\nelse = "straw"\n'
    )
    problems = problems_of(text)
    assert "'brick', 'stone' can never be the value" in problems
    assert "no level is there for 'straw'" in problems


def test_a_name_that_nothing_declares_is_refused_where_a_card_declares_its_answers():
    text = SMALL + '[answers.rooms]\nkind = "count"\n[answers.wall]\nkind = "word"\n'
    assert "nothing is called 'walls'; did you mean 'wall'?" in problems_of(text)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('[arithmetic]\ntype = "float"\n', "needs [arithmetic] quantum"),
        ('[arithmetic]\ntype = "double"\n', "no arithmetic 'double'"),
        ('[score]\nlink = "log"\n', "computed in float64"),
        ("[score]\nrescale = { div = 3 }\n", "whole numbers do not survive"),
        ('[score]\nlink = "sine"\n', "no step 'sine'"),
        ("[score]\nrange = [10, 0]\n", "from a lower to a higher"),
        ('[[band]]\ncode = "poor"\nlt = 7\n[[band]]\ncode = "rich"\nge = 8\n', "Classification: the bands leave out 7"),
        ('[[band]]\ncode = "poor"\nle = 7\n[[band]]\ncode = "rich"\nge = 7\n', "both hold 7"),
        ('[[band]]\ncode = "poor"\nlt = 7\n', "Classification: the bands leave out 7 up to 13"),
        ('[[vector]]\nanswers = { rooms = 3, walls = "brick" }\nscore = 13\n', "the score is 12, and 13 was expected"),
        ("[[vector]]\nanswers = { rooms = 3 }\nscore = 13\n", "Answers vector 1: it was refused"),
        ('[[vector]]\nanswers = { rooms = 3, walls = "mud" }\nlevels = { rooms = "few" }\n', "'few' was expected"),
        ("[[vector]]\nscores = [3]\nrate = [5]\n", "no look-up has the column 'rate'"),
    ],
)
def test_a_score_that_means_nothing_is_refused(head, said):
    assert said in problems_of(SMALL + head)


def test_all_problems_are_told_at_once(card):
    text = SMALL.replace("lt = 3", "lt = 2").replace("points = 7", "points = 7.5")
    with pytest.raises(Refused) as refusal:
        check_card(card(text))
    assert len(str(refusal.value).splitlines()) == 2


# the built-in card


def test_the_built_in_card_is_in_order_and_says_that_it_is_an_illustration():
    checked = check_card(PAKISTAN_CARD)
    assert checked.indicators == 10
    assert checked.vectors == 3
    assert (checked.ranges[0].low, checked.ranges[0].high) == (0, 100)
    assert "illustration" in checked.note
    assert len(checked.hash) == 64


@pytest.mark.parametrize(("old", "new"), [("38.2", "38.1"), ("57.6, 39.5", "57.6, 39.6"), ("score = 15", "score = 16")])
def test_a_vector_that_does_not_come_out_refuses_the_card(tmp_path, old, new):
    text = PAKISTAN_CARD.read_text()
    assert old in text
    (tmp_path / "card.toml").write_text(text.replace(old, new))
    lookup = "pakistan_schreiner_2009_likelihoods.csv"
    (tmp_path / lookup).write_text((PAKISTAN_CARD.parent / lookup).read_text())
    with pytest.raises(Refused, match="vector"):
        check_card(tmp_path / "card.toml")


# lines


def lines_of(path, *lines):
    return [json.loads(line) for line in score_lines(path, lines)]


def test_a_line_is_answered_by_a_line_with_exact_numbers(card):
    path = card(HEAD + '[arithmetic]\ntype = "rational"\n[[indicator]]\nid = "a"\nvalue = "a"\ncoef = "1/18"\n')
    (line,) = score_lines(path, [b'{"id": "x", "answers": {"a": 7}}'])
    assert line == (
        b'{"id": "x", "score": "7/18", "outputs": {"score": "7/18"}, "lookups": {}, '
        b'"indicators": [{"id": "a", "level": null, "points": "7/18"}]}\n'
    )
    assert b'"score": 0.0500000000000000000001,' in next(
        score_lines(path, [b'{"id":1,"answers":{"a":0.9000000000000000000018}}'])
    )


BAD_LINES = [
    (b"{", None, "Line 1 is not JSON"),
    (b"[1]", None, "Line 1 is not a JSON object"),
    (b'{"answers": {}}', None, 'Line 1 has no "id"'),
    (b'{"id": "\xff"}', None, "Line 1 is not UTF-8 at byte 8"),
    (b'{"id": 7, "answers": []}', 7, '"answers" must be an object'),
    (b'{"id": 7, "roster": [1]}', 7, '"roster" must be a list of objects'),
    (b'{"id": 7, "answers": {"note": "' + b"x" * 1_000_000 + b'"}}', 7, "1,000,034 bytes long"),
    (b'{"id": "' + b"x" * 1_000_000 + b'"}', None, "shorten it"),
    (b"[" * 100_000, None, "Line 1 is not JSON"),
    (b'{"id": 7, "answers": {"rooms": 1e400000000, "walls": "mud"}}', 7, "Line 1: The answer 1E+400000000 to 'rooms'"),
    (b'{"id": 7, "answers": {"rooms": 3, "walls": {"a": 1}}}', 7, "to 'walls'"),
    (b'{"id": 7, "answers": {"rooms": 3}}', 7, "'walls' was not"),
]


@pytest.mark.parametrize(("line", "identifier", "said"), BAD_LINES)
def test_a_line_that_cannot_be_scored_says_why_and_the_next_is_scored(card, line, identifier, said):
    good = b'{"id": "good", "answers": {"rooms": 3, "walls": "mud"}}\n'
    bad, scored = lines_of(card(SMALL), line, b"\n", good)
    assert bad.keys() == {"id", "error"}
    assert bad["id"] == identifier
    assert said in bad["error"]
    assert len(bad["error"]) < 500
    assert scored["score"] == 5


def test_the_format_of_a_card_can_hold_a_large_number_without_losing_it():
    card = card_of(SMALL.replace("points = 7", "points = 123456789012345678901234567890"))
    assert card.indicators[1].levels[1].points[0].text == "123456789012345678901234567890"
