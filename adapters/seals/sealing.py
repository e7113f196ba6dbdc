"""Sealing as work: all at once, or on and on every two seconds, with the heads of all streams once a day."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event

from adapters import codec
from adapters.faults import WorldFailed
from adapters.log import Conflict, EventLog
from adapters.postgres.leading import SEALER_LOCK, leading
from adapters.seals.heads import drop_older_heads, open_or_make_heads
from adapters.seals.notes import Signer
from adapters.seals.published import Published, find_published
from adapters.seals.sealer import EVENTS_MAX, SEALER, Sealer
from adapters.seals.tiles import Tiles
from domain.event import Envelope
from domain.seal import HeadsSealed
from domain.streams import heads_stream

SECONDS_BETWEEN_SEALS = 2.0
"""An event waits so long for its seal at most, and each seal writes some five small files."""
SECONDS_UNTIL_HEADS_AGAIN = 300.0
"""After heads that could not be made, as on a full disk."""
OTHERS_SECONDS_MAX = 60.0
"""How long another process at work may take to seal what stands in the log now."""
ATTEMPTS_MAX = 5
ROLE = "system"
_LOOK_SECONDS = 0.2

Tell = Callable[[int], None]


def seal_all(dsn: str, log: EventLog, folder: Path, signer: Signer, tell: Tell = lambda _: None) -> Published | None:
    """Seal what stands in the log now, or wait until the process that seals has done it; None for an empty log.

    `tell` is told how many more are sealed. Raises WorldFailed where another process does not get on with it.
    """
    until, give_up_at = log.last_position(), time.monotonic() + OTHERS_SECONDS_MAX
    while True:
        with leading(dsn, SEALER_LOCK, _at_once()) as leads:
            if leads():
                sealer = Sealer(log, folder, signer)
                tell(sealer.position)
                while (before := sealer.position) < until and leads() and sealer.step():
                    tell(sealer.position - before)
                if sealer.position >= until:
                    return sealer.published
        published = find_published(folder, signer.verifier)
        if published is not None and published.tree.size >= until:
            return published
        if time.monotonic() > give_up_at:
            raise WorldFailed(
                f"Another process seals this registry, and has not sealed position {until:,} within"
                f" {OTHERS_SECONDS_MAX:.0f} s under {folder}. See `status`; on another machine, name its folder."
            )
        time.sleep(_LOOK_SECONDS)


def state_heads(log: EventLog, tree: Tiles, on: date, now: datetime) -> HeadsSealed:
    """Make the heads tree of all that is sealed, and state its root in the log. Raises WorldFailed."""
    heads = open_or_make_heads(tree, tree.size)
    event = HeadsSealed(on, heads.until_position, len(heads), heads.tree.root())
    for attempt in range(1, ATTEMPTS_MAX + 1):
        version = len(log.stream(heads_stream())) + 1
        try:
            log.append([codec.to_store(heads_stream(), version, Envelope(now, SEALER, ROLE), event)])
        except Conflict:
            if attempt == ATTEMPTS_MAX:
                raise
        else:
            break  # another process may have stated heads meanwhile: both hold
    drop_older_heads(tree.folder)
    return event


def heads_are_due(log: EventLog, today: date) -> bool:
    """Whether the heads were not stated yet today."""
    stated = log.stream(heads_stream())
    return not stated or codec.recorded(stated[-1]).event.on < today


class Sealing:
    """Seals on and on; the heads tree is made beside it, since that of a nation takes minutes."""

    def __init__(
        self, log: EventLog, sealer: Sealer, today: Callable[[], date], notice: Callable[[str], None] = lambda _: None
    ) -> None:
        self._log = log
        self._sealer = sealer
        self._today = today
        self._notice = notice
        self._heads_again_at = 0.0
        self._beside = ThreadPoolExecutor(1, "heads")
        self._heads: Future[HeadsSealed] | None = None

    def keep_on(self, stop: Event, goes_on: Callable[[], bool]) -> None:
        """Seal until told to stop, or until this process may not go on."""
        try:
            while not stop.is_set() and goes_on():
                before = self._sealer.position
                self._sealer.step()
                self._state_heads_when_due()
                if self._sealer.position - before < EVENTS_MAX:
                    stop.wait(SECONDS_BETWEEN_SEALS)
        finally:
            self._beside.shutdown(cancel_futures=True)

    def _state_heads_when_due(self) -> None:
        """Heads that cannot be made are told and tried again later: sealing does not wait for them."""
        if self._heads is not None:
            if not self._heads.done():
                return
            heads, self._heads = self._heads, None
            try:
                heads.result()
            except WorldFailed as failure:
                self._heads_again_at = time.monotonic() + SECONDS_UNTIL_HEADS_AGAIN
                self._notice(f"The heads of this day could not be stated: {failure}")
        published = self._sealer.published
        if time.monotonic() < self._heads_again_at:
            return
        if published is not None and heads_are_due(self._log, self._today()):
            self._heads = self._beside.submit(state_heads, self._log, published.tree, self._today(), datetime.now(UTC))


def _at_once() -> Event:
    """Told to stop already: whoever asks once does not wait."""
    stop = Event()
    stop.set()
    return stop
