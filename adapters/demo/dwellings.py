"""What made-up households own and live in: one latent wealth (0 to 1) holds their answers together."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

from msgspec.structs import replace

from domain.questionnaire.answers import MARLA_PER_ACRE, Answers, Dwelling
from domain.questionnaire.codes import (
    Asset,
    DrinkingWater,
    Electricity,
    Floor,
    Fuel,
    Lighting,
    Livestock,
    Occupancy,
    Roof,
    Structure,
    Toilet,
    Walls,
)

ThingT = TypeVar("ThingT")

_OWNED_FROM: Mapping[Asset, float] = {
    Asset.MOBILE_PHONE: 0.05,
    Asset.FAN: 0.12,
    Asset.BICYCLE: 0.3,
    Asset.SEWING_MACHINE: 0.35,
    Asset.TELEVISION: 0.38,
    Asset.IRON: 0.4,
    Asset.SOLAR_PANEL: 0.5,
    Asset.REFRIGERATOR: 0.52,
    Asset.WASHING_MACHINE: 0.58,
    Asset.MOTORCYCLE: 0.56,
    Asset.AIR_COOLER: 0.72,
    Asset.FREEZER: 0.9,
    Asset.COMPUTER: 0.86,
    Asset.AIR_CONDITIONER: 0.9,
    Asset.CAR: 0.92,
    Asset.TRACTOR: 0.97,
    Asset.OTHER_VEHICLE: 0.99,
}
"""Around this wealth half of the households own one. Ours: made so that the Pakistan card's scores spread widely."""

_LUCK = 0.12
_ANIMALS_MAX = {Livestock.BUFFALO: 4, Livestock.COW: 4, Livestock.GOAT: 9, Livestock.POULTRY: 20}
_LANDOWNERS = 0.35
_ACRES_MAX = 12
_CHANGES_IN_YEARS = 0.12
_LOST_IN_A_FLOOD = 0.75
_WASHED_AWAY = 0.6


def chance(rng: Random, share: float) -> bool:
    """Whether something happens that happens to this share."""
    return rng.random() < share


def answers(rng: Random, wealth: float, *, urban: bool) -> Answers:
    """What a household of this wealth says of itself."""
    dwelling = _dwelling(rng, wealth, urban=urban)
    assets = {asset: _number(rng, wealth, level) for asset, level in _OWNED_FROM.items()}
    livestock = dict.fromkeys(_ANIMALS_MAX, 0)
    if not urban and chance(rng, 0.6):
        livestock = {kind: rng.randint(0, round(1 + most * wealth)) for kind, most in _ANIMALS_MAX.items()}
    land = 0
    if not urban and chance(rng, _LANDOWNERS + wealth / 4):
        land = round(MARLA_PER_ACRE * _ACRES_MAX * wealth * rng.random()) + 10
    return Answers(
        dwelling,
        assets,
        livestock,
        owns_livestock=any(livestock.values()),
        owns_land=land > 0,
        land_owned_marla=land,
        land_rented_in_marla=0,
        land_irrigated=chance(rng, 0.7) if land else None,
    )


def some_years_later(rng: Random, before: Answers, wealth: float) -> Answers:
    """The same household asked again: something was bought, something broke."""
    assets = dict(before.assets)
    for asset, level in _OWNED_FROM.items():
        if chance(rng, _CHANGES_IN_YEARS):
            assets[asset] = _number(rng, wealth, level)
    return replace(before, assets=assets)


def after_the_flood(rng: Random, before: Answers) -> Answers:
    """What the water left: few goods and animals, a damaged house, no clean water near."""
    assets = {
        asset: 0 if asset is not Asset.MOBILE_PHONE and chance(rng, _LOST_IN_A_FLOOD) else number
        for asset, number in before.assets.items()
    }
    animals = {kind: number - round(number * rng.uniform(_WASHED_AWAY, 1)) for kind, number in before.livestock.items()}
    dwelling = before.dwelling
    if chance(rng, _LOST_IN_A_FLOOD):
        dwelling = replace(
            dwelling,
            structure=Structure.KACHA,
            rooms=max(1, (dwelling.rooms or 1) - 1),
            drinking_water=_pick(rng, (DrinkingWater.POND_CANAL_OR_RIVER, DrinkingWater.TANKER)),
            toilet=Toilet.NONE,
            toilet_shared=None,
        )
    return replace(before, dwelling=dwelling, assets=assets, livestock=animals, owns_livestock=any(animals.values()))


def _dwelling(rng: Random, wealth: float, *, urban: bool) -> Dwelling:
    level = min(0.999, max(0.0, wealth + rng.uniform(-_LUCK, _LUCK)))
    electric = level > 0.15 or urban  # noqa: PLR2004 - the poorest villages have no line
    water = (
        DrinkingWater.POND_CANAL_OR_RIVER,
        DrinkingWater.HAND_PUMP,
        DrinkingWater.HAND_PUMP,
        DrinkingWater.MOTORIZED_PUMP_OR_TUBE_WELL,
        DrinkingWater.MOTORIZED_PUMP_OR_TUBE_WELL,
        DrinkingWater.FILTRATION_PLANT,
    )
    piped = urban and chance(rng, 0.7)
    toilets = (Toilet.NONE, Toilet.DRY_PIT_LATRINE, Toilet.FLUSH_OPEN_DRAIN, Toilet.FLUSH_PIT_OR_SEPTIC)
    toilet = _graded(toilets, level) if not urban else Toilet.FLUSH_PUBLIC_SEWERAGE
    return Dwelling(
        structure=_graded((Structure.KACHA, Structure.SEMI_PACCA, Structure.PACCA), level),
        occupancy=_pick(
            rng, (Occupancy.OWNED, Occupancy.OWNED, Occupancy.OWNED, Occupancy.RENTED, Occupancy.RENT_FREE)
        ),
        rooms=1 + round(4 * level * rng.random()),
        floor=_graded((Floor.EARTH, Floor.EARTH, Floor.BRICK, Floor.CEMENT, Floor.TILES), level),
        roof=_graded((Roof.THATCH, Roof.WOOD_OR_BAMBOO, Roof.METAL_OR_GIRDERS, Roof.CONCRETE), level),
        walls=_graded((Walls.RAW_BRICK_OR_MUD, Walls.RAW_BRICK_OR_MUD, Walls.BURNT_BRICK_OR_BLOCK), level),
        cooking_fuel=Fuel.PIPED_GAS
        if urban
        else _graded((Fuel.DUNG_CAKE, Fuel.FIREWOOD, Fuel.FIREWOOD, Fuel.LPG), level),
        lighting=Lighting.ELECTRICITY if electric else _pick(rng, (Lighting.SOLAR, Lighting.KEROSENE)),
        electricity=_graded((Electricity.EXTENDED, Electricity.METERED), level) if electric else Electricity.NONE,
        drinking_water=DrinkingWater.PIPED if piped else _graded(water, level),
        toilet=toilet,
        toilet_shared=None if toilet is Toilet.NONE else chance(rng, 0.2),
    )


def _number(rng: Random, wealth: float, level: float) -> int:
    if wealth + rng.uniform(-_LUCK, _LUCK) < level:
        return 0
    return 1 if chance(rng, 0.8) else 2


def _graded(worst_first: Sequence[ThingT], level: float) -> ThingT:
    return worst_first[int(level * len(worst_first))]


def _pick(rng: Random, things: Sequence[ThingT]) -> ThingT:
    return things[rng.randrange(len(things))]
