"""How much of what happens in a part of the population falls to whom: hazards by age, so that the rates come out."""

from collections.abc import Iterable
from datetime import date

import msgspec
import numpy as np
import numpy.typing as npt

from adapters.lives.chance import years_between
from adapters.lives.homes import Home, Resident
from adapters.lives.tables import Tables

ROUNDS = 12
"""Enough for the hazard to settle within a hundredth."""


class Hazards(msgspec.Struct, frozen=True):
    """A year's hazard of death and birth for a weight of one; what lies behind both, in person-years and homes."""

    death: float
    birth: float
    person_years: float
    household_years: float


def hazards(homes: Iterable[Home], tables: Tables) -> Hazards:
    """Hazards under which a part of the population has the births and deaths of the tables, infants among the dead."""
    rates = tables.rates
    person_years = household_years = bearing = 0.0
    dying: list[float] = []
    for home in homes:
        years = years_between(home.surveyed_on, tables.ends)
        day = home.surveyed_on
        household_years += years
        person_years += years * len(home.people)
        for one in home.people.values():
            age = one.age_on(day)
            dying.append(years * tables.weight("death", age))
            if home.is_wife(one):
                bearing += _bearing_years(one, day, tables)
    infants = rates["births"] * rates["infant_deaths"]
    return Hazards(
        death=_each_once(max(0.0, rates["deaths"] - infants) * person_years, np.array(dying)),
        birth=_each(rates["births"] * person_years, bearing),
        person_years=person_years,
        household_years=household_years,
    )


def _bearing_years(wife: Resident, day: date, tables: Tables) -> float:
    """The weights of the ages that lie before a wife, a year each."""
    years = years_between(day, tables.ends)
    age = wife.age_on(day)
    return sum(tables.weight("birth", age + each) for each in range(int(years))) + (years % 1) * tables.weight(
        "birth", age + int(years)
    )


def _each_once(wanted: float, weights: npt.NDArray[np.float64]) -> float:
    """The hazard under which so many of these die, where nobody dies twice: of the very old few are left in the end."""
    hazard = _each(wanted, float(weights.sum()))
    for _ in range(ROUNDS):
        dead = float((1 - np.exp(-hazard * weights)).sum())
        hazard *= wanted / dead if dead else 1
    return hazard


def _each(wanted: float, weights: float) -> float:
    return wanted / weights if weights else 0.0
