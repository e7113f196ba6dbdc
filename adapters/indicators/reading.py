"""Reads the counts behind the indicators, as of any day, from the answers that the projector keeps."""

from datetime import date
from typing import NamedTuple

from adapters.faults import Refused
from adapters.followers.projector import PROJECTOR
from adapters.registry.opening import Registry
from projections.indicators.figures import NATION, Counts, Population, populate
from projections.indicators.themes import COLUMNS

REGION_LETTERS = len("PK6")
MONTHS_MAX = 240
"""Most months of a course that are told apart: twenty years."""

_SUMS = ", ".join(f"sum({column})" for column in COLUMNS)
_AS_OF = f"SELECT place, {_SUMS} FROM indicators WHERE day <= %(day)s GROUP BY place"  # noqa: S608 - names of ours
_BY_MONTH = f"""
    SELECT left(place, {REGION_LETTERS}), date_trunc('month', day)::date, {_SUMS}
    FROM indicators WHERE day <= %(day)s GROUP BY 1, 2 ORDER BY 2, 1"""  # noqa: S608 - names of ours
_BEHIND = "SELECT count(*) FROM stored_events WHERE notification_id > %(counted)s AND starts_with(topic, 'household.')"
_EITHER = "SELECT EXISTS (SELECT FROM households), EXISTS (SELECT FROM indicators)"


class Course(NamedTuple):
    """The counts at the end of each month, of the nation and of each region, oldest first."""

    months: tuple[date, ...]
    counts: dict[str, list[Counts]]


def population_as_of(registry: Registry, day: date) -> Population:
    """Everybody counted in a place as of a day. Raises Refused where nobody is, or the counts were never made."""
    _refuse_empty(registry)
    rows = registry.rows(_AS_OF, {"day": day})
    population = populate({row[0]: tuple(row[1:]) for row in rows}, registry.places)
    if not any(population.counts[NATION]):
        raise Refused(f"Nobody was registered by {day}: ask for a later day with `--as-of`.")
    return population


def course_until(registry: Registry, day: date) -> Course:
    """How the counts came to be what they are as of a day, month by month."""
    rows = registry.rows(_BY_MONTH, {"day": day})
    months = sorted({row[1] for row in rows})
    zeros = (0,) * len(COLUMNS)
    regions = sorted({row[0] for row in rows})
    so_far: dict[str, Counts] = dict.fromkeys([NATION, *regions], zeros)
    course: dict[str, list[Counts]] = {code: [] for code in so_far}
    changes = {(row[0], row[1]): tuple(row[2:]) for row in rows}
    for month in months:
        for region in regions:
            change = changes.get((region, month), zeros)
            so_far[region] = _plus(so_far[region], change)
            so_far[NATION] = _plus(so_far[NATION], change)
        for code, counts in so_far.items():
            course[code].append(counts)
    shown = slice(-MONTHS_MAX, None)
    return Course(tuple(months[shown]), {code: counts[shown] for code, counts in course.items()})


def events_behind(registry: Registry) -> int:
    """How many events of households are not in the counts yet."""
    ((behind,),) = registry.rows(_BEHIND, {"counted": registry.log.checkpoint(PROJECTOR)})
    return int(behind)


def _refuse_empty(registry: Registry) -> None:
    ((any_household, any_count),) = registry.rows(_EITHER, {})
    if not any_household:
        raise Refused("No household is counted yet: register some, and let `run --until-caught-up` count them.")
    if not any_count:
        raise Refused(
            "This registry's households were taken in by a program that did not count them: stop `run`, then let "
            "`rebuild --swap` make the counts."
        )


def _plus(one: Counts, other: Counts) -> Counts:
    return tuple(map(sum, zip(one, other, strict=True)))
