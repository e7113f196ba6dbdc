"""The program of `examples/partner` in a process of its own, reading a feed from its beginning as fast as it can."""

import asyncio
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from adapters.companion import Companion, hand_over
from adapters.home import REPOSITORY
from adapters.registry.partner_access import Access

PROGRAM = REPOSITORY / "examples" / "partner"


class Pulling(msgspec.Struct, frozen=True):
    """So many messages of a programme's feed are to be pulled; into a list where a file is named, else only read."""

    access: Access
    programme: str
    messages: int
    file: Path | None


def pulled_per_s(pulling: Pulling) -> float:
    """Let the program pull them; gives messages a second between the first batch and the last."""
    companion = Companion("adapters.bench.partner_program", "the measurement", "Measure again.")
    try:
        companion.tell(pulling)
        return float(companion.hear())
    finally:
        companion.end(patience_seconds=5)


async def _pull(pulling: Pulling) -> float:
    sys.path.insert(0, str(PROGRAM))
    from door import Access as Given  # noqa: PLC0415 - its folder is on the path only from here on
    from door import Door  # noqa: PLC0415
    from kept_list import KeptList  # noqa: PLC0415

    async def complain(failure: Exception) -> None:
        raise failure

    given = Given(**msgspec.to_builtins(pulling.access))
    door = Door(given, pulling.programme, complain)
    kept = None if pulling.file is None else KeptList(pulling.file, f"{given.user}/{pulling.programme}")
    await door.open()
    count, began = 0, 0.0
    async for batch in door.batches():
        if batch and not began:
            began = time.perf_counter()
        if kept is not None:
            kept.apply([delivered.told for delivered in batch])
        count += len(batch)
        if batch:
            await door.acknowledge(batch[-1].reply)
        if count >= pulling.messages:
            break
    seconds = time.perf_counter() - began
    await door.close()
    return count / seconds


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    pipe = Connection(descriptor)
    try:
        pulling: Any = pipe.recv()
        pipe.send(asyncio.run(_pull(pulling)))
    except Exception as fault:  # noqa: BLE001 - it is raised where the measurement is led
        hand_over(fault, pipe)
