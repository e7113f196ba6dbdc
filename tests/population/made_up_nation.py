"""Parts of a made-up nation for tests, made once a run; and how they come through the mapping to the door."""

import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from adapters.documents.mapping import find_mapping, load_mapping
from adapters.keys.file_keyring import open_or_make_key_file
from adapters.population.part import Part, make_nation, make_part
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import MissedOut
from adapters.surveys.survey import Survey as SurveyFiles
from domain.household.events import Survey

SEEDS = (1, 7, 2022)


@cache
def a_part(households: int, seed: int, number: int = 0) -> Part:
    """One part of a nation of this size."""
    return make_part(make_nation(households, seed), number)


@cache
def submissions(households: int, seed: int) -> tuple[MissedOut, ...]:
    """What `import` makes of the only part of a small nation."""
    part = a_part(households, seed)
    with TemporaryDirectory() as folder:
        paths = Path(folder) / "households.parquet", Path(folder) / "people.parquet"
        for path, table in zip(paths, (part.households, part.people), strict=True):
            pq.write_table(table, path)
        files = SurveyFiles(load_mapping(find_mapping("population")), *paths)
        found = tuple(outcome for _, outcome in files.submissions())
    assert all(isinstance(outcome, MissedOut) for outcome in found), found[:3]
    return found


@cache
def surveys(households: int, seed: int) -> tuple[tuple[MissedOut, Survey], ...]:
    """The same, sealed as the registry would record it."""
    with TemporaryDirectory() as folder:
        sealer = Sealer(open_or_make_key_file(Path(folder) / "master.key", datetime(2019, 1, 1, tzinfo=UTC)))
        return tuple(
            (one, sealer.survey(one.survey, one.on, uuid.uuid4(), one.submission_id, None, None)[0])
            for one in submissions(households, seed)
        )
