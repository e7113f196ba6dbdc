from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.documents.programme import find_programme_file, load_programme, shipped_programmes
from adapters.faults import Refused
from domain.programme import Recipients, Relaxation
from domain.questionnaire.codes import Comparison

WHOLE = """
format = "gharana-programme/1"
id = "winter_relief"
title = "Winter relief"
recipients = "head"
regions = ["PK3"]
source = "a notice"
grade = "B"

[[cutoff]]
value = "20"
comparison = "under"
from = 2024-01-01
scorecard = "card"
relaxed = { transgender_member = "25" }
source = "a notice"
grade = "A"

[[amount]]
what = "once"
pkr = 12.50
from = 2024-01-01
from_note = "assumed"
source = "a notice"
grade = "assumption"

[[filter]]
name = "vehicle"
who = ["head"]
rule = "owns a car"
source = "a notice"
grade = "C"
"""


def load(folder: Path, text: str):
    path = folder / "winter.toml"
    path.write_text(text, encoding="utf-8")
    return load_programme(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(Refused) as refused:
        load(folder, text)
    sentences = str(refused.value)
    assert all("winter.toml" in sentence for sentence in sentences.splitlines())
    return sentences


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new, 1)


def test_kafaalat_pays_ever_married_women_and_transgender_persons_of_households_under_its_cutoff():
    kafaalat = load_programme(find_programme_file("kafaalat"))
    assert kafaalat.rule.recipients is Recipients.EVER_MARRIED_WOMEN_AND_TRANSGENDER_PERSONS
    assert kafaalat.rule.verification
    assert kafaalat.rule.recertify_every_years == 3
    assert kafaalat.rule.appeal is None
    assert {"travel_abroad", "government_employee"} <= set(kafaalat.rule.filters)


def test_the_cutoffs_of_kafaalat_are_history_about_cards_that_are_not_published():
    cutoffs = load_programme(find_programme_file("kafaalat")).cutoffs
    assert [str(cutoff.value) for cutoff in cutoffs] == ["16.17", "29", "32"]
    assert {cutoff.scorecard_id for cutoff in cutoffs} == {"bisp_scorecard_2010", "bisp_formula_2015"}
    assert cutoffs[-1].relaxed == {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(37)}


def test_the_illustration_of_kafaalat_is_for_the_published_card():
    illustration = load_programme(find_programme_file("kafaalat")).illustration
    assert illustration is not None
    assert illustration.scorecard_id == "pakistan_schreiner_2009"
    assert (illustration.value, illustration.comparison) == (Decimal(32), Comparison.AT_OR_UNDER)
    assert illustration.relaxed == {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(37)}
    assert illustration.source.startswith("An illustration")


def test_amounts_are_written_in_rupees_and_kept_in_paisa():
    amounts = load_programme(find_programme_file("kafaalat")).rule.amounts
    assert (amounts[0].from_day, amounts[0].paisa) == (date(2022, 12, 1), 700_000)


def test_children_and_women_of_kafaalat_households_are_assessed_after_it():
    for name in ("taleemi_wazaif", "nashonuma"):
        document = load_programme(find_programme_file(name))
        assert document.rule.after == ("kafaalat",)
        assert not document.rule.needs_score
        assert document.illustration is None


def test_relief_and_subsidies_are_limited_to_shocks_and_regions():
    assert load_programme(find_programme_file("flood_relief")).rule.relief
    assert load_programme(find_programme_file("wheat_flour_subsidy")).rule.regions == ("PK4", "PK5", "PK6")
    assert load_programme(find_programme_file("fuel_relief_2022")).cutoffs[0].comparison is Comparison.UNDER


@pytest.mark.parametrize("name", shipped_programmes())
def test_every_shipped_programme_loads_under_the_name_of_its_file_with_its_illustration_named(name):
    document = load_programme(find_programme_file(name))
    assert document.programme_id == name
    assert all(parent in shipped_programmes() for parent in document.rule.after)
    if document.illustration is not None:
        assert document.illustration.source.startswith("An illustration: the agency's formula is not published")


def test_a_whole_file_becomes_a_rule_and_its_cutoffs(tmp_path):
    document = load(tmp_path, WHOLE)
    assert document.rule.regions == ("PK3",)
    assert document.rule.filters == ("vehicle",)
    assert document.rule.source == "a notice (grade B)"
    assert document.rule.amounts[0].paisa == 1250
    assert document.rule.amounts[0].source == "a notice (grade assumption; day: assumed)"
    (cutoff,) = document.cutoffs
    assert cutoff.relaxed == {Relaxation.TRANSGENDER_MEMBER: Decimal(25)}
    assert cutoff.from_day == date(2024, 1, 1)


def test_appeals_are_taken_only_where_the_file_says_how_far(tmp_path):
    document = load(tmp_path, WHOLE + "[appeal]\npoints_over_cutoff_max = 5\n")
    assert document.rule.appeal is not None
    assert document.rule.appeal.points_over_cutoff_max == Decimal(5)


def test_relief_is_given_to_the_poorest_share_that_the_file_states(tmp_path):
    assert load_programme(find_programme_file("flood_relief_poorest")).poorest_percent == 60
    assert load_programme(find_programme_file("flood_relief")).poorest_percent is None
    without_cutoff = WHOLE[: WHOLE.index("[[cutoff]]")]
    relief = without_cutoff.replace('regions = ["PK3"]', "relief = true\npoorest_percent = 40")
    assert load(tmp_path, relief).poorest_percent == 40


