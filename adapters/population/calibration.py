"""What the generator is calibrated to: the report's tables, the census and our assumptions, as arrays.

Files and sources: data/population/README.md. The order of districts is that of their P-codes, everywhere.
"""

import csv
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from adapters.faults import Refused
from adapters.home import DATA
from adapters.population.arrays import Array
from domain.questionnaire.codes import Relation

FOLDER = DATA / "population"

REGIONS = (
    "Azad Jammu & Kashmir",
    "Balochistan",
    "Gilgit Baltistan",
    "Islamabad",
    "Khyber Pakhtunkhwa",
    "Punjab",
    "Sindh",
)
"""As the report writes them, in the order of their P-codes PK1 to PK7."""
PROVINCES = ("BALOCHISTAN", "ISLAMABAD", "KP", "PUNJAB", "SINDH")
PROVINCE_OF_REGION = np.array((3, 0, 2, 1, 2, 3, 4))
"""Whose census mix a region has. Census tables leave out AJK and GB: Punjab's and KP's are borrowed (assumption)."""

RELATIONS = (
    Relation.HEAD,
    Relation.SPOUSE,
    Relation.CHILD,
    Relation.GRANDCHILD,
    Relation.SIBLING,
    Relation.CHILD_IN_LAW,
    Relation.NEPHEW_OR_NIECE,
    Relation.PARENT,
    Relation.SIBLING_IN_LAW,
    Relation.OTHER_RELATIVE,
)
"""Relations that are generated, by the index that the arrays of a part hold."""
HEAD, SPOUSE, CHILD, GRANDCHILD, SIBLING, CHILD_IN_LAW, NEPHEW, PARENT, SIBLING_IN_LAW, OTHER = range(len(RELATIONS))

SEXES = ("male", "female", "trans")
MALE, FEMALE, TRANS = range(3)

SIZE_MAX = 16
"""Largest household that is made; the census's "ten and more" is drawn out to here."""
_TAIL = 0.72 ** np.arange(SIZE_MAX - 9)
"""How households of ten and more thin out with size (assumption: geometric)."""
AGE_BANDS = 16
AGE_BAND_YEARS = 5
STATUSES = ("never_married", "married", "widowed", "divorced", "separated")
ROOMS_MAX = 9

NATION = "Pakistan"

ReportRow = dict[str, str]


class Calibration(msgspec.Struct, frozen=True):
    """Everything that was read; shares are fractions, arrays over districts stand in the order of `districts`."""

    districts: tuple[str, ...]
    region: Array
    province: Array
    households_2017: Array
    mean_size_2017: Array
    census: dict[str, Array]
    district_of_report: dict[str, int]
    report: tuple[ReportRow, ...]
    tehsils: tuple[str, ...]
    tehsil_district: Array
    tehsil_households: Array
    sizes: Array  # district, size - 1: households of 2017
    rooms: Array  # province, size - 1, rooms - 1: cumulative share
    people: Array  # province, relation, sex, band of age: people of 2023
    marital: Array  # province, sex, band of age, status: people of 2023
    names: dict[str, tuple[str, ...]]
    assumptions: dict[str, Any]

    def printed(self, measure: str, sex: str, tables: tuple[str, ...] = ()) -> dict[tuple[str, str], float]:
        """What the report prints for a measure and a sex, by region and district (empty for a region's own row)."""
        return {
            (row["region"], row["district"]): float(row["value"])
            for row in self.report
            if row["measure"] == measure and row["sex"] == sex and (not tables or row["table"].startswith(tables))
        }

    def by_region(self, measure: str, sex: str = "all") -> Array:
        """The regional figures of a measure; NaN where the report prints none."""
        printed = self.printed(measure, sex)
        return np.array([printed.get((region, ""), np.nan) for region in REGIONS])


@cache
def load_calibration(folder: Path = FOLDER) -> Calibration:
    """Read all files once. Raises Refused, naming file and remedy, where one is missing or damaged."""
    try:
        return _load(folder)
    except OSError as failure:
        raise Refused(f"{failure.filename}: cannot be read ({failure.strerror}): put the file back.") from failure
    except (KeyError, ValueError, UnicodeDecodeError) as failure:
        raise Refused(f"{folder}: a calibration table is damaged ({failure}): put the files back.") from failure


