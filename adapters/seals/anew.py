"""Sealing under another name and key, once events were lost of which others may have seen a seal.

The tree goes on from where the backup was sealed, but nobody who knows the former name takes its new heads for that
one's: so no two trees of one name differ. Each step may be done twice, and the mark of the restore goes last.
"""

import os
from datetime import date, datetime
from pathlib import Path

from adapters import codec
from adapters.durable import flush_folder
from adapters.faults import Refused, WorldFailed
from adapters.log import EventLog
from adapters.seals.key_file import SEAL_KEY, make_signer, open_signer
from adapters.seals.notes import Signer
from adapters.seals.published import CHECKPOINT, WITNESSED, publish
from adapters.seals.restored import Restored, remove_mark
from adapters.seals.tiles import Tiles
from domain.event import Envelope
from domain.seal import SealedAnew
from domain.streams import origins_stream

ROLE = "seals"
NEXT, FORMER = ".next", ".former"


def seal_anew(
    log: EventLog, folder: Path, key_place: Path, restored: Restored, said: SealedAnew, by: str, now: datetime
) -> Signer:
    """Record that events were lost, and go on under a new name and key; the former key and heads are kept beside them.

    Raises Refused where the name is the former one.
    """
    if said.origin == restored.origin:
        raise Refused(f"{said.origin} is the former name: witnesses know another history by it. Name a new one.")
    _record(log, said, restored, by, now)
    try:
        _change(folder, key_place, restored, said.origin)
    except OSError as failure:
        raise WorldFailed(
            f"The new seal key cannot be put in place ({failure.filename}: {failure.strerror}). Do the same again."
        ) from failure
    remove_mark(folder)
    return open_signer(key_place)


def saying(restored: Restored, on: date, lost_until: int | None, reason: str, origin: str | None) -> SealedAnew:
    """What is recorded of the loss; unless it is named, the new name is the former one and where it parts from it."""
    new = origin or f"{restored.origin}/after-{restored.sealed}"
    return SealedAnew(on, restored.sealed, lost_until, new, restored.origin, reason)


def find_said(log: EventLog, restored: Restored) -> SealedAnew | None:
    """What was recorded of the loss already, and was not brought to its end."""
    known = log.stream(origins_stream())
    said: SealedAnew | None = codec.recorded(known[-1]).event if known else None
    is_of_this = said is not None and (said.former_origin, said.sealed) == (restored.origin, restored.sealed)
    return said if is_of_this else None


def _record(log: EventLog, said: SealedAnew, restored: Restored, by: str, now: datetime) -> None:
    if find_said(log, restored) is not None:
        return
    known = log.stream(origins_stream())
    log.append([codec.to_store(origins_stream(), len(known) + 1, Envelope(now, by, ROLE), said)])


def _change(folder: Path, key_place: Path, restored: Restored, origin: str) -> None:
    if open_signer(key_place).name == origin:
        return
    next_place = key_place.with_name(key_place.name + NEXT)
    if not next_place.exists():
        make_signer(next_place, SEAL_KEY, origin)
    for name in (CHECKPOINT, WITNESSED):
        _keep(folder / name, folder / (name + FORMER))
    (folder / WITNESSED).unlink(missing_ok=True)
    publish(Tiles(folder, restored.sealed), open_signer(next_place))
    _keep(key_place, key_place.with_name(f"{key_place.name}{FORMER}-{restored.sealed}"))
    next_place.replace(key_place)
    flush_folder(key_place.parent)


def _keep(place: Path, kept: Path) -> None:
    """Give a file a second name, under which it stays; not again where that was done before a crash."""
    if place.exists() and not kept.exists():
        os.link(place, kept)
