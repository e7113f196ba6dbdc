"""A process that has imported the verbs of every day and divides itself for each call: it starts in 30 ms, not in 700.

Whoever calls is a process of its own with arguments, environment and standard streams of its own, as bin/gharana is.
"""

import gc
import json
import os
import socket
import sys

from adapters.cli import main as command_line

LEFT_OUT = {"demo", "lives", "population", "indicators", "extract", "simulate", "bench"}
"""Verbs that bring in libraries with threads of their own; a call of one imports it, as it does in bin/gharana."""

ARE_SENT = 5
"""File descriptors: the request, standard input, output and error of the call, and where its end is to be told."""


def serve(calls: socket.socket) -> tuple[list[str], dict[str, str], str]:
    """Return once for each call, in the process that is to make it: its arguments, environment and folder."""
    while sent := socket.recv_fds(calls, 1, ARE_SENT)[1]:
        if os.fork() == 0:
            if (call := os.fork()) == 0:
                return _become(sent)
            _tell_the_end(call, sent[-1])
        for descriptor in sent:
            os.close(descriptor)
        _bury_who_has_ended()
    raise SystemExit(0)


def _become(sent: list[int]) -> tuple[list[str], dict[str, str], str]:
    with os.fdopen(sent[0], "rb", closefd=False) as request:
        arguments, environ, folder = json.load(request)
    for number, descriptor in enumerate(sent[1:4]):
        os.dup2(descriptor, number)
    os.closerange(3, max(sent) + 1)
    return arguments, environ, folder


def _tell_the_end(call: int, answer: int) -> None:
    os.write(answer, f"{call}\n".encode())  # so that it can be killed
    _, status = os.waitpid(call, 0)
    os.write(answer, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _bury_who_has_ended() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main() -> None:
    command_line.app_of(verb for verb in command_line.VERBS if verb not in LEFT_OUT)
    gc.freeze()
    arguments, environ, folder = serve(socket.socket(fileno=int(sys.argv[1])))
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    sys.argv = ["gharana", *arguments]
    command_line.main()


if __name__ == "__main__":
    main()
