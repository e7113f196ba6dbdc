"""What is asked of every household: its dwelling, goods, animals and land. Wealth holds the answers together."""

from typing import Any

import msgspec
import numpy as np

from adapters.population.arrays import Array, Dice, choose_by, lowest, normal_quantile, rank_of
from adapters.population.calibration import REGIONS, Calibration
from adapters.population.frame import Frame
from adapters.population.schema import ASSETS, LIVESTOCK
from adapters.population.sizes import Places
from domain.checks.limits import ANIMALS_MAX
from domain.questionnaire.answers import MARLA_PER_ACRE
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
    Settlement,
    Structure,
    Toilet,
    Walls,
)

ACRES_MAX = 150.0
"""Largest holding that is made; the checks ask about more than 200 acres."""
_COMFORT_VARIANCE = 1.08
_GOODS_WITH_ELECTRICITY_MOST = 0.97
_BALOCHISTAN = REGIONS.index("Balochistan")
_MOUNTAINS = tuple(map(REGIONS.index, ("Azad Jammu & Kashmir", "Gilgit Baltistan", "Khyber Pakhtunkhwa")))

SAFE_WATER = (
    DrinkingWater.PIPED,
    DrinkingWater.PUBLIC_TAP,
    DrinkingWater.HAND_PUMP,
    DrinkingWater.MOTORIZED_PUMP_OR_TUBE_WELL,
    DrinkingWater.COVERED_OR_CLOSED_WELL,
)
"""The report's safe water: from a tap or a covered well, which a pump stands on."""
UNSAFE_WATER = (
    DrinkingWater.OPEN_WELL,
    DrinkingWater.UNPROTECTED_SPRING,
    DrinkingWater.POND_CANAL_OR_RIVER,
    DrinkingWater.RAIN,
    DrinkingWater.KAREZ,
)
FORMAL_LATRINES = (Toilet.FLUSH_PUBLIC_SEWERAGE, Toilet.FLUSH_PIT_OR_SEPTIC, Toilet.FLUSH_OPEN_DRAIN)
INFORMAL_LATRINES = (Toilet.DRY_PIT_LATRINE, Toilet.DRY_RAISED_LATRINE, Toilet.COMPOSTING, Toilet.BUCKET)

_URBAN_WATER = (0.52, 0.08, 0.14, 0.24, 0.02)
_RURAL_WATER = (0.17, 0.06, 0.44, 0.28, 0.05)
_MOUNTAIN_WATER = (0.48, 0.16, 0.12, 0.14, 0.10)
_PLAINS_UNSAFE = (0.34, 0.02, 0.52, 0.12, 0.00)
_MOUNTAIN_UNSAFE = (0.22, 0.50, 0.24, 0.04, 0.00)
_BALOCHISTAN_UNSAFE = (0.36, 0.06, 0.32, 0.10, 0.16)
_URBAN_LATRINES = (0.70, 0.22, 0.08)
_RURAL_LATRINES = (0.12, 0.62, 0.26)
"""Sources and toilets inside the report's groups (assumption; PSLM has the shares)."""


class Dwellings(msgspec.Struct, frozen=True):
    """What each household answers, by the name of its column: numbers of the questionnaire's codes, counts, flags."""

    columns: dict[str, Array]
    flags: dict[str, Array]  # what the report counts
    assets: dict[Asset, Array]
    livestock: dict[Livestock, Array]


def furnish(frame: Frame, places: Places, dice: Dice) -> Dwellings:
    """Let every household of a part answer for itself."""
    flags = _counted(frame, places, dice)
    columns = {"settlement": np.where(places.urban, Settlement.URBAN, Settlement.RURAL)}
    columns |= _building(frame.calibration, places, flags["kacha"], dice)
    columns |= _services(places, flags, dice)
    livestock = _animals(frame.calibration.assumptions["livestock"], flags["livestock"], dice)
    columns["owns_livestock"] = flags["livestock"]
    columns |= _land(frame.calibration.assumptions["land"], places, dice)
    goods = _goods(frame.calibration.assumptions["assets"], places, flags["electricity"], dice)
    return Dwellings(columns, flags, goods, livestock)


def _counted(frame: Frame, places: Places, dice: Dice) -> dict[str, Array]:
    """What the report counts, in exactly as many households of every district as are to have it."""
    comfort, number, stretch = places.comfort, len(places), places.stretch

    def those(measure: str, latent: Array) -> Array:
        return lowest(latent.astype(np.float32), places.district, frame.quotas_of(stretch, measure))

    toilet = 0.55 * comfort + 0.82 * dice.normal(number)
    openly = those("open_defecation", toilet)
    with_open = frame.quotas_of(stretch, "open_defecation") + frame.quotas_of(stretch, "formal_latrine")
    formal_quota = np.minimum(with_open, stretch.counts) - frame.quotas_of(stretch, "open_defecation")
    without = np.where(openly, np.float32(3.99), -toilet.clip(-3, 3))
    formal = lowest(without.astype(np.float32), places.district, formal_quota)
    return {
        "kacha": those("kacha", 0.60 * comfort + 0.80 * dice.normal(number)),
        "safe_water": those("safe_water", 0.95 * dice.normal(number) - 0.25 * comfort),
        "electricity": those("electricity", 0.88 * dice.normal(number) - 0.45 * comfort),
        "open_defecation": openly,
        "formal_latrine": formal,
        "livestock": those("livestock", 0.15 * comfort + np.where(places.urban, 1.2, -0.2) + 0.9 * dice.normal(number)),
    }


