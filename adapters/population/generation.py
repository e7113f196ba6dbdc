"""Make a population part by part, in as many processes as are wanted; the answer is the same for any number."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import reduce
from operator import add

import msgspec

from adapters.faults import Refused
from adapters.population.folder import filling, purpose_of, write_manifest
from adapters.population.frame import HOUSEHOLDS_MAX
from adapters.population.tally import Tally
from adapters.population.worker import Done, Order, ready
from adapters.team import Trade, answers, team

_TRADE = Trade(
    "adapters.population.worker",
    "the population",
    "Whole parts stay; run the same again to go on, with fewer --workers where memory ran out.",
)
SEED_MAX = 2**63 - 1


class Population(msgspec.Struct, frozen=True):
    """What came of an order."""

    households: int
    people: int
    parts: int
    tally: Tally | None


def check_order(households: int, seed: int) -> None:
    """Raises Refused where a number is out of its range."""
    ranges = (
        ("--households", households, 1, HOUSEHOLDS_MAX),
        ("--seed", seed, 0, SEED_MAX),
    )
    for name, value, least, most in ranges:
        if not least <= value <= most:
            raise Refused(f"{name} {value}: must be from {least:,} to {most:,}.")


def generate(order: Order, workers: int, more: Callable[[int], None] = lambda _: None) -> Population:
    """Make a population; `more` is told of the households of each part. Raises Refused or WorldFailed.

    Broken off, it leaves whole parts and no manifest: the same order again goes on where it ended.
    """
    check_order(order.households, order.seed)
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
        with ready(order) as work:
            yield from (work(number, lambda _: None) for number in numbers)
        return
    with team(_TRADE, order, min(workers, len(numbers))) as hands:
        yield from answers(hands, iter(numbers), ahead=1)
