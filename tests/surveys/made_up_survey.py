"""A small survey of our own making: its files, and a mapping that uses every operator."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

from adapters.documents.mapping import load_mapping
from adapters.submissions.shape import MissedOut
from adapters.surveys.survey import Survey
from adapters.surveys.tally import Rejection

MAPPING = """
format = "gharana-mapping/1"
id = "village"
title = "A village, made up"
source = "village-2024"
not_known = ["", "?"]
yes = ["Y"]
no = ["N"]

[household]
key = ["cluster", "number"]
keep = { result = ["done"] }
size = "size"

[member]
key = ["cl", "no"]
keep = { stays = ["Y"] }

[submission]
on = { date = "day", form = "%d/%m/%Y" }
operator = { column = "enumerator" }

[submission.capture]
centre_kind = { value = "survey_round" }
started_at = { instant = ["y", "m", "d", "hour", "minute"] }

[submission.capture.position]
latitude_microdegrees = { number = "lat", times = 1000000 }
longitude_microdegrees = { number = "lon", times = 1000000 }

[survey]
phones = [{ column = "phone1" }, { column = "phone2" }]

[survey.place]
code = { column = "district", codes = { "A. Town" = "PK602", "B. City" = "PK617" } }
settlement = { column = "area", codes = { R = "rural", U = "urban" }, otherwise = "not_known" }

[survey.answers]
land_owned_marla = { number = "acres", times = 160, words = { "more than 95" = 15200 } }
owns_livestock = { any = [{ yes_no = "goats" }, { yes_no = "cows" }] }
assets = { television = { yes_no = "tv" }, chair = { number = "chairs" } }

[survey.answers.dwelling]
roof = { column = "roof", codes = { None = "none", Tin = "metal_or_girders" } }
toilet_shared = { yes_no = "shared", yes = ["1"], no = ["2"] }

[person]
line = { line = "line" }
name = { column = "name" }
relation = { column = "relation", codes = { H = "head", S = "spouse", C = "child" } }
sex = { column = "sex", codes = { f = "female", m = "male" } }
age = { number = "age", words = { "95+" = 95 }, at_most = 99 }
born = { birth = ["year", "month"], unknown = ["97"] }
mother_line = { line = "mother", not_here = ["0"] }
literate = { all = [{ yes_no = "reads" }, { yes_no = "writes" }] }
chronic_diseases = { diabetes = { yes_no = "sugar" }, heart = { yes_no = "heart" } }

[person.highest_class]
first = [
  { table = ["level", "grade"], codes = { none = 0, school = { "1" = 1, "2" = 2 } } },
  { number = "years" },
]

[person.school]
cases = [
  { when = { goes = ["Y"] }, then = "attending" },
  { when = { goes = ["N"], age = { at_least = 4, at_most = 18 } }, then = "dropped_out" },
]
"""

HOUSE: dict[str, str] = {
    "cluster": "1", "number": "1", "result": "done", "size": "2", "day": "31/05/2024", "enumerator": "op-7",
    "y": "2024", "m": "5", "d": "31", "hour": "9", "minute": "30", "lat": "31.52", "lon": "74.35",
    "phone1": "03001234567", "phone2": "", "district": "A. Town", "area": "R", "acres": "2.5", "goats": "N",
    "cows": "Y", "tv": "Y", "chairs": "4", "roof": "None", "shared": "2",
}  # fmt: skip
AMINA: dict[str, str] = {
    "cl": "1", "no": "1", "line": "1", "stays": "Y", "name": "Amina", "relation": "H", "sex": "f", "age": "41",
    "year": "1983", "month": "97", "mother": "0", "reads": "Y", "writes": "N", "level": "school", "grade": "2",
    "years": "", "sugar": "Y", "heart": "?", "goes": "",
}  # fmt: skip
BILAL = AMINA | {
    "line": "2", "name": "Bilal", "relation": "C", "sex": "m", "age": "9", "year": "2015", "month": "3", "mother": "1",
    "writes": "Y", "grade": "1", "sugar": "N", "heart": "N", "goes": "Y",
}  # fmt: skip


def house(number: int, **changed: str) -> dict[str, str]:
    return HOUSE | {"number": str(number)} | changed


def family(number: int) -> list[dict[str, str]]:
    return [person | {"no": str(number)} for person in (AMINA, BILAL)]


def csv_text(rows: list[dict[str, str]]) -> str:
    lines: list[str] = []
    writer = csv.writer(_Lines(lines), lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return "".join(lines)


class _Lines:
    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def put(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows in the format that the name of the file says."""
    if ".parquet" in path.name:
        import pyarrow as pa
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist([{key: text or None for key, text in row.items()} for row in rows]), sink)
        content = sink.getvalue().to_pybytes()
    elif ".ndjson" in path.name:
        content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    else:
        content = csv_text(rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def mapped(folder: Path, mapping: str, households: Path, members: Path) -> Survey:
    path = folder / "village.toml"
    path.write_text(mapping, encoding="utf-8")
    return Survey(load_mapping(path), households, members)


def read(folder: Path, households: Path, members: Path, mapping: str = MAPPING) -> Any:
    """The survey, its submissions by row, and its rejections."""
    survey = mapped(folder, mapping, households, members)
    outcomes = list(survey.submissions())
    taken = {row: outcome for row, outcome in outcomes if isinstance(outcome, MissedOut)}
    return survey, taken, [outcome for _, outcome in outcomes if isinstance(outcome, Rejection)]