def _codes(kinds: tuple[Any, ...], ranks: Array, shares: tuple[float, ...]) -> Array:
    """Codes of a list by ranks of [0, 1): the lowest ranks get the first."""
    return np.array(kinds, np.int8)[choose_by(ranks.astype(np.float32), shares)]


def _mixed(comfort: Array, dice: Dice, weight: float = 0.6) -> Array:
    """Ranks of [0, 1) that rise with comfort, and not only with it."""
    own = np.sqrt(1 - weight**2) * dice.normal(len(comfort))
    return rank_of(weight * comfort + own).clip(0, 0.999999)


def _building(calibration: Calibration, places: Places, kacha: Array, dice: Dice) -> dict[str, Array]:
    comfort = places.comfort
    walls = np.where(
        kacha,
        _codes((Walls.WOOD_OR_BAMBOO, Walls.RAW_BRICK_OR_MUD, Walls.STONE), _mixed(comfort, dice), (0.08, 0.82, 0.10)),
        _codes((Walls.STONE, Walls.BURNT_BRICK_OR_BLOCK), _mixed(comfort, dice), (0.07, 0.93)),
    )
    roof = np.where(
        kacha,
        _codes(
            (Roof.THATCH, Roof.WOOD_OR_BAMBOO, Roof.SHEETS, Roof.METAL_OR_GIRDERS),
            _mixed(comfort, dice),
            (0.16, 0.50, 0.12, 0.22),
        ),
        _codes((Roof.SHEETS, Roof.METAL_OR_GIRDERS, Roof.CONCRETE), _mixed(comfort, dice), (0.08, 0.50, 0.42)),
    )
    floor = np.where(
        kacha,
        _codes((Floor.EARTH, Floor.DUNG, Floor.BRICK, Floor.CEMENT), _mixed(comfort, dice), (0.66, 0.08, 0.12, 0.14)),
        _codes((Floor.EARTH, Floor.BRICK, Floor.CEMENT, Floor.TILES), _mixed(comfort, dice), (0.10, 0.20, 0.50, 0.20)),
    )
    kinds = (Occupancy.OWNED, Occupancy.RENTED, Occupancy.RENT_FREE, Occupancy.RENTED_SUBSIDISED)
    draw = dice.uniform(len(places))
    occupancy = np.where(
        places.urban, _codes(kinds, draw, (0.74, 0.19, 0.06, 0.01)), _codes(kinds, draw, (0.90, 0.02, 0.08, 0.002))
    )
    rooms = (calibration.rooms[places.province, places.size - 1] < _mixed(comfort, dice)[:, None]).sum(axis=1) + 1
    return {
        "structure": np.where(kacha, Structure.KACHA, Structure.PACCA),
        "occupancy": occupancy,
        "rooms": rooms,
        "floor": floor,
        "roof": roof,
        "walls": walls,
    }


def _services(places: Places, flags: dict[str, Array], dice: Dice) -> dict[str, Array]:
    comfort, urban = places.comfort, places.urban
    connected = flags["electricity"]
    electricity = np.where(
        connected,
        _codes((Electricity.EXTENDED, Electricity.METERED), _mixed(comfort, dice, 0.4), (0.10, 0.90)),
        Electricity.NONE,
    )
    dark = _codes(
        (Lighting.FIREWOOD, Lighting.CANDLE, Lighting.KEROSENE, Lighting.GAS, Lighting.SOLAR),
        _mixed(comfort, dice, 0.4),
        (0.08, 0.08, 0.30, 0.04, 0.50),
    )
    lit = dice.uniform(len(places)) < 0.985  # noqa: PLR2004
    fuels = (Fuel.CROP_RESIDUE, Fuel.DUNG_CAKE, Fuel.FIREWOOD, Fuel.LPG, Fuel.PIPED_GAS)
    rank = _mixed(comfort, dice)
    toilet, shared = _toilets(urban, flags, dice)
    return {
        "electricity": electricity,
        "lighting": np.where(connected & lit, Lighting.ELECTRICITY, dark),
        "cooking_fuel": np.where(
            urban,
            _codes(fuels, rank, (0.02, 0.05, 0.20, 0.10, 0.63)),
            _codes(fuels, rank, (0.09, 0.17, 0.58, 0.08, 0.08)),
        ),
        "drinking_water": _water(places, flags["safe_water"], dice),
        "toilet": toilet,
        "toilet_shared": shared,
    }


