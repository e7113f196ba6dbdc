"""What a witness answers to add-checkpoint, exactly as C2SP tlog-witness says (https://c2sp.org/tlog-witness).

It signs a checkpoint whose tree goes on from the one it signed last, and nothing else, whoever asks: nobody is
authenticated but the log, by its signature.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from adapters.seals.merkle import HASH_BYTES, check_consistency
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Checkpoint, Signer, from_base64, open_note, read_size, split_note
from adapters.seals.trust import Trust
from adapters.witness.state import Last, WitnessState

PROOF_LINES_MAX = 63
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """An answer over HTTP; where it is about a log, what the witness's operator is told about it."""

    status: HTTPStatus
    body: bytes
    content_type: str = TEXT_TYPE
    origin: str = ""
    alarm: str = ""
    """Says that the log may have forked; only for what the log itself signed."""


class AddCheckpoint(NamedTuple):
    """A request, read: the size of the tree to go on from, the proof, and the note."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes
    checkpoint: Checkpoint

    @classmethod
    def read(cls, body: bytes) -> "AddCheckpoint":
        """Read the body of a request. Raises NotProved."""
        head, blank, note = body.partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        if not blank or not lines[0].startswith("old "):
            raise NotProved("a request is a line `old SIZE`, the lines of a proof, a blank line and a checkpoint")
        if len(lines) - 1 > PROOF_LINES_MAX:
            raise NotProved(f"a proof has at most {PROOF_LINES_MAX} lines")
        old_size = read_size(lines[0].removeprefix("old "))
        proof = tuple(from_base64(line, HASH_BYTES) for line in lines[1:])
        return cls(old_size, proof, note, Checkpoint.read(split_note(note)[0]))


class Witness:
    """Judges what logs ask it to sign."""

    def __init__(
        self, signer: Signer, trust: Trust, state: WitnessState, clock: Callable[[], float] = time.time
    ) -> None:
        self._signer = signer
        self._trust = trust
        self._state = state
        self._clock = clock

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request; signs only what is on disk. Raises WorldFailed where the disk does not take it."""
        try:
            asked = AddCheckpoint.read(body)
        except NotProved as wrong:
            return _refusal(HTTPStatus.BAD_REQUEST, wrong)
        origin = asked.checkpoint.origin
        keys = [log.key for log in self._trust.logs if log.key.name == origin]
        if not keys:
            return _refusal(HTTPStatus.NOT_FOUND, f"this witness does not know the log {origin!r}")
        try:
            text, _ = open_note(asked.note, keys)
        except NotProved as wrong:
            return _refusal(HTTPStatus.FORBIDDEN, wrong, origin)
        if asked.old_size > asked.checkpoint.size:
            return _refusal(HTTPStatus.BAD_REQUEST, "the old size is larger than the tree", origin)
        with self._state.last_of(origin) as last:
            answer = self._find_conflict(asked, last, body) or self._find_gap(asked, last)
            if answer is None:
                if asked.checkpoint != last.checkpoint:
                    self._state.remember(asked.checkpoint, asked.note)
                line = self._signer.line(text, int(self._clock()))
                answer = Answer(HTTPStatus.OK, line, origin=origin)
        return answer

    def _find_conflict(self, asked: AddCheckpoint, last: Last, body: bytes) -> Answer | None:
        new, known = asked.checkpoint, last.checkpoint
        is_fork = new.size == known.size and new.root != known.root
        if asked.old_size == known.size and not is_fork:
            return None
        alarm = ""
        if is_fork:
            place = self._state.keep_fork(new, body)
            kept = f"; both are kept in {place}" if place else ""
            alarm = f"{new.origin} signed two different trees of {new.size:,} entries: it has FORKED{kept}"
        elif new.size < known.size:
            alarm = f"{new.origin} shows {new.size:,} entries, and had {known.size:,}: it went back, or it is late"
        return Answer(HTTPStatus.CONFLICT, b"%d\n" % known.size, SIZE_TYPE, new.origin, alarm)

    def _find_gap(self, asked: AddCheckpoint, last: Last) -> Answer | None:
        new, known = asked.checkpoint, last.checkpoint
        try:
            check_consistency(known.size, new.size, known.root, new.root, asked.proof)
        except NotProved as wrong:
            alarm = (
                f"{new.origin} shows {new.size:,} entries without a proof that they go on from {known.size:,}: {wrong}"
            )
            return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, wrong, new.origin, alarm)
        return None


def _refusal(status: HTTPStatus, why: object, origin: str = "", alarm: str = "") -> Answer:
    return Answer(status, f"{why}\n".encode("utf-8", "replace"), TEXT_TYPE, origin, alarm)
