"""Making the heads tree again from the sealed entries alone, and holding it against what the log states of it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters import codec
from adapters.audit.findings import Finding, Kind
from adapters.log import EventLog
from adapters.seals.heads import HeadsTree
from adapters.seals.heads_making import make_heads
from adapters.seals.tiles import Tiles
from domain.event import Recorded
from domain.seal import HeadsSealed
from domain.streams import heads_stream


def compare_heads(log: EventLog, tree: Tiles) -> Iterator[Finding]:
    """Compare the newest heads that are stated and sealed. Raises NotProved or WorldFailed where they cannot be made.

    It takes 150 bytes for each stream in the folder for temporary files.
    """
    stated = [entry for entry in log.stream(heads_stream()) if entry.position <= tree.size]
    if not stated:
        return
    try:
        newest: Recorded[HeadsSealed] = codec.recorded(stated[-1])
    except Exception as fault:  # noqa: BLE001 - what was tampered with may fail in any way
        says = f"the heads that were stated last cannot be read: {str(fault).rstrip('.')}"
        yield Finding(Kind.UNREADABLE, says, stated[-1].position)
        return
    until, streams, root = newest.event.until_position, newest.event.streams, newest.event.root
    if not 0 < until < newest.position:
        says = f"the heads stated at position {newest.position:,} speak of position {until:,}, which is not before it"
        yield Finding(Kind.HEADS_DIFFER, says, newest.position)
        return
    with TemporaryDirectory(prefix="gharana-heads-") as folder:
        place = Path(folder) / str(until)
        make_heads(tree, until, place, upon_earlier=False)
        made = HeadsTree(place)
        if (len(made), made.tree.root()) != (streams, root):
            says = (
                f"the heads stated at position {newest.position:,} are of {streams:,} streams, and those of the sealed"
                f" events up to {until:,} are of {len(made):,}, or have another root"
            )
            yield Finding(Kind.HEADS_DIFFER, says, newest.position)