def _water(places: Places, safe: Array, dice: Dice) -> Array:
    draw = dice.uniform(len(places))
    in_mountains = np.isin(places.region, _MOUNTAINS)
    good = np.select(
        [places.urban, in_mountains],
        [_codes(SAFE_WATER, draw, _URBAN_WATER), _codes(SAFE_WATER, draw, _MOUNTAIN_WATER)],
        _codes(SAFE_WATER, draw, _RURAL_WATER),
    )
    bad = np.select(
        [places.region == _BALOCHISTAN, in_mountains],
        [_codes(UNSAFE_WATER, draw, _BALOCHISTAN_UNSAFE), _codes(UNSAFE_WATER, draw, _MOUNTAIN_UNSAFE)],
        _codes(UNSAFE_WATER, draw, _PLAINS_UNSAFE),
    )
    return np.where(safe, good, bad)


def _toilets(urban: Array, flags: dict[str, Array], dice: Dice) -> tuple[Array, Array]:
    draw = dice.uniform(len(urban))
    formal = np.where(
        urban, _codes(FORMAL_LATRINES, draw, _URBAN_LATRINES), _codes(FORMAL_LATRINES, draw, _RURAL_LATRINES)
    )
    informal = _codes(INFORMAL_LATRINES, draw, (0.60, 0.33, 0.02, 0.05))
    toilet = np.select([flags["open_defecation"], flags["formal_latrine"]], [Toilet.NONE, formal], informal)
    shared = dice.uniform(len(urban)) < np.where(flags["formal_latrine"], 0.07, 0.16)
    return toilet, shared & ~flags["open_defecation"]


def _goods(assumed: dict[str, Any], places: Places, electricity: Array, dice: Dice) -> dict[Asset, Array]:
    """Goods by a threshold on wealth and chance, set so that the nation owns the assumed share of each."""
    goods = {}
    rural = ~places.urban
    for asset in ASSETS:
        rule = assumed[asset.word]
        slope, share = rule["slope"], rule["share"]
        of_whom = NATION_WITH_ELECTRICITY if rule.get("electric") else NATION_RURAL if rule.get("rural") else 1.0
        needed = -normal_quantile(min(share / of_whom, _GOODS_WITH_ELECTRICITY_MOST))
        has = slope * places.comfort + dice.normal(len(places)) > needed * np.sqrt(1 + _COMFORT_VARIANCE * slope**2)
        if rule.get("electric"):
            has &= electricity
        if rule.get("rural"):
            has &= rural
        goods[asset] = has.astype(np.int8)
    several = goods[Asset.MOBILE_PHONE] * (1 + (dice.normal(len(places)) + places.comfort > 0) + (places.size > 6))  # noqa: PLR2004
    goods[Asset.MOBILE_PHONE] = several.astype(np.int8)
    fans = goods[Asset.FAN] * (1 + (dice.normal(len(places)) + places.comfort > 0) * 2)
    goods[Asset.FAN] = fans.astype(np.int8)
    return goods


NATION_WITH_ELECTRICITY = 0.74
"""Annual report FY 2022-23, table 8."""
NATION_RURAL = 0.62
"""Census 2023."""


def _animals(assumed: dict[str, Any], keeps: Array, dice: Dice) -> dict[Livestock, Array]:
    """Animals of those who keep any; whoever would have none of all kinds has goats."""
    animals = {}
    total = np.zeros(len(keeps), np.int64)
    for kind in LIVESTOCK:
        rule = assumed[kind.word]
        some = keeps & (dice.uniform(len(keeps)) < rule["share"])
        number = np.where(some, 1 + dice.poisson(rule["more"], len(keeps)), 0)
        animals[kind] = np.minimum(number, ANIMALS_MAX).astype(np.int8)
        total += number
    animals[Livestock.GOAT] = np.where(keeps & (total == 0), 2, animals[Livestock.GOAT]).astype(np.int8)
    return animals


def _land(assumed: dict[str, Any], places: Places, dice: Dice) -> dict[str, Array]:
    number = len(places)
    owns = dice.uniform(number) < np.where(places.urban, assumed["urban"], assumed["rural"])
    logarithm = np.log(assumed["median_acres"]) + assumed["spread"] * dice.normal(number) + 0.3 * places.wealth
    marla = np.maximum(np.rint(np.minimum(np.exp(logarithm), ACRES_MAX) * MARLA_PER_ACRE), 1)
    rents = ~places.urban & (dice.uniform(number) < assumed["rented_in"])
    acres_rented = 1 + dice.poisson(2.5, number)
    return {
        "owns_land": owns,
        "land_owned_marla": np.where(owns, marla, 0),
        "land_rented_in_marla": np.where(rents, acres_rented * MARLA_PER_ACRE, 0),
        "land_irrigated": dice.uniform(number) < assumed["irrigated"],
    }
