"""A process that checks parts of a tree, started by `fsck`."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.seals.fsck import check_part
from adapters.team import Work, serve


@contextmanager
def ready(_: None) -> Iterator[Work]:
    """Be ready to check parts."""
    yield lambda part, _: check_part(part)


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
