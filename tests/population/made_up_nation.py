"""The first surveys of a made-up nation as the registry would record them."""

import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.keys.file_keyring import open_or_make_key_file
from adapters.submissions.sealing import Sealer
from adapters.submissions.shape import MissedOut
from domain.household.events import Survey
from tests.made_up_population import first_surveys

SEEDS = (1, 7, 2022)


@cache
def surveys(households: int, seed: int) -> tuple[tuple[MissedOut, Survey], ...]:
    """Each with its survey sealed."""
    with TemporaryDirectory() as folder:
        sealer = Sealer(open_or_make_key_file(Path(folder) / "master.key", datetime(2019, 1, 1, tzinfo=UTC)))
        return tuple(
            (one, sealer.survey(one.survey, one.on, uuid.uuid4(), one.submission_id, None, None)[0])
            for one in first_surveys(households, seed)
        )
