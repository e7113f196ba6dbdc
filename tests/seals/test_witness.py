import threading

import pytest

from adapters.faults import Refused, WorldFailed
from adapters.seals.key_file import SEAL_KEY, make_signer
from adapters.seals.notes import Checkpoint, SignedBy, open_note, signed_checkpoint
from adapters.seals.trust import Trust
from adapters.witness.judging import SIZE_TYPE, Witness
from adapters.witness.state import FORKS, FORKS_KEPT_MAX, LAST, WitnessState, held, open_or_make_key
from tests.seals.growing import GrowingLog, body_of
from tests.seals.policies import NOW, a_witness
from tests.seals.registry_log import ORIGIN, a_signer

SIGNER = a_witness()


@pytest.fixture
def log(tmp_path) -> GrowingLog:
    return GrowingLog(tmp_path / "log", a_signer())


@pytest.fixture
def witness(log, tmp_path) -> Witness:
    return witness_of(log, tmp_path)


def witness_of(log: GrowingLog, tmp_path) -> Witness:
    policy = Trust.read(f"log {log.signer.verifier}\nquorum none\n")
    return Witness(SIGNER, policy, WitnessState(tmp_path / "state"), clock=lambda: NOW + 0.9)


def asked(witness: Witness, body: bytes) -> tuple[int, bytes]:
    answer = witness.add_checkpoint(body)
    assert (answer.content_type == SIZE_TYPE) == (answer.status == 409)
    return answer.status, answer.body if answer.status == 409 else b""


def test_a_seal_that_goes_on_from_the_one_before_is_signed_with_the_time(log, witness):
    for old, size in [(0, 7), (7, 7), (7, 300), (300, 1_000)]:
        answer = witness.add_checkpoint(log.request(old, size))
        assert (answer.status, answer.alarm) == (200, "")
        _, signed = open_note(log.note(size) + answer.body, [SIGNER.verifier])
        assert signed == [SignedBy(SIGNER.verifier, NOW)]


def test_what_was_signed_last_is_on_disk_before_the_answer(log, tmp_path, witness):
    witness.add_checkpoint(log.request(0, 300))
    assert asked(witness_of(log, tmp_path), log.request(7, 400)) == (409, b"300\n")
    assert asked(witness_of(log, tmp_path), log.request(300, 400)) == (200, b"")


def test_nothing_is_signed_that_the_disk_does_not_take(log, witness, monkeypatch, tmp_path):
    witness.add_checkpoint(log.request(0, 300))

    def full(*_) -> None:
        raise WorldFailed("The disk is full.")

    monkeypatch.setattr(WitnessState, "remember", full)
    with pytest.raises(WorldFailed):
        witness.add_checkpoint(log.request(300, 400))
    assert asked(witness, log.request(0, 10)) == (409, b"300\n")


def test_whoever_does_not_know_what_was_signed_last_is_told(log, witness):
    assert asked(witness, log.request(5, 10)) == (409, b"0\n")
    witness.add_checkpoint(log.request(0, 300))
    assert asked(witness, log.request(0, 400)) == (409, b"300\n")
    assert asked(witness, log.request(200, 400)) == (409, b"300\n")


def test_an_older_seal_is_not_signed_again_and_an_alarm_is_given(log, witness):
    witness.add_checkpoint(log.request(0, 300))
    answer = witness.add_checkpoint(log.request(0, 299))
    assert (answer.status, answer.body) == (409, b"300\n")
    assert answer.alarm == f"{ORIGIN} shows 299 entries, and had 300: it went back, or it is late"


def test_a_fork_of_the_same_size_is_refused_and_kept_as_evidence(log, witness, tmp_path):
    witness.add_checkpoint(log.request(0, 300))
    other = GrowingLog(tmp_path / "other", log.signer, twist="forged")
    for old in (300, 0):
        answer = witness.add_checkpoint(other.request(old, 300))
        assert (answer.status, answer.body) == (409, b"300\n")
        assert "FORKED" in answer.alarm
    (kept,) = (tmp_path / "state" / FORKS).rglob("300-*")
    first, _, second = kept.read_bytes().partition(b"\nold 300\n")
    assert first == log.note(300)
    assert second.strip() == other.note(300).strip()


def test_no_more_forks_are_kept_than_anybody_needs(log, witness, tmp_path):
    witness.add_checkpoint(log.request(0, 300))
    for number in range(FORKS_KEPT_MAX + 3):
        forged = signed_checkpoint(Checkpoint(ORIGIN, 300, number.to_bytes(32, "little")), log.signer)
        assert "FORKED" in witness.add_checkpoint(body_of(300, [], forged)).alarm
    assert len(list((tmp_path / "state" / FORKS).rglob("300-*"))) == FORKS_KEPT_MAX


