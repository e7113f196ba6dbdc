"""Keep a partner's list of a programme up to date: `python follow.py listen --help`.

begin    put the list of a snapshot in place of whatever is there
listen   take in what the registry tells, until interrupted
verify   compare the list with a snapshot's count and hash of each district
"""

import argparse
import asyncio
import contextlib
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from door import Delivered, Door, read_access
from kept_list import (
    AGREEMENT_ENDED,
    AGREEMENT_MADE,
    SHOCKS,
    CannotGoOn,
    KeptList,
    Position,
    read_snapshot,
    refuse_another,
)

GAP_SECONDS_MAX = 30
"""What was handed to a process that died comes again after ten seconds; what did not come by now is missing."""


class Listener:
    """Takes messages in, in their order and each once, and acknowledges what is safely kept."""

    def __init__(self, door: Door, kept: KeptList, say: Callable[[str], None]) -> None:
        self._door = door
        self._kept = kept
        self._say = say
        self._position = kept.position()
        self._ahead: dict[int, Delivered] = {}
        self._gap_since: float | None = None

    async def listen(self, *, until_caught_up: bool) -> None:
        outstanding = await self._door.outstanding()
        if outstanding is None:
            raise CannotGoOn("The server does not tell of our consumer: ask the registry whether it is there.")
        if until_caught_up and outstanding == (0, 0):
            return
        async for batch in self._door.batches():
            await self.take(batch)
            may_be_all = not self._ahead and (not batch or batch[-1].waiting == 0)
            if until_caught_up and may_be_all and await self._door.outstanding() == (0, 0):
                return

    async def take(self, batch: Sequence[Delivered]) -> None:
        """Take a batch in as far as nothing is missing before it.

        What is ahead of its turn waits, and so does its acknowledgement, since that would count for all before it.
        """
        known = None
        for delivered in batch:
            if delivered.told.sequence > self._position.sequence:
                self._ahead[delivered.told.sequence] = delivered
            else:
                refuse_another(self._position, delivered.told)
                known = delivered
        if not await self._take_in_order() and known is not None:
            await self._door.acknowledge(known.reply)
        await self._mind_the_gap()

    async def _take_in_order(self, lacks: str = "") -> bool:
        run = []
        following = self._position.sequence + 1 if not lacks else min(self._ahead)
        while following in self._ahead:
            run.append(self._ahead.pop(following))
            following += 1
        if not run:
            return False
        before = self._position
        self._position = self._kept.apply([delivered.told for delivered in run], lacks)
        await self._door.acknowledge(run[-1].reply)
        self._tell(before, run)
        return True

    async def _mind_the_gap(self) -> None:
        if not self._ahead:
            self._gap_since = None
            return
        first, last = self._position.sequence + 1, min(self._ahead) - 1
        if self._gap_since is None:
            self._gap_since = time.monotonic()
            which = f"Message {first:,} has" if first == last else f"Messages {first:,} to {last:,} have"
            self._say(f"{which} not come yet, though later ones have: waiting.")
        elif time.monotonic() - self._gap_since > GAP_SECONDS_MAX:
            self._gap_since = None
            await self._take_in_order(f"messages {first} to {last}")

    def _tell(self, before: Position, run: Sequence[Delivered]) -> None:
        self._say(f"{len(run):,} taken in, up to message {self._position.sequence:,}; {run[-1].waiting:,} wait.")
        for delivered in run:
            if delivered.told.type == AGREEMENT_MADE:
                self._say("An agreement begins, and with it a new list: ask for a snapshot, and `begin` with it.")
            elif delivered.told.type == AGREEMENT_ENDED:
                self._say("The agreement is over, and so is the list.")
            elif delivered.told.type in SHOCKS:
                shock = delivered.told.payload
                self._say(f"{shock['shock']} {SHOCKS[delivered.told.type]}, in {' '.join(shock['places'])}.")
        if self._position.lacks != before.lacks and self._position.lacks:
            self._say(f"The list lacks {self._position.lacks}: ask for a snapshot, and `begin` with it.")


def begin(arguments: argparse.Namespace) -> int:
    snapshot = read_snapshot(arguments.snapshot)
    with contextlib.closing(KeptList(arguments.list, snapshot.feed)) as kept:
        kept.replace(snapshot.entries, snapshot.sequence)
    say(f"{len(snapshot.entries):,} households, as of message {snapshot.sequence:,}: `listen` goes on behind it.")
    return 0


def listen(arguments: argparse.Namespace) -> int:
    access = read_access(arguments.access)
    with contextlib.closing(KeptList(arguments.list, f"{access.user}/{arguments.programme}")) as kept:

        async def until_stopped() -> None:
            task = asyncio.current_task()
            assert task is not None
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
            door = Door(access, arguments.programme, complain)
            try:
                await door.open()
                await Listener(door, kept, say).listen(until_caught_up=arguments.until_caught_up)
            finally:
                await door.close()

        with contextlib.suppress(asyncio.CancelledError):  # a batch is taken in whole or not at all
            asyncio.run(until_stopped())
        position = kept.position()
        say(f"The list stands at message {position.sequence:,}.")
        if position.lacks:
            say(f"It lacks {position.lacks}: ask for a snapshot, and `begin` with it.")
    return 0


def verify(arguments: argparse.Namespace) -> int:
    snapshot = read_snapshot(arguments.snapshot)
    with contextlib.closing(KeptList(arguments.list, snapshot.feed)) as kept:
        ours, position = kept.districts(), kept.position()
    if position.sequence != snapshot.sequence:
        raise CannotGoOn(
            f"The list stands at message {position.sequence} and the snapshot at {snapshot.sequence}: `listen` until "
            "they agree, or ask for a newer snapshot."
        )
    nothing = (0, "")
    differing = [
        place for place in sorted({*ours, *snapshot.districts}) if ours.get(place) != snapshot.districts.get(place)
    ]
    for place in differing:
        here, there = ours.get(place, nothing)[0], snapshot.districts.get(place, nothing)[0]
        say(f"{place} differs: {here:,} households here, {there:,} in the snapshot.")
    if differing:
        say("`begin` with the snapshot to put the list right, and tell the registry.")
        return 1
    say(f"All districts agree ({len(ours)}): {len(snapshot.entries):,} households, at message {position.sequence:,}.")
    return 0


async def complain(failure: Exception) -> None:
    """Say what the connection meets; it is tried again by itself."""
    sys.stderr.write(f"{str(failure) or type(failure).__name__}\n")


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def parsed(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for name, work in (("begin", begin), ("listen", listen), ("verify", verify)):
        verb = verbs.add_parser(name)
        verb.set_defaults(work=work)
        verb.add_argument(
            "--list", type=Path, required=True, help="the file of the list; it is made where there is none"
        )
        if work is listen:
            verb.add_argument("--access", type=Path, required=True, help="the file that came with the key")
            verb.add_argument("--programme", required=True, help="the programme that the agreement is on")
            verb.add_argument("--until-caught-up", action="store_true", help="stop when nothing waits")
        else:
            verb.add_argument("snapshot", type=Path, help="what `feed snapshot --json` printed")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Do what the command line says; 0 when it is done, 1 when somebody must act first or lists differ."""
    arguments = parsed(words)
    try:
        code: int = arguments.work(arguments)
    except CannotGoOn as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    except sqlite3.Error as failure:
        sys.stderr.write(
            f"The list in {arguments.list} cannot be read or written ({failure}): see to the file first.\n"
        )
        return 1
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
