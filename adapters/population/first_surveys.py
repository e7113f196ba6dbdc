"""Households of a generated part as first surveys: what an import of its files would submit."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from adapters.documents.mapping import find_mapping, load_mapping
from adapters.submissions.shape import MissedOut
from adapters.surveys.survey import Survey

MAPPING = "population"


def first_surveys(households: pa.Table, people: pa.Table) -> list[MissedOut]:
    """One submission a household, in the order of the tables; `people` are those of these households and no others."""
    with TemporaryDirectory() as folder:
        paths = Path(folder, "households.parquet"), Path(folder, "people.parquet")
        for table, path in zip((households, people), paths, strict=True):
            pq.write_table(table, path)
        survey = Survey(load_mapping(find_mapping(MAPPING)), *paths)
        submissions = [one for _, one in survey.submissions() if isinstance(one, MissedOut)]
    assert len(submissions) == len(households), "the mapping reads everything that is generated"
    return submissions
