"""The reader of what partners report, on a real server."""

from pathlib import Path

import pytest

from adapters.nats.line import open_line
from adapters.nats.reports import READER, REPORTS, Intake
from tests.nats_servers import NatsProcess

pytestmark = pytest.mark.nats


def test_a_wait_in_which_nothing_comes_is_no_loss_of_the_line_however_it_runs_out(tmp_path: Path):
    with NatsProcess(tmp_path) as server, open_line(server.url) as line:
        Intake(line, [("food-bank", "kafaalat")])
        waits_seconds = [thousandths / 1_000 for thousandths in range(1, 60)]

        assert [line.fetch(REPORTS, READER, 10, seconds) for seconds in waits_seconds] == [[]] * len(waits_seconds)
