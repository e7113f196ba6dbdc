"""Whoever takes partners' reports is killed when they are recorded and not yet acknowledged."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.embedded.nats import nats_server
from tests.end_to_end.food_bank import FEED, food_bank
from tests.end_to_end.test_partner_reports_from_the_command_line import TODAY, publish, waiting

pytestmark = [pytest.mark.postgres, pytest.mark.nats, pytest.mark.timeout(600)]

PROCESS = Path(__file__).with_name("reports_process.py")
SUBJECT = "report.food-bank.kafaalat"


def test_a_kill_between_recording_and_acknowledging_repeats_nothing(tmp_path: Path):
    with food_bank(tmp_path) as gharana, nats_server(gharana.home) as url:
        token = gharana.done("feed", "snapshot", *FEED, "--json").objects[0]["household"]
        enrolled = {"household": token, "did": "enrolled", "on": str(TODAY)}
        payments = [{**enrolled, "did": "paid", "amount_paisa": amount} for amount in (500, 600)]
        publish(url, *[(SUBJECT, json.dumps(each).encode()) for each in (enrolled, *payments)])

        killed = subprocess.run([sys.executable, PROCESS, url], env=gharana.environ(), check=False)
        assert (killed.returncode, waiting(url)) == (-signal.SIGKILL, 3)
        recorded = gharana("check", "--json").out
        again = gharana.done("partner", "take", "--until-caught-up", "--json").object

        assert (again["taken"], waiting(url)) == (3, 0)
        assert gharana.done("partner", "reports", "--partner", "food-bank", "--json").object == {
            "partner": "food-bank", "accepted": 3, "refused": 0,
        }  # fmt: skip
        assert gharana("check", "--json").out == recorded, "an event was added"
