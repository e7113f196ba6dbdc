"""What the log says of itself: where every stream ended, as the root of a tree over the last event of each.

It is stated in the log, so that it stands under the same seal as the events. Whoever knows it can tell that no last
event of a household was withheld, and that a household does not exist.
"""

from datetime import date
from typing import ClassVar

from domain.event import Event


class HeadsSealed(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The last event of each stream was stated, for all events up to a position of the log.

    streams: how many there were. root: of the Merkle tree over (stream, last version, leaf hash of the last event), in
    the order of the streams' ids, 32 bytes.
    """

    name: ClassVar[str] = "registry.heads_sealed.v1"
    on: date
    until_position: int
    streams: int
    root: bytes


class SealedAnew(Event, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """The log was restored from a backup older than what had been sealed, and is sealed under another name since.

    sealed: how many events the seals of the backup covered, which both names share. lost_until: up to which position
    events are known to be lost, as witnesses signed for them; nothing where nobody could say. origin: the new name.
    """

    name: ClassVar[str] = "registry.sealed_anew.v1"
    on: date
    sealed: int
    lost_until: int | None
    origin: str
    former_origin: str
    reason: str
