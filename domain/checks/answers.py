"""Checks on the household's own answers: rooms, goods, animals, land, and what comes into the dwelling."""

from domain.checks.finding import Finding
from domain.checks.limits import ANIMALS_MAX, GOODS_MAX, LAND_ACRES_LARGE, LAND_ACRES_MAX, ROOMS_LARGE, ROOMS_MAX
from domain.checks.table import finding
from domain.questionnaire.answers import MARLA_PER_ACRE, Answers, Dwelling
from domain.questionnaire.codes import Electricity, Lighting, Toilet

_NO_TOILET, _NO_ELECTRICITY, _ELECTRIC_LIGHT = Toilet.NONE, Electricity.NONE, Lighting.ELECTRICITY
_GOODS_COUNTS = frozenset(range(GOODS_MAX + 1))
_ANIMAL_COUNTS = frozenset(range(ANIMALS_MAX + 1))
_LAND_LARGE_MARLA = LAND_ACRES_LARGE * MARLA_PER_ACRE
_LAND_MAX_MARLA = LAND_ACRES_MAX * MARLA_PER_ACRE


def check_answers(answers: Answers, found: list[Finding]) -> None:
    """Add what contradicts itself in the answers about the household."""
    _check_dwelling(answers.dwelling, found)
    if not _GOODS_COUNTS.issuperset(answers.assets.values()):
        _report_goods(answers, found)
    animals = answers.livestock
    if animals and (answers.owns_livestock is False or not _ANIMAL_COUNTS.issuperset(animals.values())):
        _report_animals(answers, found)
    if answers.land_owned_marla is not None or answers.land_rented_in_marla is not None:
        _check_land(answers, found)


def _check_dwelling(dwelling: Dwelling, found: list[Finding]) -> None:
    rooms = dwelling.rooms
    if rooms is not None and not 1 <= rooms <= ROOMS_LARGE:
        check = "rooms_many" if ROOMS_LARGE < rooms <= ROOMS_MAX else "rooms_impossible"
        found.append(finding(check, f"The dwelling has {rooms} rooms."))
    if dwelling.toilet_shared and dwelling.toilet is _NO_TOILET:
        found.append(finding("toilet_contradicts", "The household has no toilet and shares it with others."))
    if dwelling.lighting is _ELECTRIC_LIGHT and dwelling.electricity is _NO_ELECTRICITY:
        found.append(finding("light_contradicts", "The household has electric light and no electricity."))


def _report_goods(answers: Answers, found: list[Finding]) -> None:
    for kind, number in answers.assets.items():
        if number < 0:
            found.append(finding("count_negative", f"The number of {kind.word} is {number}."))
        elif number > GOODS_MAX:
            found.append(finding("goods_too_many", f"The number of {kind.word} is {number}."))


def _report_animals(answers: Answers, found: list[Finding]) -> None:
    for kind, number in answers.livestock.items():
        if number < 0:
            found.append(finding("count_negative", f"The number of {kind.word} is {number}."))
        elif number > ANIMALS_MAX:
            found.append(finding("animals_too_many", f"The number of {kind.word} is {number}."))
    if answers.owns_livestock is False and any(number > 0 for number in answers.livestock.values()):
        found.append(finding("animals_contradict", "The household owns no animals, yet some are counted."))


def _check_land(answers: Answers, found: list[Finding]) -> None:
    owned, rented = answers.land_owned_marla, answers.land_rented_in_marla
    for area, how in ((owned, "owned"), (rented, "rented in")):
        if area is not None and area < 0:
            found.append(finding("land_negative", f"The land {how} is {area} marla."))
        elif area is not None and area > _LAND_MAX_MARLA:
            found.append(finding("land_too_large", f"The land {how} is {area // MARLA_PER_ACRE} acres."))
    if owned is not None and _LAND_LARGE_MARLA < owned <= _LAND_MAX_MARLA:
        found.append(finding("land_large", f"The land owned is {owned // MARLA_PER_ACRE} acres."))
    if owned is not None and owned > 0 and answers.owns_land is False:
        found.append(finding("land_contradicts", f"The household owns no land, yet {owned} marla are recorded."))
