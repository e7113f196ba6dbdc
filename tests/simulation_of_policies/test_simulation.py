"""A simulation says of every household what the assessment would say under the policies that it tries."""

import csv
import re
from decimal import Decimal
from fractions import Fraction

import msgspec
import numpy as np
import pytest

from adapters.cli.simulate import comparison_named, relaxations_in
from adapters.documents.usable_scorecard import compiled_file
from adapters.faults import Refused
from adapters.simulation.costs import cost_of
from adapters.simulation.curves import confusion, curve
from adapters.simulation.engines import open_engine
from adapters.simulation.opened import OpenExtract
from adapters.simulation.reference import read_asked, read_reference
from adapters.simulation.rules import CutOff, passes, refuse_poorest_share
from adapters.simulation.simulation import Question, cutoff_of, propose_cutoff, simulate
from adapters.simulation.where import read_where
from domain.policies import passes as passes_exactly
from domain.programme import Amount, Recipients, Relaxation, Rule
from domain.questionnaire.codes import Comparison, Outcome, Sex
from domain.standing import assess
from tests.cards import HEAD, PAKISTAN_CARD, card_of
from tests.extract.written import DAY, KAFAALAT, policies_with, write_extract

PAKISTAN = compiled_file(PAKISTAN_CARD).card
IN = (Outcome.ELIGIBLE, Outcome.PENDING)


