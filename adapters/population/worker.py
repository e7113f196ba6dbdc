"""A process that makes one part of a population after another, started by whoever makes the population."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from adapters.population.folder import WrittenPart, find_part, write_part
from adapters.population.frame import PART_HOUSEHOLDS
from adapters.population.part import Nation, make_nation, make_part
from adapters.population.tally import Tally
from adapters.team import Tell, Work, serve


class Order(msgspec.Struct, frozen=True):
    """What is to be made: how many households from which seed, where to (or nowhere), and whether it is counted."""

    households: int
    seed: int
    folder: Path | None
    is_counted: bool
    part_households: int = PART_HOUSEHOLDS


class Done(msgspec.Struct, frozen=True):
    """One part of an order."""

    households: int
    people: int
    written: WrittenPart | None
    tally: Tally | None


@contextmanager
def ready(order: Order) -> Iterator[Work]:
    """Be ready for the numbers of parts; what all parts of the nation share is worked out with the first."""
    nation: Nation | None = None

    def work(number: int, _: Tell) -> Done:
        nonlocal nation
        if order.folder and not order.is_counted and (earlier := find_part(order.folder, number)):
            return Done(earlier.households.rows, earlier.people.rows, earlier, None)
        nation = nation or make_nation(order.households, order.seed, order.part_households)
        return _make(order, nation, number)

    yield work


def _make(order: Order, nation: Nation, number: int) -> Done:
    part = make_part(nation, number)
    written = write_part(order.folder, number, part.households, part.people) if order.folder else None
    return Done(
        households=part.households.num_rows,
        people=part.people.num_rows,
        written=written,
        tally=part.tally if order.is_counted else None,
    )


def main(descriptor: int) -> None:
    """Work as a process of its own, told over the pipe with this descriptor."""
    serve(descriptor, ready)
