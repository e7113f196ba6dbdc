"""Showing seals to the witnesses of a trust policy, and publishing the newest one that enough of them signed.

Sealing never waits for it: a witness that is away is asked again with the next seal. One that knows a longer tree than
ours, or another one of our size, is the alarm that all of this is for: the log forked or was rolled back.
"""

import fcntl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import msgspec

from adapters.durable import write_file
from adapters.faults import Refused, WorldFailed
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import open_note, read_size, to_base64
from adapters.seals.published import WITNESSED, Published, find_note, sealed_size
from adapters.seals.tiles import Tiles
from adapters.seals.trust import KnownWitness, Trust, check_time
from adapters.seals.witness_line import Answered, add_checkpoint

SEEN = "witnesses.json"
"""Size of the tree that each witness signed last, by its key: a mere hint, which a witness corrects."""
LOCK = ".witnesses.lock"
TRIES_MAX = 3
"""Requests to one witness in a round: it corrects what we think it signed last. One that is away waits for the next."""
ASKED_AT_ONCE = 16
SECONDS_BETWEEN_ROUNDS = 5.0
"""Witnesses are shown the newest seal no more often than this, however fast seals follow each other."""
SECONDS_UNTIL_ASKED_AGAIN = 30.0
"""Where too few signed the newest seal, and no newer one came."""


class Outcome(StrEnum):
    """What came of asking a witness."""

    SIGNED = "signed"
    AWAY = "away"
    REFUSED = "refused"
    """It does not know this log or its key, or answers what cannot be believed."""
    ALARM = "alarm"
    """It signed another tree, or a longer one: the log forked, or was rolled back."""


class Asked(NamedTuple):
    """What one witness answered; its signature line where it signed."""

    witness: str
    outcome: Outcome
    says: str
    line: bytes = b""
    size: int = 0
    """Size of the tree that it signed last, as far as it said."""


class Round(NamedTuple):
    """What came of showing one seal to all witnesses."""

    size: int
    asked: list[Asked]
    is_witnessed: bool
    """Enough of them signed, and the signed note is on disk."""
    fault: str = ""
    """Why none was asked."""

    @property
    def alarms(self) -> list[Asked]:
        """Whoever knows another history than ours."""
        return [one for one in self.asked if one.outcome is Outcome.ALARM]


def ask_witnesses(published: Published, folder: Path, trust: Trust, clock: Callable[[], float] = time.time) -> Round:
    """Show a seal to all witnesses that have an address, at once, and publish it as soon as enough of them signed.

    One process at a time: none is asked where another has just shown this seal or a newer one to enough of them. Raises
    Refused where the policy does not know this log, and WorldFailed where the disk takes nothing.
    """
    _check_known(published, trust)
    with _one_round_at_a_time(folder):
        if _is_witnessed_already(published, folder, trust, clock()):
            return Round(published.checkpoint.size, [], is_witnessed=True)
        return _ask_all(published, folder, trust, clock)


def _ask_all(published: Published, folder: Path, trust: Trust, clock: Callable[[], float]) -> Round:
    seen = _read_seen(folder)
    witnesses = [witness for witness in trust.witnesses if witness.url]
    answers: dict[str, Asked] = {}
    is_witnessed = _publish(published, folder, trust, b"", clock())
    with ThreadPoolExecutor(min(ASKED_AT_ONCE, max(1, len(witnesses))), "witness") as asking:
        tries: dict[Future[Asked], KnownWitness] = {
            asking.submit(_ask, witness, published, seen.get(str(witness.key), 0), clock): witness
            for witness in witnesses
        }
        for done in as_completed(tries):
            answers[tries[done].name] = done.result()
            if done.result().line:
                lines = b"".join(one.line for one in answers.values())
                is_witnessed = _publish(published, folder, trust, lines, clock())
    now_seen = {str(one.key): answers[one.name].size for one in witnesses if answers[one.name].size}
    if now_seen.items() - seen.items():
        write_file(folder / SEEN, msgspec.json.encode({**seen, **now_seen}))
    return Round(published.checkpoint.size, [answers[one.name] for one in witnesses], is_witnessed)


@contextmanager
def _one_round_at_a_time(folder: Path) -> Iterator[None]:
    """The sealer at work and somebody who wants evidence must not get into each other's way."""
    try:
        lock = (folder / LOCK).open("w")
    except OSError as failure:
        raise WorldFailed(f"{folder / LOCK} cannot be held ({failure.strerror}).") from failure
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_witnessed_already(published: Published, folder: Path, trust: Trust, now: float) -> bool:
    note = find_note(folder / WITNESSED)
    if note is None:
        return False
    try:
        known = trust.check(note, now).checkpoint
        if not published.checkpoint.size <= known.size <= sealed_size(folder):
            return False
        tree = Tiles(folder, known.size)
        return (tree.root(), tree.root(published.checkpoint.size)) == (known.root, published.checkpoint.root)
    except NotProved:
        return False


def _check_known(published: Published, trust: Trust) -> None:
    origin = published.checkpoint.origin
    try:
        open_note(published.note, [log.key for log in trust.logs if log.key.name == origin])
    except NotProved:
        raise Refused(
            f"The trust policy does not know the log {origin} by the key that seals it, so nobody who believes the"
            " policy would believe a seal, and no witness is asked. Put into it what `seal key` prints."
        ) from None