@pytest.fixture(scope="module")
def extract(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulate") / "one"
    return write_extract(folder, PAKISTAN, households=500, part=120), OpenExtract(folder)


def simulated(opened, cutoff, **others):
    programme = opened.manifest.find_programme(KAFAALAT)
    question = Question(programme, others.pop("card", PAKISTAN), cutoff, **others)
    return simulate(opened, open_engine("duckdb"), question)


def outcomes(drawn, **policies):
    """Who is in by the assessment, and how many people are paid."""
    in_force = policies_with(policies.pop("card", PAKISTAN), **policies).in_force
    conclusions = {each: assess(household, in_force).conclusions[KAFAALAT] for each, household in drawn}
    return {each: len(found.recipients) for each, found in conclusions.items() if found.outcome in IN}


def test_the_cut_off_in_force_changes_nothing(extract):
    drawn, opened = extract
    whole = simulated(opened, cutoff_of(opened.manifest.programmes[0])).whole
    assert (whole.entering, whole.leaving) == (0, 0)
    assert whole.staying == len(outcomes(drawn)) > 0
    assert whole.households == len(drawn)


@pytest.mark.parametrize(
    ("value", "comparison", "relaxed"),
    [
        ("60", Comparison.AT_OR_UNDER, {}),
        ("60", Comparison.UNDER, {}),
        ("30", Comparison.AT_OR_UNDER, {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(80)}),
        ("30.5", Comparison.UNDER, {Relaxation.TRANSGENDER_MEMBER: Decimal(55)}),
    ],
)
def test_who_enters_leaves_and_stays_is_who_the_assessment_says(extract, value, comparison, relaxed):
    drawn, opened = extract
    before, after = outcomes(drawn), outcomes(drawn, cutoff=value, comparison=comparison, relaxed=relaxed)
    whole = simulated(opened, CutOff(Decimal(value), comparison, relaxed)).whole
    assert whole.entering == len(after.keys() - before.keys())
    assert whole.leaving == len(before.keys() - after.keys())
    assert whole.staying == len(before.keys() & after.keys())
    assert (whole.paid_before, whole.paid_after) == (sum(before.values()), sum(after.values()))


def test_another_card_is_scored_as_the_assessment_scores_it(extract):
    drawn, opened = extract
    card = card_of(
        HEAD
        + """
[arithmetic]
type = "decimal"
[[indicator]]
id = "rooms"
value = "rooms"
coef = 1.25
missing = { code = "none", points = 3.5 }
[[indicator]]
id = "size"
value = "household_size"
coef = -0.5
"""
    )
    before = outcomes(drawn)
    after = outcomes(drawn, card=card, cutoff="0.75", relaxed={})
    whole = simulated(opened, CutOff(Decimal("0.75"), Comparison.AT_OR_UNDER), card=card).whole
    assert (whole.before, whole.after) == (len(before), len(after))
    assert whole.entering == len(after.keys() - before.keys())


def test_the_tables_add_up_to_the_whole(extract):
    _, opened = extract
    found = simulated(opened, CutOff(Decimal(60), Comparison.AT_OR_UNDER))
    tally = found.tally
    for table in (tally.by_place(), tally.by_head(), tally.by_size(), tally.by_disability()):
        flows = [flow for _, flow in table]
        assert sum(flow.entering for flow in flows) == found.whole.entering
        assert sum(flow.households for flow in flows) == found.whole.households


def test_a_filter_leaves_only_those_it_names(extract):
    drawn, opened = extract
    found = simulated(
        opened,
        cutoff_of(opened.manifest.programmes[0]),
        where=read_where(["place=PK602|PK7 and size>=4", "head=female"]),
    )
    kept = [
        household
        for _, household in drawn
        if any(household.place.is_within(code) for code in ("PK602", "PK7"))
        and len(household.roster) >= 4
        and household.head is not None
        and household.head.sex is Sex.FEMALE
    ]
    assert found.considered == len(kept) > 0
    assert found.left_out == len(drawn) - len(kept)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a condition: write NAME=VALUE"),
        ("size>=5; DROP TABLE households", "is not a condition"),
        ("1=1", "is not a condition"),
        ("income=5", "nothing is called 'income'; there are place, size"),
        ("seize=5", "nothing is called 'seize'; did you mean size?"),
        ("place=Punjab", "place is a P-code of a region, district or tehsil"),
        ("size=many", "size is the number of people in the household, and not 'many'"),
        ("head>female", "write = or != here"),
        ("head=woman", "head is the sex of the head: female, male, transgender, and not 'woman'"),
        ("disabled=maybe", "disabled is whether a member is disabled: yes or no, and not 'maybe'"),
        ("x" * 3_000, "at most 2,000 characters"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_with_what_there_is(text, sentence):
    with pytest.raises(Refused, match=re.escape(sentence)):
        read_where([text])


@pytest.mark.parametrize("value", ["32", "31.9", "32.000001", "-7", "0"])
@pytest.mark.parametrize("comparison", list(Comparison))
def test_scores_are_held_against_a_cut_off_exactly(value, comparison):
    top = np.arange(-100, 400)
    for bottom in (1, 3, 10):
        found = passes(top, bottom, comparison, Decimal(value))
        each = passes(top, np.full(len(top), bottom), comparison, Decimal(value))
        expected = [passes_exactly(Fraction(int(one), bottom), comparison, Decimal(value)) for one in top]
        assert found.tolist() == each.tolist() == expected


def test_the_proposed_cut_off_keeps_the_number_in_as_well_as_any_can(extract):
    _, opened = extract
    programme = opened.manifest.find_programme(KAFAALAT)
    proposal = propose_cutoff(opened, open_engine("duckdb"), Question(programme, PAKISTAN, None))
    whole = simulated(opened, CutOff(proposal.value, Comparison.AT_OR_UNDER)).whole
    assert (whole.before, whole.after) == (proposal.were_in, proposal.would_be_in)
    for other in (proposal.value - 1, proposal.value + 1):
        after = simulated(opened, CutOff(other, Comparison.AT_OR_UNDER)).whole.after
        assert abs(after - whole.before) >= abs(whole.after - whole.before)


# Against a reference


def test_errors_are_counted_against_a_reference(extract, tmp_path):
    drawn, opened = extract
    now = outcomes(drawn)
    file = tmp_path / "spending.csv"
    spent = {each: 1_000 + 7 * place % 5_000 for place, (each, _) in enumerate(drawn[:300])}
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["household", "spending"])
        writer.writerows(spent.items())
        writer.writerow([drawn[400][0], "unknown"])
    reference = read_reference(read_asked(f"{file}:spending:below 3000"), None)
    found = simulated(opened, cutoff_of(opened.manifest.programmes[0]), reference=reference)
    poor = {each for each, value in spent.items() if value < 3_000}
    assert reference.unread == 1
    assert found.referred == 300
    assert found.before == found.after
    assert found.before.poor_in == len(poor & now.keys())
    assert found.before.others_in == len(now.keys() & spent.keys()) - found.before.poor_in
    assert found.before.exclusion_error == pytest.approx(1 - found.before.poor_in / len(poor))
    assert [each.what for each in found.curves] == ["the reference", "those in now", "those who would be in"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("file.csv", "is not understood"),
        ("file.csv:spending:above 5", "is not understood"),
        ("file.csv:spending:below much", "is not understood"),
        ("nowhere.csv:spending", r"nowhere\.csv: cannot be read"),
    ],
)
def test_a_reference_that_cannot_be_read_is_refused(text, sentence):
    with pytest.raises(Refused, match=sentence):
        read_reference(read_asked(text), None)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name,spending\nx,1\n", "no column 'household'"),
        ("household,income\nx,1\n", "no column 'spending'; there are household, income"),
        ("household,spending\nnobody,1\n", "line 2: 'nobody' is not a household id"),
        ("source_key,spending\n7/1,1\n", "only a registry can tell whose they are"),
    ],
)
def test_a_reference_without_what_it_needs_is_refused(tmp_path, content, sentence):
    file = tmp_path / "file.csv"
    file.write_text(content)
    with pytest.raises(Refused, match=sentence):
        read_reference(read_asked(f"{file}:spending:below 3"), None)


