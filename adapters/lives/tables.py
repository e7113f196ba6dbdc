"""The tables that lives follow: rates, weights by age, the survey calendar, the districts of the floods of 2022.

They lie in data/lives, each line with its basis: source, derived or assumption. Nothing here is a constant of the code.
"""

import csv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from adapters.faults import Refused
from adapters.home import DATA

TABLES = DATA / "lives"
BASES = ("source", "derived", "assumption")
RATES = (
    "births", "infant_deaths", "deaths", "first_marriages", "divorces_and_separations", "divorced",
    "moves_between_districts", "moves_inside_the_district", "contact_changes", "address_only", "disabilities",
    "certified", "missed_out", "recertified_in_the_wave", "recertifications", "cyclic_updates", "flood_resurveys",
    "days_until_told", "days_until_enrolled", "days_until_reviewed", "told_late", "days_late_max", "goods_gained",
    "goods_lost", "school_begun", "school_left", "work_begun",
)  # fmt: skip
PERIODS = ("pilot", "roll_out", "frozen", "dynamic", "flood_resurveys", "recertification_wave")
WEIGHTED = ("death", "birth", "bride", "groom")

RowT = TypeVar("RowT")


class Rate(msgspec.Struct, frozen=True):
    """How often something happens, of each what, on what ground that is said, and what would be better ground."""

    rate: str
    of_each: str
    value: float
    basis: str
    note: str
    better: str


class Weight(msgspec.Struct, frozen=True):
    """How likely something is between two ages, both included, beside other ages."""

    what: str
    from_age: int
    to_age: int
    weight: float
    basis: str
    note: str


class Period(msgspec.Struct, frozen=True):
    """A period of the survey calendar, first and last day included."""

    period: str
    first_day: date
    last_day: date
    households: int | None
    basis: str
    note: str


class Flooded(msgspec.Struct, frozen=True):
    """A district that was notified as hit by the floods of 2022, by name, and under which shock it is declared."""

    shock: str
    place: str
    district: str
    status: str
    declared_on: date
    source: str


class Tables(msgspec.Struct, frozen=True):
    """All of them. `rates` and `calendar` by name, `weights` by what they weigh, then by age."""

    rates: dict[str, float]
    weights: dict[str, tuple[float, ...]]
    calendar: dict[str, Period]
    flooded: tuple[Flooded, ...]

    def weight(self, what: str, age: int) -> float:
        """The weight of an age; none beyond the table."""
        by_age = self.weights[what]
        return by_age[age] if 0 <= age < len(by_age) else 0.0

    @property
    def begins(self) -> date:
        """The first day on which anything but a survey can be recorded."""
        return self.calendar["dynamic"].first_day

    @property
    def ends(self) -> date:
        """The last day that is lived."""
        return self.calendar["dynamic"].last_day


def load_tables(folder: Path = TABLES) -> Tables:
    """Read all tables. Raises Refused, naming file, line and what is wrong."""
    rates = {row.rate: row.value for row in load_rates(folder)}
    calendar = {row.period: row for row in _rows(folder / "calendar.csv", Period)}
    weights = list(_rows(folder / "ages.csv", Weight))
    _complete(folder / "rates.csv", rates.keys(), RATES)
    _complete(folder / "calendar.csv", calendar.keys(), PERIODS)
    _complete(folder / "ages.csv", {row.what for row in weights}, WEIGHTED)
    flooded = load_flooded(folder / "floods_2022.csv")
    return Tables(rates, {what: _by_age(weights, what) for what in WEIGHTED}, calendar, flooded)


def load_flooded(path: Path) -> tuple[Flooded, ...]:
    """The districts that were notified, by name. Raises Refused."""
    return tuple(_rows(path, Flooded))


def load_rates(folder: Path = TABLES) -> list[Rate]:
    """The rates with their grounds. Raises Refused."""
    return list(_rows(folder / "rates.csv", Rate))


def _rows(path: Path, kind: type[RowT]) -> Iterator[RowT]:
    """Every line of a table as a row of this kind."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                yield _row({name: text or None for name, text in row.items()}, kind, where)
    except OSError as failure:
        raise Refused(f"{path}: the table cannot be read ({failure.strerror}): put the file back.") from failure
    except (csv.Error, UnicodeDecodeError) as failure:
        raise Refused(f"{path}: not a CSV file in UTF-8 ({failure}): save it as comma-separated text.") from failure


def _row(texts: dict[str, str | None], kind: type[RowT], where: str) -> RowT:
    texts = {name: text if text is not None or name == "households" else "" for name, text in texts.items()}
    try:
        row = msgspec.convert(texts, kind, strict=False)
    except msgspec.ValidationError as failure:
        raise Refused(f"{where}: {failure}: correct the line.") from failure
    basis = getattr(row, "basis", BASES[0])
    if basis not in BASES:
        raise Refused(f"{where}: basis {basis!r} is none of {', '.join(BASES)}: say on what ground the figure stands.")
    for field, is_wrong in _WRONG.items():
        if (value := getattr(row, field, None)) is not None and is_wrong(value):
            raise Refused(f"{where}: {field} is {value}, and cannot be below 0: correct the line.")
    return row


_WRONG: dict[str, Callable[[float], bool]] = dict.fromkeys(("value", "weight", "from_age"), lambda value: value < 0)


def _complete(path: Path, found: object, wanted: tuple[str, ...]) -> None:
    assert hasattr(found, "__iter__"), "names"
    if missing := set(wanted) - set(found):
        raise Refused(f"{path}: {', '.join(sorted(missing))} is missing: write a line for each.")
    if unknown := set(found) - set(wanted):
        raise Refused(f"{path}: {', '.join(sorted(unknown))} is followed by nothing: known are {', '.join(wanted)}.")


def _by_age(rows: list[Weight], what: str) -> tuple[float, ...]:
    mine = [row for row in rows if row.what == what]
    by_age = [0.0] * (max(row.to_age for row in mine) + 1)
    for row in mine:
        for age in range(row.from_age, row.to_age + 1):
            by_age[age] = row.weight
    return tuple(by_age)
