"""When things happen that happen so often a year, drawn from a household's own source of chance."""

from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import blake2b
from random import Random

DAYS_IN_YEAR = 365.25
DELAY_DAYS_MAX = 300
"""Whoever has not come to the desk by then comes now."""


def source(seed: int, *what: bytes) -> Random:
    """A source of chance of its own for everything that is named so."""
    digest = blake2b(b"\0".join((b"%d" % seed, *what)), digest_size=16, person=b"gharana lives")
    return Random(int.from_bytes(digest.digest(), "big"))  # noqa: S311 - made-up lives are no secret


def chance(rng: Random, share: float) -> bool:
    """Whether something happens that happens to this share."""
    return rng.random() < share


def times(rng: Random, per_year: float, since: date, until: date) -> Iterator[date]:
    """The days on which something happens that happens so often a year."""
    if per_year <= 0:
        return
    day = float(since.toordinal())
    while True:
        day += rng.expovariate(per_year) * DAYS_IN_YEAR
        if day > until.toordinal():
            return
        yield date.fromordinal(int(day))


def first_time(rng: Random, per_year: float, since: date, until: date) -> date | None:
    """The first of these days, if there is one."""
    return next(times(rng, per_year, since, until), None)


def delay(rng: Random, mean_days: float) -> timedelta:
    """How long until somebody goes to the desk: some at once, some after months."""
    return timedelta(days=min(DELAY_DAYS_MAX, int(rng.expovariate(1 / mean_days)) if mean_days else 0))


def some_day(rng: Random, first: date, last: date) -> date:
    """Any day between two."""
    return first + timedelta(days=rng.randint(0, max(0, (last - first).days)))


def years_between(since: date, until: date) -> float:
    """Time in years."""
    return max(0.0, (until - since).days / DAYS_IN_YEAR)
