"""Make a population part by part, in as many processes as are wanted; the answer is the same for any number."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from functools import cache, reduce
from operator import add
from pathlib import Path

import msgspec

from adapters.faults import Refused, WorldFailed
from adapters.population.folder import WrittenPart, filling, find_part, purpose_of, write_manifest, write_part
from adapters.population.frame import HOUSEHOLDS_MAX, PART_HOUSEHOLDS
from adapters.population.part import Nation, make_nation, make_part
from adapters.population.tally import Tally

SEED_MAX = 2**63 - 1
WORKERS_MAX = 64


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


class Population(msgspec.Struct, frozen=True):
    """What came of an order."""

    households: int
    people: int
    parts: int
    tally: Tally | None


def check_order(households: int, seed: int, workers: int) -> None:
    """Raises Refused where a number is out of its range."""
    ranges = (
        ("--households", households, 1, HOUSEHOLDS_MAX),
        ("--seed", seed, 0, SEED_MAX),
        ("--workers", workers, 1, WORKERS_MAX),
    )
    for name, value, least, most in ranges:
        if not least <= value <= most:
            raise Refused(f"{name} {value}: must be from {least:,} to {most:,}.")


def generate(order: Order, workers: int, more: Callable[[int], None] = lambda _: None) -> Population:
    """Make a population; `more` is told of the households of each part. Raises Refused or WorldFailed.

    Broken off, it leaves whole parts and no manifest: the same order again goes on where it ended.
    """
    check_order(order.households, order.seed, workers)
    purpose = purpose_of(order.seed, order.households, order.part_households)
    done: list[Done] = []
    with filling(order.folder, purpose) if order.folder else nullcontext():
        for part in _parts(order, workers):
            done.append(part)
            more(part.households)
        written = sorted((part.written for part in done if part.written), key=lambda part: part.number)
        if order.folder:
            write_manifest(order.folder, purpose, written)
    tallies = [part.tally for part in done if part.tally is not None]
    return Population(
        households=sum(part.households for part in done),
        people=sum(part.people for part in done),
        parts=len(done),
        tally=reduce(add, tallies) if tallies else None,
    )


def _parts(order: Order, workers: int) -> Iterator[Done]:
    numbers = range(-(-order.households // order.part_households))
    if min(workers, len(numbers)) == 1:
        for number in numbers:
            yield _make(order, number)
        return
    context = multiprocessing.get_context("spawn")  # a copy of a process with threads of Arrow's may hang
    try:
        with ProcessPoolExecutor(min(workers, len(numbers)), mp_context=context) as pool:
            futures = [pool.submit(_make, order, number) for number in numbers]
            try:
                for future in as_completed(futures):
                    yield future.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
    except BrokenProcessPool as failure:
        raise WorldFailed(
            "A process that made a part was killed, for want of memory perhaps: run the same again to go on, "
            "with fewer --workers."
        ) from failure


@cache
def _nation(households: int, seed: int, part_households: int) -> Nation:
    """A process makes many parts of one nation."""
    return make_nation(households, seed, part_households)


def _make(order: Order, number: int) -> Done:
    if order.folder and not order.is_counted and (earlier := find_part(order.folder, number)):
        return Done(earlier.households.rows, earlier.people.rows, earlier, None)
    part = make_part(_nation(order.households, order.seed, order.part_households), number)
    written = write_part(order.folder, number, part.households, part.people) if order.folder else None
    return Done(
        households=part.households.num_rows,
        people=part.people.num_rows,
        written=written,
        tally=part.tally if order.is_counted else None,
    )
