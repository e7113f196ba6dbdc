"""The two tables of a generated population, column by column: what is written, and what whoever reads it may rely on.

A column is named as the field of the submission that it fills, and holds code words as the questionnaire writes them.
Fields that hold several words at once (`disabilities`, `chronic_diseases`) hold them in one text, parted by a space.
"""

import pyarrow as pa

from domain.code import Code
from domain.questionnaire.codes import Asset, Livestock

FORMAT = "gharana-population/1"

FAMILIES_MAX = 4
"""Most families of the citizen register that one household is given; further couples belong to the head's family."""

ASSETS = (
    Asset.RADIO,
    Asset.TELEVISION,
    Asset.REFRIGERATOR,
    Asset.FREEZER,
    Asset.WASHING_MACHINE,
    Asset.AIR_CONDITIONER,
    Asset.AIR_COOLER,
    Asset.FAN,
    Asset.COOKING_STOVE,
    Asset.COOKING_RANGE,
    Asset.MICROWAVE,
    Asset.SEWING_MACHINE,
    Asset.IRON,
    Asset.WATER_PUMP,
    Asset.UPS,
    Asset.GENERATOR,
    Asset.SOLAR_PANEL,
    Asset.HEATER,
    Asset.GEYSER,
    Asset.BICYCLE,
    Asset.MOTORCYCLE,
    Asset.RICKSHAW,
    Asset.CAR,
    Asset.OTHER_VEHICLE,
    Asset.TRACTOR,
    Asset.ANIMAL_CART,
    Asset.INTERNET,
    Asset.MOBILE_PHONE,
    Asset.COMPUTER,
)
"""Goods of which every household is asked; of the others nothing is known."""

LIVESTOCK = (
    Livestock.BUFFALO,
    Livestock.COW,
    Livestock.GOAT,
    Livestock.SHEEP,
    Livestock.HORSE_DONKEY_OR_MULE,
    Livestock.CAMEL,
    Livestock.POULTRY,
)

WORDS = pa.dictionary(pa.int8(), pa.string())
"""Code words of a short list."""
TEXTS = pa.dictionary(pa.int16(), pa.string())
"""Texts of which many households share each."""


def asset_column(asset: Asset) -> str:
    """The column that says how many a household owns, such as `asset_television`."""
    return f"asset_{asset.word}"


def livestock_column(kind: Livestock) -> str:
    """The column that says how many animals of a kind a household owns, such as `livestock_goat`."""
    return f"livestock_{kind.word}"


def _must(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


HOUSEHOLDS = pa.schema(
    [
        _must("household_key", pa.int64()),  # 1, 2, 3 ... over all parts
        _must("on", pa.date32()),  # day of the first survey
        _must("operator", TEXTS),
        _must("centre", TEXTS),
        _must("tehsil", TEXTS),  # P-code
        _must("settlement", WORDS),
        _must("union_council", TEXTS),  # a made-up name
        pa.field("phones", pa.string()),  # one number, of a prefix that no operator has
        pa.field("house", pa.int16()),
        pa.field("street", TEXTS),
        pa.field("village", TEXTS),
        _must("size", pa.int8()),  # people on the roster
        _must("wealth", pa.float32()),  # the latent factor behind the answers; nobody is asked, nothing is imported
        _must("families", pa.int8()),
        *(pa.field(f"family_{number}_kind", WORDS) for number in range(1, FAMILIES_MAX + 1)),
        *(pa.field(f"family_{number}_recipient_line", pa.int8()) for number in range(1, FAMILIES_MAX + 1)),
        _must("structure", WORDS),
        _must("occupancy", WORDS),
        _must("rooms", pa.int8()),
        _must("floor", WORDS),
        _must("roof", WORDS),
        _must("walls", WORDS),
        _must("cooking_fuel", WORDS),
        _must("lighting", WORDS),
        _must("electricity", WORDS),
        _must("drinking_water", WORDS),
        _must("toilet", WORDS),
        pa.field("toilet_shared", pa.bool_()),  # nothing where there is no toilet
        *(_must(asset_column(asset), pa.int8()) for asset in ASSETS),
        _must("owns_livestock", pa.bool_()),
        *(_must(livestock_column(kind), pa.int8()) for kind in LIVESTOCK),
        _must("owns_land", pa.bool_()),
        _must("land_owned_marla", pa.int32()),
        _must("land_rented_in_marla", pa.int32()),
        pa.field("land_irrigated", pa.bool_()),  # nothing where there is no land
    ]
)
"""One row a household, in the order of `household_key`."""

PEOPLE = pa.schema(
    [
        _must("household_key", pa.int64()),
        _must("line", pa.int8()),  # from 1
        _must("relation", WORDS),
        _must("sex", WORDS),
        pa.field("cnic", pa.string()),  # 13 digits, the first a 9; nothing for young children without a B-form
        _must("name", pa.string()),
        pa.field("father_or_husband", pa.string()),
        _must("age", pa.int8()),
        pa.field("born", pa.dictionary(pa.int32(), pa.string())),  # YYYY-MM-DD, 00 where unknown
        _must("marital_status", WORDS),
        _must("family", pa.int8()),
        pa.field("spouse_line", pa.int8()),
        pa.field("mother_line", pa.int8()),
        pa.field("father_line", pa.int8()),
        pa.field("literate", pa.bool_()),  # from age 10
        pa.field("school", WORDS),  # at ages 4 to 18
        pa.field("highest_class", pa.int8()),  # from age 5
        pa.field("school_type", WORDS),  # of those who attend
        pa.field("disabilities", WORDS),  # words parted by a space; nothing where there is none
        _must("disability_certified", pa.bool_()),
        pa.field("chronic_diseases", WORDS),  # words parted by a space; nothing where there is none
        pa.field("employment", WORDS),  # at ages 14 to 60; not_seeking_work is outside the workforce
        pa.field("employment_nature", WORDS),  # of the employed
        pa.field("occupation", WORDS),  # of the employed
        pa.field("pregnant_or_lactating", pa.bool_()),  # of women of 15 to 49
    ]
)
"""One row a person, households in the order of the other table, lines in order; same part number as the household."""


def words(kind: type[Code]) -> list[str]:
    """The words of a code list in the order of its numbers: word `n - 1` is that of code `n`."""
    return [code.word for code in sorted(kind)]
