"""A shock is declared over places, struck those who lived there, and is lifted."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.questionnaire.answers import Place
from domain.shock import DeclareShock, LiftShock, ShockLifted, decide, evolve
from tests.people import KARACHI, RURAL_MUZAFFARGARH, TODAY
from tests.policies import FLOOD
from tests.scenario import scenario

DECLARE = DeclareShock(**{name: getattr(FLOOD, name) for name in FLOOD.__struct_fields__})
LIFTED = ShockLifted(TODAY, "flood-2024", "provincial authority")


def folded(events):
    shock = None
    for event in events:
        shock = evolve(shock, event)
    return shock


given = scenario(folded, decide)


def test_a_shock_is_declared():
    given().when(DECLARE).then(FLOOD)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"places": ()}, "at least one place"),
        ({"impact_on": date(2024, 4, 21)}, "lies after the declaration"),
        ({"resurvey_from": date(2024, 4, 9)}, "before the impact"),
        ({"resurvey_until": date(2024, 4, 30)}, "before it begins"),
    ],
)
def test_a_shock_that_contradicts_itself_is_not_declared(change, because):
    given().when(replace(DECLARE, **change)).then_rejected(because)


def test_another_shock_takes_another_name():
    given(FLOOD).when(replace(DECLARE, places=("PK7",))).then_rejected(because="give this one another name")


def test_a_shock_is_lifted():
    command = LiftShock("flood-2024", TODAY, "provincial authority")
    assert decide(command, folded([FLOOD])) == [LIFTED]
    given(FLOOD, LIFTED).when(command).then_rejected(because="was lifted on 2024-05-20 already")
    given().when(command).then_rejected(because="No shock is known")
    given(FLOOD).when(replace(command, on=date(2024, 4, 9))).then_rejected(because="cannot be over")


@pytest.mark.parametrize(
    ("places", "lived", "struck"),
    [
        (("PK6",), RURAL_MUZAFFARGARH, True),
        (("PK602",), RURAL_MUZAFFARGARH, True),
        (("PK60201",), RURAL_MUZAFFARGARH, True),
        (("PK60201/Basti Kot",), RURAL_MUZAFFARGARH, True),
        (("PK60201/Other",), RURAL_MUZAFFARGARH, False),
        (("PK602",), KARACHI, False),
        (("PK60201",), Place("PK602"), False),
        (("PK7", "PK602"), KARACHI, True),
        (("PK602",), None, False),
    ],
)
def test_who_lived_in_its_places_was_struck(places, lived, struck):
    assert folded([replace(FLOOD, places=places)]).struck(lived) is struck


def test_a_shock_is_active_from_its_impact_until_it_is_lifted():
    shock = folded([FLOOD, LIFTED])
    days = (date(2024, 4, 9), FLOOD.impact_on, date(2024, 5, 19), TODAY)
    assert [shock.is_active(day) for day in days] == [False, True, True, False]
    assert folded([FLOOD]).is_active(date(2030, 1, 1))


def test_lifting_closes_the_window_of_resurvey_early():
    assert folded([FLOOD]).resurveys_until == date(2024, 6, 30)
    assert folded([FLOOD, LIFTED]).resurveys_until == TODAY


def test_lifting_what_was_never_declared_says_nothing():
    assert evolve(None, LIFTED) is None