def test_a_fork_that_is_larger_is_refused_for_want_of_a_proof(log, witness, tmp_path):
    witness.add_checkpoint(log.request(0, 300))
    answer = witness.add_checkpoint(GrowingLog(tmp_path / "other", log.signer, twist="forged").request(300, 500))
    assert answer.status == 422
    assert "without a proof that they go on from 300" in answer.alarm
    assert asked(witness, log.request(300, 500)) == (200, b"")


@pytest.mark.parametrize(
    ("old", "proof"), [(0, [bytes(32)]), (300, []), (300, [bytes(32)] * 10)], ids=["none needed", "missing", "wrong"]
)
def test_a_proof_that_does_not_hold_is_refused(old: int, proof: list[bytes], log, witness):
    if old:
        witness.add_checkpoint(log.request(0, old))
    assert asked(witness, body_of(old, proof, log.note(400))) == (422, b"")


def test_a_proof_where_none_is_needed_is_refused(log, witness):
    witness.add_checkpoint(log.request(0, 300))
    assert asked(witness, body_of(300, [bytes(32)], log.note(300))) == (422, b"")


def test_a_log_that_is_not_known_is_not_found(tmp_path, witness):
    stranger = GrowingLog(tmp_path / "stranger", a_signer("other.example/seals"))
    assert asked(witness, stranger.request(0, 10)) == (404, b"")


def test_another_key_under_a_known_name_is_forbidden(tmp_path, witness):
    forger = GrowingLog(tmp_path / "forger", a_signer(ORIGIN))
    assert asked(witness, forger.request(0, 10)) == (403, b"")


def test_signatures_of_others_are_passed_over(log, witness):
    note = log.note(300) + a_signer("other.example/x").line(log.checkpoint(300).text)
    assert asked(witness, body_of(0, [], note)) == (200, b"")


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        (b"old 0", b"old 00"),
        (b"old 0", b"old -1"),
        (b"old 0", b"old"),
        (b"old 0", b"new 0"),
        (b"old 0\n", b"old 0\r\n"),
        (b"old 0\n", b"old 0\nnot base64\n"),
        (b"old 0\n", b"old 0\nYWJj\n"),
        (b"old 0\n", b"old 0\n" + (b"A" * 43 + b"=\n") * 64),
        (b"old 0\n\n", b"old 0\n"),
        (b"old 0", b"old 301"),
        (b"\n300\n", b"\n0300\n"),
        ("\u2014".encode(), b"\n"),
        (b"old", b"\xff"),
    ],
)
def test_what_is_no_request_is_a_bad_one(what: bytes, instead: bytes, log, witness):
    body = log.request(0, 300)
    assert asked(witness, body.replace(what, instead)) == (400, b"")
    assert asked(witness, body) == (200, b"")


def test_nothing_and_half_of_a_request_are_bad_ones(log, witness):
    body = log.request(0, 300)
    for half in (b"", b"old 0\n\n", body.partition("\u2014".encode())[0], body[:60]):
        assert asked(witness, half) == (400, b"")


def test_of_many_requests_at_once_one_goes_first_and_none_goes_back(log, witness):
    witness.add_checkpoint(log.request(0, 100))
    requests = [log.request(100, size) for size in range(101, 125)]
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda body=body: statuses.append(witness.add_checkpoint(body).status))
        for body in requests
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 23


def test_what_was_signed_last_of_a_log_must_be_whole(log, witness, tmp_path):
    witness.add_checkpoint(log.request(0, 300))
    (place,) = (tmp_path / "state" / LAST).iterdir()
    for content in (b"", b"damaged", log.note(300).replace(ORIGIN.encode(), b"other.example")):
        place.write_bytes(content)
        with pytest.raises(WorldFailed, match="nothing more of it is signed"):
            witness.add_checkpoint(log.request(300, 400))


def test_a_folder_is_the_state_of_one_witness(tmp_path):
    with held(tmp_path), pytest.raises(Refused, match="Another witness is at work"), held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_a_witness_keeps_its_key_and_its_name(tmp_path):
    made = open_or_make_key(tmp_path, None, "host/witness")
    assert made.verifier == open_or_make_key(tmp_path, "host/witness", "another/witness").verifier
    assert (made.name, made.algorithm) == ("host/witness", 4)
    with pytest.raises(Refused, match="is named host/witness"):
        open_or_make_key(tmp_path, "another/witness", "host/witness")
    with pytest.raises(Refused, match="say --name"):
        open_or_make_key(tmp_path / "new", "two words", "host/witness")


def test_the_key_of_a_log_is_not_taken_for_that_of_a_witness(tmp_path):
    make_signer(tmp_path / "witness.key", SEAL_KEY, ORIGIN)
    with pytest.raises(Refused, match=r"not of format gharana-witness-key/1"):
        open_or_make_key(tmp_path, None, "host/witness")
