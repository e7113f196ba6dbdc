"""A partner agrees on one programme: what it may see, where, and from which day until when."""

from datetime import date

import pytest
from msgspec.structs import replace

from domain.agreement import (
    Agreement,
    AgreementEnded,
    AgreementMade,
    EndAgreement,
    MakeAgreement,
    decide,
    find_in_force,
    fold,
)
from tests.people import KARACHI, RURAL_MUZAFFARGARH, TODAY
from tests.scenario import scenario

MADE = AgreementMade(
    date(2024, 1, 1), "food-bank", "kafaalat", "Food Bank", "desk@food-bank.example", "letter 12", ("PK602",)
)
MAKE = MakeAgreement(**{name: getattr(MADE, name) for name in MADE.__struct_fields__})
ENDED = AgreementEnded(TODAY, "food-bank", "kafaalat", "letter 44")
END = EndAgreement(TODAY, "food-bank", "kafaalat", "letter 44")
LATER = replace(MADE, on=TODAY, places=())

given = scenario(fold, decide)


def test_a_partner_agrees_on_a_programme():
    given().when(MAKE).then(MADE)


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ({"partner": "Food Bank"}, "small letters"),
        ({"partner": "bank-"}, "small letters"),
        ({"partner": "x" * 41}, "40 at most"),
        ({"partner": "bank.kafaalat"}, "cannot be a partner's name"),
        ({"partner": "gharana"}, "is the registry itself"),
        ({"programme": "cash.all"}, "a programme's name must be made of"),
        ({"title": " "}, "lacks its title"),
        ({"contact": ""}, "lacks its contact"),
        ({"authority": ""}, "lacks its authority"),
        ({"until": date(2023, 12, 31)}, "before it begins"),
    ],
)
def test_an_agreement_that_cannot_be_is_not_made(change, because):
    given().when(replace(MAKE, **change)).then_rejected(because)


def test_terms_are_not_changed_while_the_agreement_is_in_force():
    given(MADE).when(replace(MAKE, places=())).then_rejected(because="end it first")
    given(MADE).when(replace(MAKE, on=TODAY)).then_rejected(because="end it first")


def test_another_agreement_follows_one_that_is_over():
    given(MADE, ENDED).when(replace(MAKE, on=TODAY, places=())).then(LATER)
    given(replace(MADE, until=date(2024, 5, 19))).when(replace(MAKE, on=TODAY, places=())).then(LATER)


@pytest.mark.parametrize(
    ("until", "over_from"), [(None, None), (date.max, None), (date(2024, 5, 19), date(2024, 5, 20))]
)
def test_an_agreement_is_over_on_the_day_behind_its_last_one(until, over_from):
    assert Agreement(replace(MADE, until=until)).over_from == over_from


def test_an_agreement_is_ended_once():
    given(MADE).when(END).then(ENDED)
    given(MADE, ENDED).when(replace(END, on=date(2024, 6, 1))).then_rejected(because="ended from 2024-05-20 on already")


@pytest.mark.parametrize(
    ("made", "on", "because"),
    [
        ((), TODAY, "There is no agreement"),
        ((MADE,), date(2023, 12, 31), "cannot end before"),
        ((replace(MADE, until=date(2024, 2, 1)),), TODAY, "was over on 2024-02-01"),
    ],
)
def test_what_is_not_in_force_is_not_ended(made, on, because):
    given(*made).when(replace(END, on=on)).then_rejected(because)


@pytest.mark.parametrize(
    ("events", "day", "is_in_force"),
    [
        ((MADE,), date(2023, 12, 31), False),
        ((MADE,), date(2024, 1, 1), True),
        ((replace(MADE, until=TODAY),), TODAY, True),
        ((replace(MADE, until=TODAY),), date(2024, 5, 21), False),
        ((MADE, ENDED), date(2024, 5, 19), True),
        ((MADE, ENDED), TODAY, False),
        ((MADE, ENDED, replace(MADE, on=date(2024, 7, 1))), date(2024, 3, 1), True),
    ],
)
def test_an_agreement_is_in_force_from_its_first_day_to_its_last(events, day, is_in_force):
    assert (find_in_force(fold(events), day) is not None) is is_in_force


def test_an_agreement_covers_what_lies_in_its_places():
    (agreement,) = fold([MADE])
    assert (agreement.covers(RURAL_MUZAFFARGARH), agreement.covers(KARACHI)) == (True, False)
    (everywhere,) = fold([replace(MADE, places=())])
    assert everywhere.covers(KARACHI)
