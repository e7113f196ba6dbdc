"""Where the made-up households live: real tehsils, with a rough position and how many of every hundred live there."""

from random import Random

import msgspec

from domain.questionnaire.answers import Place
from domain.questionnaire.capture import GeoPoint
from domain.questionnaire.codes import Settlement

FLOODED = ("PK703", "PK713", "PK71102")
"""Dadu and Larkana districts and Gambat tehsil in Khairpur: all in districts of Sindh that were notified as hit by
calamity on 21 August 2022 (arynews.tv, "Sindh govt declares 23 districts calamity-hit"). The flood here is made up."""

COUNCILS_MAX = 12
DEVICE_STRAYS_MICRODEGREES = 60_000
"""A few kilometres around the middle of a tehsil."""
ACCURACY_M = (4, 40)


class Tehsil(msgspec.Struct, frozen=True):
    """A tehsil by its P-code, the middle of it in degrees (OCHA COD-AB 2022), its weight and its urban share."""

    code: str
    latitude: float
    longitude: float
    weight: int
    urban: float = 0.2


TEHSILS = (
    Tehsil("PK70301", 26.80, 67.78, 6),
    Tehsil("PK70302", 26.53, 67.39, 5, 0.1),
    Tehsil("PK70304", 27.19, 67.79, 5),
    Tehsil("PK71303", 27.58, 68.22, 5, 0.6),
    Tehsil("PK71302", 27.26, 68.08, 4),
    Tehsil("PK71102", 27.46, 68.39, 4),
    Tehsil("PK71103", 27.51, 68.72, 6, 0.3),
    Tehsil("PK70101", 24.50, 68.91, 6),
    Tehsil("PK70102", 25.14, 68.82, 5),
    Tehsil("PK62901", 29.56, 70.38, 6),
    Tehsil("PK62902", 29.15, 70.25, 6),
    Tehsil("PK61702", 31.47, 74.23, 9, 1.0),
    Tehsil("PK60803", 31.39, 72.93, 8, 0.5),
    Tehsil("PK50601", 34.16, 71.80, 6),
    Tehsil("PK53201", 34.72, 72.41, 5, 0.3),
    Tehsil("PK52801", 34.01, 71.58, 4, 1.0),
    Tehsil("PK22202", 28.63, 68.11, 6, 0.1),
    Tehsil("PK22602", 30.11, 67.15, 4, 0.9),
)
BY_CODE = {tehsil.code: tehsil for tehsil in TEHSILS}


def some_tehsil(rng: Random) -> Tehsil:
    """One of the tehsils, by weight."""
    return rng.choices(TEHSILS, [tehsil.weight for tehsil in TEHSILS])[0]


def some_place(rng: Random, tehsil: Tehsil) -> Place:
    """A union council of this tehsil; the councils' numbers are made up."""
    settlement = Settlement.URBAN if rng.random() < tehsil.urban else Settlement.RURAL
    return Place(tehsil.code, f"Union Council {rng.randint(1, COUNCILS_MAX)}", settlement)


def some_position(rng: Random, code: str) -> GeoPoint:
    """What a device in this tehsil would say."""
    tehsil = BY_CODE[code]
    stray = DEVICE_STRAYS_MICRODEGREES
    return GeoPoint(
        round(tehsil.latitude * 1_000_000) + rng.randint(-stray, stray),
        round(tehsil.longitude * 1_000_000) + rng.randint(-stray, stray),
        rng.randint(*ACCURACY_M),
    )


def is_flooded(place: Place) -> bool:
    """Whether the made-up flood strikes this place."""
    return any(place.is_within(code) for code in FLOODED)
