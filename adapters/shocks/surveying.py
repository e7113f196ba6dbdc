"""The survey after a shock: who is still to be asked, the poorest first, and how far it has come in each tehsil."""
# ruff: noqa: S608 - queries are made of constants and of names for parameters

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from adapters.postgres.moment import Ask
from adapters.shocks.struck import TEHSIL_LETTERS, Parameters, struck, within
from domain.shock import Shock


class Waiting(msgspec.Struct, frozen=True):
    """A household that is still to be surveyed: where it lived at the impact and lives now, and its score."""

    household: UUID
    tehsil: str
    union_council: str | None
    lives_in: str
    people: int
    score: Decimal | None


class Progress(msgspec.Struct, frozen=True):
    """How far the survey has come in one tehsil, named as far as it is known, as it was at the impact."""

    tehsil: str
    struck: int
    surveyed: int
    last_on: date | None

    @property
    def left(self) -> int:
        """Households still to be surveyed."""
        return self.struck - self.surveyed


class DayOfSurvey(msgspec.Struct, frozen=True):
    """How many households of a tehsil were surveyed on a day."""

    tehsil: str
    day: date
    surveyed: int


_SURVEYED = "done.household_id = hit.household_id AND done.shock = %(shock)s"


def worklist(ask: Ask, shock: Shock, place: str, limit: int) -> Iterator[Waiting]:
    """List who was struck and not surveyed since, the poorest first; those without a score come last."""
    hit, parameters = _of(shock)
    parameters["limit"] = limit
    chosen = within("hit", "chosen", (place,), parameters) if place else "true"
    rows = ask(
        f"SELECT hit.household_id, left(hit.place, {TEHSIL_LETTERS}), hit.union_council, now.place, hit.members,"
        f" standing.score FROM ({hit}) AS hit JOIN households now USING (household_id)"
        f" LEFT JOIN standing USING (household_id) WHERE {chosen}"
        f" AND NOT EXISTS (SELECT FROM shock_surveys done WHERE {_SURVEYED})"
        " ORDER BY standing.score NULLS LAST, hit.household_id LIMIT %(limit)s",
        parameters,
    )
    return (Waiting(*row) for row in rows)


def progress(ask: Ask, shock: Shock) -> list[Progress]:
    """Count by tehsil who was struck, and who of them was surveyed since."""
    hit, parameters = _of(shock)
    rows = ask(
        f"SELECT left(hit.place, {TEHSIL_LETTERS}), count(*), count(done.household_id), max(done.surveyed_on)"
        f" FROM ({hit}) AS hit LEFT JOIN shock_surveys done ON {_SURVEYED} GROUP BY 1 ORDER BY 1",
        parameters,
    )
    return [Progress(*row) for row in rows]


def days_of_survey(ask: Ask, shock: Shock) -> list[DayOfSurvey]:
    """Count by tehsil and day who was surveyed."""
    hit, parameters = _of(shock)
    rows = ask(
        f"SELECT left(hit.place, {TEHSIL_LETTERS}), done.surveyed_on, count(*)"
        f" FROM ({hit}) AS hit JOIN shock_surveys done ON {_SURVEYED} GROUP BY 1, 2 ORDER BY 1, 2",
        parameters,
    )
    return [DayOfSurvey(*row) for row in rows]


def _of(shock: Shock) -> tuple[str, Parameters]:
    hit, parameters = struck(shock.notified)
    return hit, {**parameters, "shock": shock.declared.shock}