def _load(folder: Path) -> Calibration:
    districts = _rows(folder / "districts.csv")
    codes = tuple(row["district"] for row in districts)
    index = {code: number for number, code in enumerate(codes)}
    region = np.array([int(code[2]) - 1 for code in codes])
    province = PROVINCE_OF_REGION[region]
    tehsils = _rows(folder / "tehsils.csv")
    census = [name for name in districts[0] if name not in ("district", "report_name", "households_2017")]
    return Calibration(
        districts=codes,
        region=region,
        province=province,
        households_2017=_numbers(districts, "households_2017"),
        mean_size_2017=_numbers(districts, "mean_size_2017"),
        census={name: _numbers(districts, name) / 100 for name in census},
        district_of_report={row["report_name"]: index[row["district"]] for row in districts if row["report_name"]},
        report=tuple(_rows(folder / "annual_report_2022_23.csv")),
        tehsils=tuple(row["tehsil"] for row in tehsils),
        tehsil_district=np.array([index[row["tehsil"][:5]] for row in tehsils]),
        tehsil_households=_numbers(tehsils, "households_2017"),
        sizes=_sizes(_rows(folder / "household_sizes.csv"), index, province),
        rooms=_rooms(_rows(folder / "rooms.csv")),
        people=_people(_rows(folder / "relations_and_ages.csv")),
        marital=_marital(_rows(folder / "marital_status.csv")),
        names=_names(_rows(folder / "names.csv")),
        assumptions=tomllib.loads((folder / "assumptions.toml").read_text(encoding="utf-8")),
    )


def _rows(path: Path) -> list[ReportRow]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def _numbers(rows: list[ReportRow], column: str) -> Array:
    return np.array([float(row[column]) if row[column] else np.nan for row in rows])


def _sizes(rows: list[ReportRow], index: dict[str, int], province: Array) -> Array:
    """Households by size; a district of which the census printed none has those of its province together."""
    sizes = np.zeros((len(index), SIZE_MAX))
    for row in rows:
        printed = np.array([float(row[f"size_{size}"]) for size in range(1, 11)])
        sizes[index[row["district"]]] = np.r_[printed[:9], printed[9] * _TAIL / _TAIL.sum()]
    known = sizes.sum(axis=1) > 0
    for number in np.flatnonzero(~known):
        sizes[number] = sizes[(province == province[number]) & known].sum(axis=0)
    return sizes


def _rooms(rows: list[ReportRow]) -> Array:
    rooms = np.zeros((len(PROVINCES), SIZE_MAX, ROOMS_MAX))
    for row in rows:
        counts = [float(row[f"rooms_{number}"]) for number in range(1, ROOMS_MAX + 1)]
        size = int(row["size"])
        rooms[PROVINCES.index(row["province"]), size - 1 : (SIZE_MAX if size == 10 else size)] = counts  # noqa: PLR2004
    running = rooms.cumsum(axis=2)
    return np.asarray(running / running[..., -1:], np.float32)


def _people(rows: list[ReportRow]) -> Array:
    people = np.zeros((len(PROVINCES), len(RELATIONS), 2, AGE_BANDS))
    words = [relation.word for relation in RELATIONS]
    for row in rows:
        counts = [float(row[f"age_{AGE_BAND_YEARS * band}"]) for band in range(AGE_BANDS)]
        people[PROVINCES.index(row["province"]), words.index(row["relation"]), SEXES.index(row["sex"])] = counts
    people[:, (HEAD, SPOUSE), :, :3] = 0  # heads and spouses below 15 are left out
    return people


def _marital(rows: list[ReportRow]) -> Array:
    marital = np.zeros((len(PROVINCES), 2, AGE_BANDS, len(STATUSES)))
    for row in rows:
        place = PROVINCES.index(row["province"]), SEXES.index(row["sex"]), int(row["age"]) // AGE_BAND_YEARS
        marital[place] = [float(row[status]) for status in STATUSES]
    return marital


def _names(rows: list[ReportRow]) -> dict[str, tuple[str, ...]]:
    kinds = dict.fromkeys(row["kind"] for row in rows)
    return {kind: tuple(row["name"] for row in rows if row["kind"] == kind) for kind in kinds}
