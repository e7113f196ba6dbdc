"""A scorecard enters the registry once, whole, from a day on."""

from datetime import date

from msgspec.structs import replace

from domain.scorecard_adoption import AdoptScorecard, decide_adoption
from tests.policies import CARD
from tests.scenario import scenario

ADOPT = AdoptScorecard(CARD.scorecard_id, CARD.title, CARD.content_hash, CARD.content, CARD.on)
given = scenario(tuple, decide_adoption)


def test_a_card_is_adopted():
    given().when(ADOPT).then(CARD)


def test_the_same_card_from_a_later_day_changes_nothing():
    given(CARD).when(replace(ADOPT, on=date(2015, 1, 1))).then_nothing()


def test_the_same_card_may_begin_earlier():
    given(CARD).when(replace(ADOPT, on=date(2008, 1, 1))).then(replace(CARD, on=date(2008, 1, 1)))


def test_the_same_card_has_one_name_whatever_its_day():
    for day in (date(2008, 1, 1), date(2015, 1, 1)):
        given(CARD).when(replace(ADOPT, scorecard_id="other", on=day)).then_rejected(because="under the name card-2009")


def test_another_content_under_the_same_name_is_a_newer_card():
    newer = replace(CARD, content_hash=b"\x03" * 32, content=b"revised")
    given(CARD).when(replace(ADOPT, content_hash=b"\x03" * 32, content=b"revised")).then(newer)
