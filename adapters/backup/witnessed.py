"""A checkpoint that witnesses signed, from outside the backup: from a file, or from where somebody publishes it."""

import time
from pathlib import Path
from typing import NamedTuple

import urllib3

from adapters.faults import Refused, WorldFailed
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import NOTE_BYTES_MAX, Checkpoint
from adapters.seals.trust import Trust

ANSWER_SECONDS_MAX = 10.0
_OK = 200


class Witnessed(NamedTuple):
    """What witnesses signed, and when the last of them did, in seconds since 1970."""

    checkpoint: Checkpoint
    time: int


def read_witnessed(file_or_url: str, trust: Trust, origin: str) -> Witnessed:
    """Read and check a checkpoint. Raises Refused where it is not to be believed or of another log, or WorldFailed."""
    is_url = file_or_url.startswith(("http://", "https://"))
    note = _fetched(file_or_url) if is_url else _read(Path(file_or_url))
    try:
        checked = trust.check(note, time.time())
    except NotProved as wrong:
        raise Refused(f"The witnessed checkpoint {file_or_url} is not to be believed: {wrong}.") from None
    times = [signed.time for signed in checked.signed_by if signed.key in {one.key for one in trust.witnesses}]
    if not times:
        raise Refused(
            f"No witness of the policy signed {file_or_url}: with the registry's own signature alone nobody outside it"
            " can say what there was. Take the newest checkpoint that a witness has."
        )
    if checked.checkpoint.origin != origin:
        raise Refused(f"{file_or_url} is of the log {checked.checkpoint.origin}, and this registry is {origin}.")
    return Witnessed(checked.checkpoint, max(times))


def _read(place: Path) -> bytes:
    try:
        with place.open("rb") as file:
            return file.read(NOTE_BYTES_MAX + 1)
    except OSError as failure:
        raise WorldFailed(f"The witnessed checkpoint {place} cannot be read ({failure.strerror}).") from failure


def _fetched(url: str) -> bytes:
    try:
        with urllib3.PoolManager(retries=False, timeout=ANSWER_SECONDS_MAX) as pool:
            response = pool.request("GET", url, preload_content=False, redirect=False)
            content = response.read(NOTE_BYTES_MAX + 1)
    except urllib3.exceptions.HTTPError as failure:
        raise WorldFailed(f"{url} does not answer ({failure}).") from failure
    if response.status != _OK:
        raise WorldFailed(f"{url} answers {response.status} instead of a checkpoint.")
    return content
