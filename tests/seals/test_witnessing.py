"""The sealer shows its seals to real witnesses over the loopback address."""

import socket
import threading
import time
from concurrent.futures import wait
from contextlib import contextmanager

import pytest

from adapters.faults import Refused
from adapters.seals import witness_line
from adapters.seals.notes import COSIGNATURE, Checkpoint, Signer, open_note
from adapters.seals.published import WITNESSED, Published, publish
from adapters.seals.tiles import Tiles
from adapters.seals.trust import CLOCK_TOLERANCE_SECONDS, Trust
from adapters.seals.witnessing import SEEN, Outcome, Witnessing, ask_witnesses
from adapters.witness.judging import Witness
from adapters.witness.serving import serving
from adapters.witness.state import WitnessState
from tests.receiver import Reply, receiving
from tests.seals.policies import two_of_three
from tests.seals.registry_log import a_signer
from tests.seals.witness_process import witness_process

NAMES = ("witness.example/one", "witness.example/two", "witness.example/three")


class Sealing:
    """A log that is sealed under a folder, and the witnesses that it is shown to."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.signer = a_signer()
        self.tree = Tiles(folder / "seals")
        self.witnesses = [Signer(name, a_signer().key, COSIGNATURE) for name in NAMES]
        self.ports = [0, 0, 0]

    def seal(self, entries: int, twist: str = "") -> Published:
        self.tree = self.tree.append([f"{twist}{self.tree.size + number}".encode() for number in range(entries)])
        return publish(self.tree, self.signer)

    @property
    def trust(self) -> Trust:
        return Trust.read(
            two_of_three(self.signer, self.witnesses, [f"http://127.0.0.1:{port}" for port in self.ports])
        )

    def ask(self, published: Published):
        return ask_witnesses(published, self.tree.folder, self.trust)

    @property
    def witnessed(self):
        return self.tree.folder / WITNESSED

    @contextmanager
    def serve(self, index: int, clock=time.time):
        """Let one of the witnesses be there, in a thread."""
        policy = Trust.read(f"log {self.signer.verifier}\nquorum none\n")
        state = WitnessState(self.folder / f"state {index}")
        with serving(
            "127.0.0.1", self.ports[index], Witness(self.witnesses[index], policy, state, clock), lambda _: None
        ) as port:
            self.ports[index] = port
            yield


@pytest.fixture
def sealing(tmp_path) -> Sealing:
    sealing = Sealing(tmp_path)
    for index in range(3):
        with socket.create_server(("127.0.0.1", 0)) as free:
            sealing.ports[index] = free.getsockname()[1]
    return sealing


def outcomes(asked) -> list[Outcome]:
    return [one.outcome for one in asked.asked]


def test_what_real_witnesses_signed_is_published(sealing, tmp_path):
    with (
        witness_process(tmp_path / "one", str(sealing.signer.verifier), name=NAMES[0]) as first,
        witness_process(tmp_path / "two", str(sealing.signer.verifier), name=NAMES[1]) as second,
    ):
        lines = [f"witness {name} {one.vkey} {one.url}" for name, one in (("first", first), ("second", second))]
        text = "\n".join([f"log {sealing.signer.verifier}", *lines, "group both all first second", "quorum both"])
        trust = Trust.read(text)
        for entries in (5, 300, 1):
            published = sealing.seal(entries)
            done = ask_witnesses(published, sealing.tree.folder, trust)
            assert (done.is_witnessed, done.size) == (True, sealing.tree.size)
            checked = trust.check(sealing.witnessed.read_bytes(), time.time())
            assert checked.checkpoint == published.checkpoint
            assert len(checked.signed_by) == 3
        second.kill()
        done = ask_witnesses(sealing.seal(10), sealing.tree.folder, trust)
        assert outcomes(done) == [Outcome.SIGNED, Outcome.AWAY]
        assert not done.is_witnessed
        assert trust.check(sealing.witnessed.read_bytes(), time.time()).checkpoint.size == 306
        second.start(str(sealing.signer.verifier))
        assert ask_witnesses(sealing.seal(10), sealing.tree.folder, trust).is_witnessed


def test_two_of_three_are_enough_and_one_is_not(sealing):
    published = sealing.seal(5)
    with sealing.serve(0):
        done = sealing.ask(published)
        assert outcomes(done) == [Outcome.SIGNED, Outcome.AWAY, Outcome.AWAY]
        assert not done.is_witnessed
        assert not sealing.witnessed.exists()
        with sealing.serve(2):
            assert sealing.ask(published).is_witnessed
    assert {one.key.name for one in sealing.trust.check(sealing.witnessed.read_bytes(), time.time()).signed_by} == {
        sealing.signer.name,
        NAMES[0],
        NAMES[2],
    }


def test_a_witness_is_asked_to_go_on_from_what_it_signed_last(sealing):
    with sealing.serve(0), sealing.serve(1):
        assert sealing.ask(sealing.seal(5)).is_witnessed
        (sealing.tree.folder / SEEN).unlink()
        assert sealing.ask(sealing.seal(300)).is_witnessed
        (sealing.tree.folder / SEEN).write_bytes(b"damaged")
        assert sealing.ask(sealing.seal(300)).is_witnessed
        key = str(sealing.witnesses[0].verifier)
        (sealing.tree.folder / SEEN).write_text(f'{{"{key}": 17}}')
        assert sealing.ask(sealing.seal(300)).is_witnessed
        (sealing.tree.folder / SEEN).write_text(f'{{"{key}": 99999}}')
        assert sealing.ask(sealing.seal(1)).is_witnessed


def test_what_another_process_had_witnessed_already_is_not_asked_for_again(sealing):
    older, newer = sealing.seal(5), sealing.seal(5)
    with sealing.serve(0), sealing.serve(1):
        assert len(sealing.ask(newer).asked) == 3
        for published in (older, newer):
            assert sealing.ask(published) == (published.checkpoint.size, [], True, "")
    assert sealing.trust.check(sealing.witnessed.read_bytes(), time.time()).checkpoint.size == 10


def test_a_witness_that_signed_a_newer_seal_of_ours_is_no_alarm(sealing):
    older, newer = sealing.seal(5), sealing.seal(5)
    with sealing.serve(0):
        assert not sealing.ask(newer).is_witnessed
        done = sealing.ask(older)
    assert done.alarms == []
    assert done.asked[0].says == "has signed a newer seal of this log meanwhile, of 10 entries"


def test_a_log_that_was_rolled_back_is_an_alarm(sealing):
    before = sealing.tree
    with sealing.serve(0), sealing.serve(1):
        assert sealing.ask(sealing.seal(300)).is_witnessed
        sealing.tree = Tiles(before.folder, 0)
        done = sealing.ask(sealing.seal(200))
        assert outcomes(done) == [Outcome.ALARM, Outcome.ALARM, Outcome.AWAY]
        assert (
            done.alarms[0].says
            == "signed 300 entries, and this log has 200: it was ROLLED BACK, or another one seals too"
        )
        assert not done.is_witnessed
    assert sealing.trust.check(sealing.witnessed.read_bytes(), time.time()).checkpoint.size == 300


@pytest.mark.parametrize(("entries", "says"), [(300, "another tree of 300 entries"), (400, "a FORK")])
def test_a_log_that_forked_is_an_alarm(entries: int, says: str, sealing):
    with sealing.serve(0), sealing.serve(1):
        assert sealing.ask(sealing.seal(300)).is_witnessed
        sealing.tree = Tiles(sealing.tree.folder, 0)
        done = sealing.ask(sealing.seal(entries, twist="forged"))
        assert [one.witness for one in done.alarms] == ["first", "second"]
        assert says in done.alarms[0].says
        assert not done.is_witnessed


def test_a_witness_whose_clock_is_ahead_is_not_believed(sealing):
    ahead = lambda: time.time() + CLOCK_TOLERANCE_SECONDS + 60  # noqa: E731
    with sealing.serve(0, ahead), sealing.serve(1):
        done = sealing.ask(sealing.seal(5))
    assert outcomes(done)[:2] == [Outcome.REFUSED, Outcome.SIGNED]
    assert "from the future" in done.asked[0].says


def test_another_witness_at_the_address_is_not_believed(sealing):
    with sealing.serve(0):
        sealing.witnesses[0] = Signer(NAMES[0], a_signer().key, COSIGNATURE)
        done = sealing.ask(sealing.seal(5))
    assert done.asked[0].outcome is Outcome.REFUSED
    assert "gave no signature that can be believed" in done.asked[0].says


def test_a_witness_that_does_not_know_the_log_is_told(sealing):
    published = sealing.seal(5)
    with sealing.serve(0):
        sealing.signer = a_signer(sealing.signer.name)
        assert (
            sealing.ask(publish(sealing.tree, sealing.signer)).asked[0].says.startswith("knows this log by another key")
        )
        sealing.signer = a_signer("other.example/seals")
        assert sealing.ask(publish(sealing.tree, sealing.signer)).asked[0].says.startswith("does not know this log")
    assert published.checkpoint.size == 5


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(200, body=b""), "gave no signature"),
        (Reply(200, body=b"\xff\n"), "gave no signature"),
        (Reply(200, body=b"x" * 20_000), "answers more than 16,384 bytes"),
        (Reply(409, body=b"many\n"), "answers a conflict without the size"),
        (Reply(409, body=b"3\n"), "signed 3 entries last, and does not go on"),
        (Reply(500), "answers with HTTP status 500"),
        (Reply(302, headers=(("location", "http://127.0.0.1:1/"),)), "answers with HTTP status 302"),
    ],
)
def test_what_a_strange_witness_answers_harms_nobody(reply: Reply, says: str, sealing):
    with receiving() as receiver:
        receiver.answer = lambda _: reply
        sealing.ports[0] = receiver.port
        done = sealing.ask(sealing.seal(5))
    assert says in done.asked[0].says
    assert done.asked[0].outcome in {Outcome.REFUSED, Outcome.AWAY}
    assert len(receiver.posted) <= 3


def test_a_witness_that_drips_or_is_silent_is_hung_up_on(sealing, monkeypatch):
    monkeypatch.setattr(witness_line, "ANSWER_SECONDS_MAX", 0.2)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        while not ended.is_set():
            try:
                line, _ = server.accept()
            except TimeoutError:
                continue
            with line:
                try:
                    line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
                    while not ended.wait(0.02):
                        line.sendall(b"x")
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as silent:
        server.settimeout(0.05)
        sealing.ports[:2] = server.getsockname()[1], silent.getsockname()[1]
        dripping = threading.Thread(target=drip, args=[server])
        dripping.start()
        begun = time.monotonic()
        with sealing.serve(2):
            done = sealing.ask(sealing.seal(5))
        ended.set()
        dripping.join()
    assert time.monotonic() - begun < 3
    assert outcomes(done) == [Outcome.AWAY, Outcome.AWAY, Outcome.SIGNED]


def test_an_address_that_is_none_is_told(sealing):
    published = sealing.seal(1)
    text = two_of_three(sealing.signer, sealing.witnesses, ["ftp://here", "http://", "http://127.0.0.1:99999999"])
    done = ask_witnesses(published, sealing.tree.folder, Trust.read(text))
    assert outcomes(done) == [Outcome.AWAY] * 3


def test_a_policy_that_does_not_know_the_log_is_refused(sealing):
    trust = sealing.trust
    sealing.signer = a_signer(sealing.signer.name)
    with pytest.raises(Refused, match=r"does not know the log registry\.example/seals by the key that seals it"):
        ask_witnesses(sealing.seal(1), sealing.tree.folder, trust)


def test_without_a_quorum_each_seal_counts_as_witnessed(sealing):
    trust = Trust.read(f"log {sealing.signer.verifier}\nquorum none\n")
    published = sealing.seal(1)
    assert ask_witnesses(published, sealing.tree.folder, trust).is_witnessed
    assert sealing.witnessed.read_bytes() == published.note


def test_sealing_goes_on_while_witnesses_are_asked_and_the_newest_seal_is_shown(sealing, monkeypatch):
    monkeypatch.setattr("adapters.seals.witnessing.SECONDS_BETWEEN_ROUNDS", 0.05)
    rounds, is_done = [], threading.Event()

    def tell(done) -> None:
        rounds.append(done)
        if done.size == 30 and done.is_witnessed:
            is_done.set()

    with sealing.serve(0), sealing.serve(1):
        witnessing = Witnessing(sealing.tree.folder, sealing.trust, tell)
        try:
            for _ in range(30):
                witnessing.show(sealing.seal(1))
            assert is_done.wait(10)
        finally:
            witnessing.close()
    assert len(rounds) < 30
    text, _ = open_note(sealing.witnessed.read_bytes(), [sealing.signer.verifier])
    assert Checkpoint.read(text).size == 30


def test_a_seal_that_too_few_signed_is_shown_again(sealing, monkeypatch):
    monkeypatch.setattr("adapters.seals.witnessing.SECONDS_BETWEEN_ROUNDS", 0.01)
    monkeypatch.setattr("adapters.seals.witnessing.SECONDS_UNTIL_ASKED_AGAIN", 0.05)
    is_asked, is_done = threading.Event(), threading.Event()
    witnessing = Witnessing(
        sealing.tree.folder, sealing.trust, lambda done: (is_done if done.is_witnessed else is_asked).set()
    )
    try:
        witnessing.show(sealing.seal(1))
        assert is_asked.wait(10)
        with sealing.serve(0), sealing.serve(1):
            assert is_done.wait(10)
    finally:
        witnessing.close()


def test_what_stops_the_asking_is_told_to_whoever_seals(sealing):
    told = []
    witnessing = Witnessing(sealing.tree.folder, Trust.read("quorum none"), told.append)
    witnessing.show(sealing.seal(1))
    witnessing.close()
    assert not told or "does not know the log" in told[0].fault

    def fail(_) -> None:
        raise ZeroDivisionError

    witnessing = Witnessing(sealing.tree.folder, sealing.trust, fail)
    witnessing.show(sealing.seal(1))
    wait([witnessing._work], 10)
    with pytest.raises(ZeroDivisionError):
        witnessing.show(sealing.seal(1))
    witnessing.close()
