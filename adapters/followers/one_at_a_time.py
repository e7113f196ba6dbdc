"""Writing one batch while the next one is worked out."""

from collections.abc import Callable
from concurrent.futures import Executor, Future


class OneAtATime:
    """What a follower has in hand to be written: one batch at most, by the thread of an executor if there is one."""

    def __init__(self, writer: Executor | None) -> None:
        self._writer = writer
        self._under_way: Future[None] | None = None

    def do(self, write: Callable[[], None], *, later: bool) -> None:
        """Write, or have it written while the caller goes on; what was in hand before must be finished."""
        assert self._under_way is None, "two batches at a time could be written in the wrong order"
        if self._writer is not None and later:
            self._under_way = self._writer.submit(write)
        else:
            write()

    def finish(self) -> bool:
        """Wait until what is being written is there, if anything is; raises what prevented it."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()
        return under_way is not None

    def give_up(self) -> None:
        """Wait until nothing is being written any more, whether or not it succeeded."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.exception()
