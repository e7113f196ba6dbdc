"""A small generated population: first surveys as submissions, or the files of its parts."""

from functools import cache
from pathlib import Path

from adapters.population import first_surveys as reading
from adapters.population.generation import generate
from adapters.population.part import Part, make_nation, make_part
from adapters.population.worker import Order
from adapters.submissions.shape import MissedOut

SEED = 5


@cache
def a_part(households: int, seed: int, number: int = 0) -> Part:
    """One part of a nation of this size."""
    return make_part(make_nation(households, seed), number)


@cache
def first_surveys(households: int, seed: int = SEED) -> tuple[MissedOut, ...]:
    """What `import` makes of the only part of a small nation."""
    part = a_part(households, seed)
    return tuple(reading.first_surveys(part.households, part.people))


def write_population(folder: Path, households: int, parts: int) -> None:
    """Write the files of a small nation in so many parts."""
    generate(Order(households, SEED, folder, is_counted=False, part_households=-(-households // parts)), workers=1)
