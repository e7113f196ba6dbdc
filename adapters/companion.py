"""A process of ours beside this one, told over a pipe what to do. It ends when this one does, however that ends."""

import os
import pickle
import signal
import subprocess
import sys
from multiprocessing import Pipe
from typing import Any

from adapters.faults import WorldFailed

END_SECONDS_MAX = 5.0


class Companion:
    """Runs `main(descriptor)` of a module in a process of its own; the descriptor is its end of the pipe.

    Only what it is told is its own: connections and files of this process are not open in it.
    """

    def __init__(self, module: str, task: str, advice: str) -> None:
        """Start it; when it is gone, a sentence says of which task it was, and the advice what that means."""
        self._task, self._advice = task, advice
        self.pipe, theirs = Pipe()
        command = [sys.executable, "-c", f"from {module} import main; main({theirs.fileno()})"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL)
        theirs.close()

    def tell(self, what: Any) -> None:
        """Hand something over. Raises WorldFailed when the process is gone."""
        try:
            self.pipe.send(what)
        except OSError:
            raise self._gone() from None

    def hear(self) -> Any:
        """Wait for what it says next. Raises the fault that ended it, or WorldFailed when it is simply gone."""
        try:
            said = self.pipe.recv()
        except (EOFError, OSError, pickle.UnpicklingError):
            raise self._gone() from None
        if isinstance(said, Exception):
            raise said
        return said

    def end(self, patience_seconds: float = 0.0) -> None:
        """Let it go: give it so long to end by itself, now that nobody listens, and then kill it."""
        self.pipe.close()
        try:
            self.process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(END_SECONDS_MAX)

    def _gone(self) -> WorldFailed:
        code = self.process.wait(END_SECONDS_MAX)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with code {code}"
        return WorldFailed(f"A process of {self._task} (number {self.process.pid}) {how}. {self._advice}")
