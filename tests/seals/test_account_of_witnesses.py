"""What the sealer's operator is told of the witnesses: once when it begins, and again when it changes."""

import time
from threading import Event

import pytest

from adapters.faults import Refused
from adapters.seals.published import WITNESSED, publish
from adapters.seals.tiles import Tiles
from adapters.seals.trust import Trust
from adapters.seals.witnessing import Asked, Outcome, Round
from adapters.supervision.condition import Condition
from adapters.supervision.witnesses import Account, witnesses_of
from adapters.supervision.worker import Duty
from adapters.witness.judging import Witness
from adapters.witness.serving import serving
from adapters.witness.state import WitnessState
from tests.seals.policies import a_witness
from tests.seals.registry_log import a_signer


class Told:
    """In the place of a journal."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []

    def info(self, event: str, sentence: str, **_: object) -> None:
        self.lines.append(("info", event, sentence))

    def warning(self, event: str, sentence: str, **_: object) -> None:
        self.lines.append(("warning", event, sentence))

    def error(self, event: str, sentence: str, **_: object) -> None:
        self.lines.append(("error", event, sentence))

    def taken(self) -> list[tuple[str, str, str]]:
        taken, self.lines = self.lines, []
        return taken


@pytest.fixture
def told() -> Told:
    return Told()


def a_round(size: int, outcome: Outcome, says: str = "signed", *, is_witnessed: bool = False) -> Round:
    return Round(size, [Asked("first", outcome, says)], is_witnessed)


def test_what_stays_so_is_told_once(told):
    account = Account(told)
    for size in (5, 6):
        account.tell(a_round(size, Outcome.SIGNED, f"signed {size} entries", is_witnessed=True))
    assert told.taken() == [
        ("info", "witnessed", "The witness first signed 5 entries."),
        ("info", "witnessed", "Enough witnesses signed the seal of 5 events."),
    ]
    for size in (7, 8):
        account.tell(a_round(size, Outcome.AWAY, f"no answer {size}"))
    assert told.taken() == [
        ("warning", "not_witnessed", "The witness first is away: no answer 7."),
        ("warning", "not_witnessed", "Too few witnesses signed the seal of 7 events; they are asked again."),
    ]


def test_an_alarm_is_told_for_each_seal_that_it_is_about(told):
    account = Account(told)
    for size in (5, 6, 6):
        account.tell(a_round(size, Outcome.ALARM, f"signed another tree of {size} entries: a FORK"))
    alarms = [line for line in told.taken() if line[1] == "alarm"]
    assert alarms == [
        ("error", "alarm", f"The witness first signed another tree of {size} entries: a FORK.") for size in (5, 6)
    ]


def test_a_policy_that_does_not_know_the_log_is_told(told):
    account = Account(told)
    for _ in range(2):
        account.tell(Round(5, [], is_witnessed=False, fault="The trust policy does not know the log."))
    assert told.taken() == [("error", "not_witnessed", "The trust policy does not know the log.")]


def duty(told: Told, environ: dict[str, str]) -> Duty:
    return Duty(environ, Event(), Condition(lambda *_: None), told)


def test_the_worker_shows_its_seals_to_the_witnesses_of_the_policy_beside_them(told, tmp_path):
    log, witness = a_signer(), a_witness()
    published = publish(Tiles(tmp_path / "seals").append([b"an entry"]), log)
    asked = Witness(witness, Trust.read(f"log {log.verifier}\nquorum none\n"), WitnessState(tmp_path / "state"))
    with serving("127.0.0.1", 0, asked, lambda _: None) as port:
        policy = f"log {log.verifier}\nwitness w {witness.verifier} http://127.0.0.1:{port}\nquorum w\n"
        (tmp_path / "seals" / "trust").write_text(policy)
        with witnesses_of(duty(told, {"GHARANA_SEALS": str(tmp_path / "seals")}), tmp_path / "seals") as show:
            show(None)
            show(published)
            give_up_at = time.monotonic() + 10
            while not (tmp_path / "seals" / WITNESSED).exists() and time.monotonic() < give_up_at:
                time.sleep(0.01)
    assert Trust.read(policy).check((tmp_path / "seals" / WITNESSED).read_bytes(), time.time())
    assert [event for _, event, _ in told.taken()] == ["witnessed", "witnessed"]


def test_without_a_policy_nobody_is_asked(told, tmp_path):
    with witnesses_of(duty(told, {"GHARANA_SEALS": str(tmp_path)}), tmp_path) as show:
        show(publish(Tiles(tmp_path).append([b"an entry"]), a_signer()))
    assert told.taken() == []
    assert not (tmp_path / WITNESSED).exists()


def test_a_policy_that_is_wrong_stops_the_worker(told, tmp_path):
    (tmp_path / "trust").write_text("quorum somebody\n")
    with pytest.raises(Refused, match="Line 1"), witnesses_of(duty(told, {"GHARANA_SEALS": str(tmp_path)}), tmp_path):
        pass