def test_cutoffs_are_given_in_the_order_of_their_days(tmp_path):
    earlier = (
        '[[cutoff]]\nvalue = 9\ncomparison = "under"\nfrom = 2010-01-01\nscorecard = "old"\nsource = "x"\ngrade = "A"\n'
    )
    assert [str(cutoff.value) for cutoff in load(tmp_path, WHOLE + earlier).cutoffs] == ["9", "20"]


REFUSED = [
    ("format =", "format =-", "not a TOML file"),
    ("gharana-programme/1", "gharana-programme/9", "write format = 'gharana-programme/1'"),
    ('regions = ["PK3"]', 'region = ["PK3"]', "region: no such key is known there: did you mean regions?"),
    ('regions = ["PK3"]', "xyzzy = 1", "xyzzy: no such key is known there: remove it."),
    ('regions = ["PK3"]', 'regions = ["Sind"]', "regions: No place has the code 'Sind': did you mean PK7 Sindh"),
    ('regions = ["PK3"]', 'after = ["winter_relief"]', "after: winter_relief cannot be assessed after itself"),
    ('regions = ["PK3"]', "ages = [9, 4]", "ages: the first is above the second"),
    ('regions = ["PK3"]', "needs_score = false", "needs_score: a programme that does not look at the score"),
    ('regions = ["PK3"]', "poorest_percent = 60", "poorest_percent: only relief that looks at the score"),
    ('regions = ["PK3"]', "relief = true\npoorest_percent = 60", "poorest_percent: the poorest share is the cut-off"),
    ('regions = ["PK3"]', "relief = true\npoorest_percent = 100", "poorest_percent: input should be less than"),
    ('title = "Winter relief"\n', "", "title: it is needed and not there: add it."),
    ('recipients = "head"', 'recipients = "everyone"', "recipients: 'everyone' is not one of ever_married_women"),
    ('id = "winter_relief"', 'id = "Winter Relief"', "id: write a name of lower-case letters"),
    ('comparison = "under"', 'comparison = "<"', "cutoff 1, comparison: '<' is not one of at_or_under, under"),
    ('value = "20"', 'value = "-1"', "cutoff 1, value: input should be greater than or equal to 0: correct it."),
    ('value = "20"', 'value = "low"', "cutoff 1, value: "),
    ('value = "20"', 'value = "NaN"', "cutoff 1, value: "),
    ("from = 2024-01-01", 'from = "2024-01-01"', "cutoff 1, from: write a day without quotes"),
    ("from = 2024-01-01", "from = 0001-01-01", "cutoff 1, from: write a day without quotes"),
    ('transgender_member = "25"', 'trans = "25"', "cutoff 1, relaxed, trans: 'trans' is not one of"),
    ('transgender_member = "25"', 'transgender_member = "20"', "20 does not relax 20: write a higher value."),
    ("pkr = 12.50", "pkr = 0", "amount 1, pkr: input should be greater than 0"),
    ("pkr = 12.50", "pkr = -5", "amount 1, pkr: input should be greater than 0"),
    ("pkr = 12.50", "pkr = 12.505", "amount 1, pkr: "),
    ('name = "vehicle"', 'name = "Has a car"', "filter 1, name: write a name of lower-case letters"),
    ('grade = "B"', 'grade = "D"', "grade: input should be 'A', 'B', 'C' or 'assumption'"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), REFUSED)
def test_what_is_wrong_in_a_file_is_refused_with_its_key_and_a_remedy(tmp_path, old, new, sentence):
    assert sentence in refusal(tmp_path, changed(old, new))


def test_a_fact_stated_twice_is_refused(tmp_path):
    _, cutoff, amount, profiling = WHOLE.split("[[")
    for part, said in ((cutoff, "cutoff: card from"), (amount, "amount: once from"), (profiling, "filter: vehicle")):
        assert said in refusal(tmp_path, WHOLE + "[[" + part)


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    text = changed("pkr = 12.50", "pkr = 0").replace('grade = "B"', 'grade = "D"')
    assert len(refusal(tmp_path, text).splitlines()) == 2


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "winter.toml"
    path.write_bytes(b'title = "\xff"')
    with pytest.raises(Refused, match="byte 9 is not UTF-8"):
        load_programme(path)


def test_a_file_of_a_million_characters_is_refused(tmp_path):
    assert "at most 1,000,000 bytes" in refusal(tmp_path, WHOLE + "#" * 1_000_000)


def test_a_file_that_is_nested_without_end_is_refused(tmp_path):
    assert "not a TOML file" in refusal(tmp_path, "x = " + "[" * 50_000)


def test_a_programme_nobody_ships_is_refused_with_the_nearest_name():
    with pytest.raises(Refused, match=r"did you mean kafaalat\?"):
        find_programme_file("kafalat")
    with pytest.raises(Refused, match="those shipped are flood_relief"):
        find_programme_file("?")


def test_a_file_that_went_away_is_refused(tmp_path):
    with pytest.raises(Refused, match="cannot be read"):
        load_programme(tmp_path / "gone.toml")