def _publish(published: Published, folder: Path, trust: Trust, lines: bytes, now: float) -> bool:
    note = published.note + lines
    try:
        trust.check(note, now)
    except NotProved:
        return False
    write_file(folder / WITNESSED, note)
    return True


def _ask(witness: KnownWitness, published: Published, seen: int, clock: Callable[[], float]) -> Asked:
    size = published.checkpoint.size
    old = seen if seen <= size else 0
    asked = Asked(witness.name, Outcome.AWAY, "was not asked")
    for _ in range(TRIES_MAX):
        answer = add_checkpoint(witness.url or "", _request(published, old))
        if not isinstance(answer, Answered):
            return Asked(witness.name, Outcome.AWAY, answer.why)
        asked = _judged(witness, published, old, answer, clock())
        if answer.status != HTTPStatus.CONFLICT or asked.outcome is Outcome.ALARM or asked.size == old:
            break
        old = asked.size
    return asked


def _request(published: Published, old: int) -> bytes:
    proof = published.tree.consistency(old)
    return "".join(f"{line}\n" for line in [f"old {old}", *map(to_base64, proof), ""]).encode() + published.note


def _judged(witness: KnownWitness, published: Published, old: int, answer: Answered, now: float) -> Asked:
    size, name = published.checkpoint.size, witness.name
    match answer.status:
        case HTTPStatus.OK:
            return _signed(witness, published, answer.body, now)
        case HTTPStatus.CONFLICT:
            return _in_conflict(name, published, old, answer.body)
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            says = f"does not find that our {size:,} entries go on from the {old:,} that it signed: a FORK"
            return Asked(name, Outcome.ALARM, says)
        case HTTPStatus.FORBIDDEN:
            return Asked(name, Outcome.REFUSED, "knows this log by another key than the one that seals it")
        case HTTPStatus.NOT_FOUND:
            return Asked(name, Outcome.REFUSED, "does not know this log, or is not at this address")
        case status:
            return Asked(name, Outcome.AWAY, f"answers with HTTP status {status}")


def _signed(witness: KnownWitness, published: Published, body: bytes, now: float) -> Asked:
    """Take the line of this witness's own key out of its answer, if it holds."""
    why = "it is empty"
    for line in body.splitlines(keepends=True):
        try:
            _, (signed, *_) = open_note(published.note + line, [witness.key])
            check_time(signed, now)
        except NotProved as wrong:
            why = str(wrong)
        else:
            size = published.checkpoint.size
            return Asked(witness.name, Outcome.SIGNED, f"signed {size:,} entries", line, size)
    return Asked(witness.name, Outcome.REFUSED, f"gave no signature that can be believed ({why})")


def _in_conflict(name: str, published: Published, old: int, body: bytes) -> Asked:
    size = published.checkpoint.size
    try:
        theirs = read_size(body.decode("ascii", "replace").removesuffix("\n"))
    except NotProved:
        return Asked(name, Outcome.REFUSED, "answers a conflict without the size that it signed")
    if size < theirs <= sealed_size(published.tree.folder):
        return Asked(name, Outcome.AWAY, f"has signed a newer seal of this log meanwhile, of {theirs:,} entries")
    if theirs > size:
        says = f"signed {theirs:,} entries, and this log has {size:,}: it was ROLLED BACK, or another one seals too"
        return Asked(name, Outcome.ALARM, says)
    if theirs == old == size:
        says = f"signed another tree of {size:,} entries: a FORK"
        return Asked(name, Outcome.ALARM, says)
    return Asked(name, Outcome.REFUSED, f"signed {theirs:,} entries last, and does not go on from there", size=theirs)


def _read_seen(folder: Path) -> Mapping[str, int]:
    """What witnesses signed last, as far as we know; a hint that is lost or damaged costs a request."""
    try:
        return msgspec.json.decode((folder / SEEN).read_bytes(), type=dict[str, int])
    except (OSError, msgspec.MsgspecError):
        return {}


class Witnessing:
    """Asks the witnesses in a thread of its own, always for the newest seal that it was shown."""

    def __init__(self, folder: Path, trust: Trust, tell: Callable[[Round], None]) -> None:
        self._folder = folder
        self._trust = trust
        self._tell = tell
        self._newest: Published | None = None
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = ThreadPoolExecutor(1, "witnessing")
        self._work = self._thread.submit(self._keep_asking)

    def show(self, published: Published) -> None:
        """Leave a seal to be shown, and return at once. Raises what ended the thread, if it has ended."""
        if self._work.done():
            self._work.result()
        if published is not self._newest:
            self._newest = published
            self._wake.set()

    def close(self) -> None:
        """Ask nobody any more; a round that has begun is ended."""
        self._stop.set()
        self._wake.set()
        self._thread.shutdown()

    def _keep_asking(self) -> None:
        patience: float | None = None
        while not self._stop.is_set():
            self._wake.wait(patience)
            self._wake.clear()
            if self._newest is not None and not self._stop.is_set():
                done = self._round(self._newest)
                self._tell(done)
                patience = None if done.is_witnessed else SECONDS_UNTIL_ASKED_AGAIN
                self._stop.wait(SECONDS_BETWEEN_ROUNDS)

    def _round(self, published: Published) -> Round:
        try:
            return ask_witnesses(published, self._folder, self._trust)
        except (Refused, WorldFailed) as fault:
            return Round(published.checkpoint.size, [], is_witnessed=False, fault=str(fault))
