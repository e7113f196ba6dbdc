"""The real survey, where the reference material is at hand: everybody is accounted for."""

from collections import Counter

import pytest

from adapters.documents.mapping import find_mapping, load_mapping
from adapters.submissions.shape import MissedOut
from adapters.surveys.survey import Survey
from domain.questionnaire.codes import Asset, DrinkingWater, OccupationGroup, Relation, Sex
from tests.reference import REFERENCE, needs_reference

FOLDER = REFERENCE / "microdata" / "mics2014_punjab"


@pytest.mark.slow
@needs_reference
def test_of_the_survey_of_2014_every_household_and_person_is_accounted_for():
    survey = Survey(load_mapping(find_mapping("mics2014")), FOLDER / "hh.csv.gz", FOLDER / "hl.csv.gz")
    sexes, relations, occupations, waters = Counter(), Counter(), Counter(), Counter()
    televisions = 0
    keys = set()
    for _, outcome in survey.submissions():
        assert isinstance(outcome, MissedOut)
        keys.add(outcome.source_key)
        waters[outcome.survey.answers.dwelling.drinking_water] += 1
        televisions += outcome.survey.answers.assets.get(Asset.TELEVISION, 0)
        for person in outcome.survey.roster:
            sexes[person.sex] += 1
            relations[person.relation] += 1
            occupations[person.occupation] += 1
    assert survey.is_sorted
    assert (survey.tally.households_mapped, survey.tally.people_mapped) == (38_405, 246_501)
    assert (survey.tally.households_filtered, sum(survey.tally.filters.values())) == (3_008, 3_008)
    assert len(keys) == 38_405
    assert (sexes[Sex.MALE], sexes[Sex.FEMALE]) == (124_691, 121_810)
    assert (relations[Relation.HEAD], relations[Relation.OTHER]) == (38_405, 66)
    assert occupations[OccupationGroup.ELEMENTARY] == 15_852
    assert waters[DrinkingWater.PIPED] == 3_654 + 742 + 390
    assert televisions == 26_102
