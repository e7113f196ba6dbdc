"""`gharana due`: who must be surveyed again, by place and month."""

import os
from datetime import date, timedelta
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.faults import Refused
from adapters.registry.opening import Registry, open_registry
from domain.questionnaire.codes import Occasion

LISTED_MAX = 1_000
CLOCKED = {occasion.word: occasion for occasion in (Occasion.CYCLIC, Occasion.RECERTIFICATION)}
"""The occasions that fall due by themselves; the others open when something happens."""

_CHOSEN = """
    due_on IS NOT NULL AND place LIKE %(place)s AND due_on >= %(since)s AND due_on < %(before)s
    AND (%(occasion)s::smallint IS NULL OR due_occasion = %(occasion)s)"""
COUNTED = f"""
    SELECT left(place, 5), to_char(due_on, 'YYYY-MM'), due_occasion, count(*)
    FROM standing WHERE {_CHOSEN} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""  # noqa: S608 - constant
LISTED = f"""
    SELECT household_id, place, union_council, due_occasion, due_on, last_full_survey_on
    FROM standing WHERE {_CHOSEN} ORDER BY due_on, household_id LIMIT %(limit)s"""  # noqa: S608 - constant


@verb
def due(
    *,
    place: Annotated[
        str, typer.Option("--place", metavar="CODE", help="Only in this region, district or tehsil.")
    ] = "",
    month: Annotated[
        str | None, typer.Option("--month", metavar="YYYY-MM", help="Only this month; else all up to its end.")
    ] = None,
    occasion: Annotated[str | None, typer.Option("--occasion", help=" or ".join(CLOCKED))] = None,
    households: Annotated[bool, typer.Option("--households", help="List households instead of counting them.")] = False,
    json: Json = False,
) -> None:
    """Count or list the households whose cyclic update or recertification is due, by district and month."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        if place and (problem := registry.places.find_problem(place)):
            raise Refused(problem)
        since, before = _month(month) if month else (date.min, registry.today() + timedelta(days=1))
        chosen = {
            "place": f"{place}%",
            "since": since,
            "before": before,
            "occasion": None if occasion is None else int(_clocked(occasion)),
            "limit": LISTED_MAX,
        }
        if households:
            columns = ("household", "place", "union_council", "occasion", "due_on", "last_full_survey_on")
            rows = [(*row[:3], Occasion(row[3]).word, *row[4:]) for row in registry.rows(LISTED, chosen)]
        else:
            columns = ("district", "month", "occasion", "households")  # type: ignore[assignment]
            rows = [
                (_district(registry, row[0]), row[1], Occasion(row[2]).word, row[3])
                for row in registry.rows(COUNTED, chosen)
            ]
        output.table(columns, rows)
        if not rows:
            output.say("Nobody is due.")


def _district(registry: Registry, code: str) -> str:
    return str(registry.places.get(code))


def _clocked(word: str) -> Occasion:
    if word not in CLOCKED:
        raise typer.BadParameter(f"{word!r} does not fall due: write {' or '.join(CLOCKED)}.")
    return CLOCKED[word]


def _month(text: str) -> tuple[date, date]:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a month: write it as YYYY-MM.") from None
    return first, (first + timedelta(days=31)).replace(day=1)
