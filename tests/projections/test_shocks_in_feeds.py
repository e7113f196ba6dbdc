"""Partners of a relief programme are told of the shocks that name it, as far as these meet the agreed places."""

from datetime import date
from uuid import UUID

import pytest
from msgspec.structs import astuple, replace

from domain.agreement import AgreementMade
from domain.event import Envelope, Recorded
from domain.questionnaire.codes import Group
from domain.registry_day import DayOpened
from domain.shock import GroupShockDeclared, ShockLifted, ShockProposed, ShockRevoked, ShockWidened, ThresholdsSet
from projections.feed import CALENDAR_NAMES, WATCHED_NAMES, Book, tell
from projections.feed_shocks import SHOCK_NAMES, ShockTold, meeting
from tests.histories import RECORDED_AT
from tests.policies import FLOOD

TODAY = date(2024, 5, 20)
STREAM = UUID(int=0xFF << 120)
DECLARED = replace(FLOOD, relief_programmes=("relief",))
WIDENED = ShockWidened(TODAY, DECLARED.shock, date(2024, 4, 25), ("PK603",), "authority")
LIFTED = ShockLifted(TODAY, DECLARED.shock, "authority")
REVOKED = ShockRevoked(TODAY, DECLARED.shock, "the wrong district", "authority")


def agreement(*places: str, partner: str = "food-bank", programme: str = "relief") -> AgreementMade:
    return AgreementMade(date(2024, 1, 1), partner, programme, "Partner", "desk", "letter", places)


EVERYWHERE = (agreement(),)


def told(*events, made=EVERYWHERE) -> list:
    log = [*made, DayOpened(date(2024, 4, 20)), *events]
    recorded = [Recorded(n, STREAM, n, Envelope(RECORDED_AT, "officer", "policy"), each) for n, each in enumerate(log)]
    _, found = tell(Book(), recorded, {})
    return [each for each in found if isinstance(each.what, ShockTold)]


@pytest.mark.parametrize("event", [WIDENED, LIFTED, REVOKED])
def test_a_partner_is_told_of_a_shock_and_of_what_becomes_of_it(event):
    first, second = told(DECLARED, event)
    assert (first.name, first.what.places, first.what.impact_on) == (DECLARED.name, ("PK602",), DECLARED.impact_on)
    assert (second.name, second.on) == (event.name, TODAY)


def test_a_widening_tells_of_the_new_places_and_their_own_day():
    what = told(DECLARED, WIDENED)[1].what
    assert (what.places, what.impact_on) == (("PK603",), date(2024, 4, 25))


def test_the_end_tells_of_all_places_and_of_the_window_that_closes():
    what = told(DECLARED, WIDENED, LIFTED)[2].what
    assert (what.places, what.resurvey_until) == (("PK602", "PK603"), TODAY)


def test_partners_are_told_of_the_groups_that_it_struck_and_of_none_where_it_struck_everybody():
    over_groups = GroupShockDeclared(*astuple(DECLARED), (Group.DAY_LABOUR,))
    assert [each.what.groups for each in told(over_groups, WIDENED, LIFTED)] == [(Group.DAY_LABOUR,)] * 3
    assert [each.what.groups for each in told(DECLARED, WIDENED)] == [(), ()]


def test_only_partners_of_a_programme_that_it_names_are_told():
    made = (agreement(programme="kafaalat"), agreement(partner="school-fund"))
    assert [each.feed for each in told(DECLARED, LIFTED, made=made)] == [("school-fund", "relief")] * 2


def test_a_shock_elsewhere_is_not_told():
    assert told(DECLARED, LIFTED, made=(agreement("PK7"),)) == []
    assert [each.name for each in told(DECLARED, WIDENED, made=(agreement("PK603"),))] == [WIDENED.name]


def test_proposals_and_thresholds_are_not_read_for_the_feed():
    assert not WATCHED_NAMES & {ShockProposed.name, ThresholdsSet.name}


def test_shocks_are_read_while_no_agreement_is_in_force():
    assert SHOCK_NAMES < CALENDAR_NAMES


def test_the_end_of_a_shock_is_told_that_was_declared_before_the_agreement():
    events = [DayOpened(date(2024, 4, 20)), DECLARED, agreement(), LIFTED]
    assert [each.name for each in told(*events, made=())] == [LIFTED.name]


@pytest.mark.parametrize(
    ("struck", "agreed", "both"),
    [
        (("PK602",), (), ("PK602",)),
        (("PK602", "PK7"), ("PK6",), ("PK602",)),
        (("PK6",), ("PK602", "PK60301/Kot", "PK7"), ("PK602", "PK60301/Kot")),
        (("PK60201/Basti Kot",), ("PK602", "PK60201"), ("PK60201/Basti Kot",)),
        (("PK60201/Basti Kot",), ("PK60201/Other",), ()),
    ],
)
def test_of_two_places_that_meet_the_finer_is_told(struck, agreed, both):
    assert tuple(meeting(struck, agreed)) == both
