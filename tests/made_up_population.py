"""A small population of our own making: first surveys as submissions, or as files in parts with their mapping."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.demo.families import make_households
from adapters.demo.people import MadeUp, Numbers, questionnaire
from adapters.submissions.shape import MissedOut
from adapters.surveys.survey import submission_id
from domain.code import Code
from domain.questionnaire.codes import (
    Asset,
    DrinkingWater,
    Electricity,
    EmploymentStatus,
    Floor,
    Fuel,
    Livestock,
    MaritalStatus,
    Occupancy,
    OccupationGroup,
    Relation,
    Roof,
    SchoolStatus,
    Settlement,
    Sex,
    Structure,
    Toilet,
    Walls,
)

SOURCE = "made-up-2019"
ROLL_OUT = date(2019, 7, 1), date(2021, 6, 30)
DWELLING: dict[str, type[Code]] = {
    "structure": Structure, "occupancy": Occupancy, "floor": Floor, "roof": Roof, "walls": Walls, "cooking_fuel": Fuel,
    "electricity": Electricity, "drinking_water": DrinkingWater, "toilet": Toilet,
}  # fmt: skip
PERSON: dict[str, type[Code]] = {
    "relation": Relation, "sex": Sex, "marital_status": MaritalStatus, "school": SchoolStatus,
    "employment": EmploymentStatus, "occupation": OccupationGroup,
}  # fmt: skip
LINES = ("spouse_line", "mother_line", "father_line")


def made_up(households: int, seed: int) -> list[tuple[date, MadeUp]]:
    rng = Random(seed)
    return [(one.day, one.household) for one in make_households(rng, Numbers(rng), households, *ROLL_OUT)]


def first_surveys(households: int, seed: int = 5) -> list[MissedOut]:
    """As an import of the files would submit them."""
    return [
        MissedOut(
            submission_id=submission_id(SOURCE, str(key)),
            source=SOURCE,
            source_key=str(key),
            on=day,
            operator="enumerator-1",
            survey=questionnaire(made, day),
        )
        for key, (day, made) in enumerate(made_up(households, seed), 1)
    ]


def write_population(folder: Path, households: int, seed: int = 5, parts: int = 2) -> Path:
    """Files in parts as `population` lays them out, with fewer columns; gives the mapping that reads them."""
    made = list(enumerate(made_up(households, seed), 1))
    each = -(-len(made) // parts)
    for number in range(parts):
        some = made[number * each : (number + 1) * each]
        _put(
            folder / "households" / f"part-{number:05d}.parquet", (_house(key, day, home) for key, (day, home) in some)
        )
        _put(folder / "people" / f"part-{number:05d}.parquet", _people(some))
    mapping = folder / "made-up.toml"
    mapping.write_text(_mapping({home.place.code for _, (_, home) in made}))
    return mapping


def _put(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)


def _house(key: int, day: date, home: MadeUp) -> dict[str, Any]:
    place, answers = home.place, home.answers
    assert place.settlement is not None
    return {
        "household_key": key,
        "on": day,
        "tehsil": place.code,
        "settlement": place.settlement.word,
        "union_council": place.union_council,
        "phone": home.phones[0],
        "rooms": answers.dwelling.rooms,
        **{name: getattr(answers.dwelling, name).word for name in DWELLING},
        **{asset.word: answers.assets.get(asset, 0) for asset in Asset},
        **{kind.word: answers.livestock.get(kind, 0) for kind in Livestock},
        "land": answers.land_owned_marla,
    }


def _people(some: list[tuple[int, tuple[date, MadeUp]]]) -> Iterator[dict[str, Any]]:
    for key, (day, home) in some:
        for person in questionnaire(home, day).roster:
            words = {name: code.word if (code := getattr(person, name)) is not None else None for name in PERSON}
            yield {
                "household_key": key,
                **{name: getattr(person, name) for name in ("line", "cnic", "name", "age", "highest_class", *LINES)},
                **words,
            }


def _mapping(tehsils: set[str]) -> str:
    numbers = [*(each.word for each in Asset)]
    animals = [*(each.word for each in Livestock)]
    return "\n".join(
        [
            f'format = "gharana-mapping/1"\nid = "made-up"\ntitle = "Made up"\nsource = "{SOURCE}"',
            '[household]\nkey = ["household_key"]\n[member]\nkey = ["household_key"]',
            '[submission]\non = { date = "on" }\noperator = { value = "enumerator-1" }',
            '[survey]\nphones = [{ column = "phone" }]\n[survey.place]\nunion_council = { column = "union_council" }',
            _codes("code", "tehsil", tehsils),
            _coded("settlement", Settlement),
            '[survey.answers]\nland_owned_marla = { number = "land" }',
            _counts("assets", numbers),
            _counts("livestock", animals),
            '[survey.answers.dwelling]\nrooms = { number = "rooms" }',
            *(_coded(name, kind) for name, kind in DWELLING.items()),
            '[person]\nline = { line = "line" }\nname = { column = "name" }\ncnic = { column = "cnic" }',
            'age = { number = "age" }\nhighest_class = { number = "highest_class" }',
            *(f'{name} = {{ line = "{name}" }}' for name in LINES),
            *(_coded(name, kind) for name, kind in PERSON.items()),
        ]
    )


def _coded(name: str, kind: type[Code]) -> str:
    return _codes(name, name, {code.word for code in kind})


def _codes(name: str, column: str, words: set[str]) -> str:
    codes = ", ".join(f'{word} = "{word}"' for word in sorted(words))
    return f'{name} = {{ column = "{column}", codes = {{ {codes} }} }}'


def _counts(name: str, words: list[str]) -> str:
    numbers = ", ".join(f'{word} = {{ number = "{word}" }}' for word in words)
    return f"{name} = {{ {numbers} }}"