def test_confusion_counts_both_errors():
    found = confusion(np.array([True, True, False, False]), np.array([True, False, True, True]))
    assert (found.poor_in, found.poor_out, found.others_in, found.others_out) == (1, 1, 2, 0)
    assert found.inclusion_error == pytest.approx(2 / 3)
    assert found.exclusion_error == pytest.approx(1 / 2)


def test_where_all_have_alike_the_curve_is_the_diagonal():
    found = curve("alike", np.array([5, 5]), np.array([10.0, 10.0]))
    assert (found.gini, found.households, found.share) == (0, [0, 0.5, 1], [0, 0.5, 1])
    assert curve("one has all", np.array([99, 1]), np.array([0.0, 1.0])).gini == pytest.approx(0.99)


# Costs


def amount(paisa, what, day=DAY):
    return Amount(day, paisa, what, "a source")


@pytest.mark.parametrize(
    ("amounts", "paisa", "sentence"),
    [
        ((), None, "states no amount in money"),
        ((amount(700_000, "stipend"),), 700_000, "PKR 7,000 a quarter to each person paid"),
        ((amount(700_000, "stipend"), amount(1, "stipend", DAY.replace(year=2099))), 700_000, "PKR 7,000 a quarter"),
        ((amount(200_000, "once"),), 200_000, "PKR 2,000 once"),
        ((amount(1, "boy"), amount(2, "girl")), None, "pays 2 amounts to different people"),
    ],
)
def test_a_cost_is_worked_out_where_one_amount_is_stated(amounts, paisa, sentence):
    cost = cost_of(Rule("A programme", Recipients.HEAD, amounts=amounts), DAY)
    assert cost.paisa == paisa
    assert sentence in cost.sentence


# What the command line asks


def test_a_programme_for_a_poorest_share_is_not_simulated_by_one_cut_off(extract):
    known = extract[1].manifest.find_programme(KAFAALAT)
    refuse_poorest_share(known)
    with pytest.raises(Refused, match="poorest 60% of each tehsil"):
        refuse_poorest_share(msgspec.structs.replace(known, poorest_percent=60))


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: open_engine("abacus"), "There is no engine 'abacus': it is one of duckdb, spark"),
        (lambda: comparison_named("over"), "--comparison is at_or_under or under, not 'over'"),
        (lambda: relaxations_in(["poor=5"]), "write NAME=X with one of member_certified_disabled, transgender_member"),
        (lambda: relaxations_in(["transgender_member=much"]), "--relaxed: 'much' is not a number"),
    ],
)
def test_an_option_that_says_nothing_is_refused_with_what_there_is(ask, sentence):
    with pytest.raises(Refused, match=re.escape(sentence)):
        ask()
