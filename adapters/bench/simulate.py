"""Measures how many households a second a simulation takes in, over an extract made up for it.

A few parts are drawn by chance and then copied until there are rows enough: what is measured is reading, scoring with
the Pakistan card and counting, not how different households are. The exact engine over a sample of the same rows, in
the same run, is the peer.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.bench.score import CARD
from adapters.columnar.exact import ExactEngine
from adapters.columnar.sources import HOUSEHOLD, PLACE_ON_ROSTER
from adapters.documents.usable_scorecard import compiled_file
from adapters.extract.columns import OF_HOUSEHOLDS, OF_PEOPLE, STANDING, Kept, programme_columns
from adapters.extract.manifest import (
    FORMAT,
    ExtractedFile,
    ExtractedProgramme,
    Manifest,
    Part,
    sha256_of,
    write_manifest,
)
from adapters.simulation.engines import DUCKDB, open_engine
from adapters.simulation.opened import OpenExtract
from adapters.simulation.simulation import Question, cutoff_of, simulate
from domain.programme import CutOffSet, Recipients, Relaxation, Rule
from domain.questionnaire.codes import Comparison, Relation
from domain.scorecard.canonical import encode_card, scorecard_hash
from domain.scorecard.card import Scorecard

PART_ROWS: Final = 200_000
PARTS_DRAWN_MAX: Final = 4
SIZE_MEAN: Final = 5.2
"""People in a household: 186,286,074 in 35,645,850 (annual report FY 2022-23)."""
SAMPLE: Final = 2_000
SEED: Final = 20_260_101
PROGRAMME: Final = "measured"


class Measured(msgspec.Struct, frozen=True):
    """Households simulated in a second of wall clock, cut-off, card and all tables included; and the exact engine's."""

    simulate_rows_per_s: int
    rows: int
    people: int
    seconds: float
    extract_bytes: int
    exact_rows_per_s: int


def measure_simulate(rows: int) -> Measured:
    """Simulate another cut-off over made-up households, in a scratch folder that is removed again."""
    card = compiled_file(CARD).card
    with tempfile.TemporaryDirectory(prefix="gharana-simulate-") as folder:
        manifest = made_up_extract(Path(folder), rows, card)
        opened = OpenExtract(Path(folder))
        programme = manifest.programmes[0]
        cutoff = cutoff_of(programme)
        started = time.monotonic()
        found = simulate(opened, open_engine(DUCKDB), Question(programme, card, cutoff))
        seconds = time.monotonic() - started
        assert found.considered == manifest.households, "every household was counted"
        size = sum(file.bytes for part in manifest.parts for file in (part.households, part.people))
        return Measured(
            round(manifest.households / seconds),
            manifest.households,
            manifest.people,
            round(seconds, 3),
            size,
            _exactly(opened, card),
        )


def _exactly(opened: OpenExtract, card: Scorecard) -> int:
    """How many a second the exact engine scores of the same rows, one by one."""
    part = opened.manifest.parts[0]
    households, people = (
        pq.read_table(opened.folder / file.name, filters=[(HOUSEHOLD, "<", SAMPLE)])
        for file in (part.households, part.people)
    )
    engine = ExactEngine(card, opened.reader)
    started = time.monotonic()
    count = sum(1 for _ in engine.scores(households, people))
    return round(count / (time.monotonic() - started))


def made_up_extract(folder: Path, rows: int, card: Scorecard) -> Manifest:
    """Write an extract of about so many households that the card can score."""
    whole, rest = divmod(rows, PART_ROWS)
    sizes = [PART_ROWS] * whole + ([rest] if rest else [])
    parts: list[Part] = []
    for number, size in enumerate(sizes):
        drawn = number < PARTS_DRAWN_MAX or size != PART_ROWS
        parts.append(
            _drawn(folder, number, size) if drawn else _copied(folder, number, parts[number % PARTS_DRAWN_MAX])
        )
    content = scorecard_hash(card)
    cutoff = CutOffSet(
        date(2020, 1, 1),
        PROGRAMME,
        Decimal(32),
        Comparison.AT_OR_UNDER,
        content,
        card.id,
        {Relaxation.MEMBER_CERTIFIED_DISABLED: Decimal(37)},
    )
    rule = Rule("Measured", Recipients.HEAD, verification=True)
    manifest = Manifest(
        format=FORMAT,
        registry="",
        position=rows,
        log_position=rows,
        policies_position=1,
        day=date(2026, 1, 1),
        scorecard=content.hex(),
        scorecards={content.hex(): encode_card(card)},
        programmes=(ExtractedProgramme(PROGRAMME, rule, 1, cutoff),),
        households=rows,
        people=sum(part.people.rows for part in parts),
        merged=0,
        parts=tuple(parts),
        ranges_of_households={"household_size": (0, 60), "rooms": (0, 9), "land_owned_marla": (0, 4_000)}
        | {each.name: (0, 9) for each in OF_HOUSEHOLDS if each.name.startswith("number_of_")},
        ranges_of_people={"line": (0, 60), "age": (0, 99), "highest_class": (0, 23)},
    )
    write_manifest(folder, manifest)
    return manifest


def _drawn(folder: Path, number: int, size: int) -> Part:
    chance = np.random.default_rng(SEED + number)
    people = np.clip(chance.poisson(SIZE_MEAN - 1, size) + 1, 1, 40)
    households: dict[str, np.ndarray] = {HOUSEHOLD: np.arange(size, dtype=np.int32), "position": np.arange(size)}
    households |= {each.name: _answers(chance, each, size) for each in OF_HOUSEHOLDS}
    households["household_size"] = people.astype(np.int16)
    households |= {name: chance.integers(0, 2, size).astype(kind) for name, kind in STANDING.items()}
    households["region"] = chance.choice([2, 4, 5, 6, 7], size, p=[0.06, 0.01, 0.16, 0.53, 0.24]).astype(np.int8)
    households["district"] = (households["region"] * 100 + chance.integers(1, 30, size)).astype(np.int16)
    households["answered"] = np.ones(size, np.int8)
    outcome, beside, recipients = programme_columns(PROGRAMME)
    households |= {
        outcome: chance.choice([1, 3], size, p=[0.9, 0.1]).astype(np.int8),
        beside: chance.choice([1, 3], size, p=[0.1, 0.9]).astype(np.int8),
        recipients: np.ones(size, np.int16),
    }
    return Part(
        _write(folder / f"households-{number:05}.parquet", households, chance),
        _write(folder / f"people-{number:05}.parquet", _roster(chance, people), chance),
    )


def _roster(chance: np.random.Generator, sizes: np.ndarray) -> dict[str, np.ndarray]:
    total = int(sizes.sum())
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    place = np.arange(total) - starts
    columns = {HOUSEHOLD: np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)}
    columns |= {PLACE_ON_ROSTER: place.astype(np.int16)}
    columns |= {each.name: _answers(chance, each, total) for each in OF_PEOPLE}
    relations = np.where(place == 0, Relation.HEAD, np.where(place == 1, Relation.SPOUSE, Relation.CHILD))
    columns |= {"line": (place + 1).astype(np.int16), "relation": relations.astype(np.int8)}
    columns["age"] = np.where(place < 2, chance.integers(18, 80, total), chance.integers(0, 40, total)).astype(np.int16)  # noqa: PLR2004 - head and spouse
    columns["highest_class"] = chance.integers(0, 17, total).astype(np.int16)
    return columns


def _answers(chance: np.random.Generator, kept: Kept, size: int) -> np.ndarray:
    words = kept.source.words
    if words is None:
        return chance.integers(0, 4, size).astype(kept.type)
    return chance.choice(np.array(list(words)), size).astype(kept.type)


def _write(path: Path, columns: Mapping[str, np.ndarray], chance: np.random.Generator) -> ExtractedFile:
    """Write columns, one value in two hundred not recorded where that may be."""
    kept = {HOUSEHOLD, PLACE_ON_ROSTER, "position", "region", "answered", "household_size", "age"}
    table = pa.table(
        {
            name: pa.array(values, mask=None if name in kept else chance.random(len(values)) < 1 / 200)
            for name, values in columns.items()
        }
    )
    pq.write_table(table, path, compression="zstd", compression_level=1)
    return ExtractedFile(path.name, table.num_rows, path.stat().st_size, sha256_of(path))


def _copied(folder: Path, number: int, part: Part) -> Part:
    def copied(file: ExtractedFile, kind: str) -> ExtractedFile:
        name = f"{kind}-{number:05}.parquet"
        shutil.copyfile(folder / file.name, folder / name)
        return msgspec.structs.replace(file, name=name)

    return Part(copied(part.households, "households"), copied(part.people, "people"))
