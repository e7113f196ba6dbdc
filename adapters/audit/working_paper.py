"""The working paper of a sample: a page to print and a file for a spreadsheet, with room for what is found there.

It names nobody: a household is found by its id, its place and its key in the survey file, and whoever stands on its
roster is told by relation, sex and age.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.environment import Template

from adapters.audit.sampling import Drawn, Sample, Stratum, Wanted
from adapters.audit.spreadsheet import write_rows
from adapters.codec import recorded
from adapters.faults import Refused
from adapters.home import REPOSITORY
from adapters.log import Entry, EventLog
from adapters.registry.timeline import described
from domain.event import Recorded, sorted_by_world
from domain.household.events import HouseholdEvent, Registered, Resurveyed
from domain.household.state import Household, fold
from domain.places import Places
from domain.questionnaire.answers import Member

TEMPLATES = REPOSITORY / "adapters" / "audit" / "templates"
BATCH_HOUSEHOLDS = 200
UNKNOWN = "-"

FINDINGS = (
    "visited on",
    "by whom",
    "found (yes, no, moved)",
    "members found",
    "roster agrees",
    "answers agree",
    "remarks",
)
"""What whoever visits fills in; in the file these columns are empty."""
HEADINGS = (
    "number",
    "household",
    "key in the survey file",
    "region",
    "district",
    "tehsil",
    "union council",
    "surveyed on",
    "centre",
    "members",
    "roster",
    "score",
    "outcome",
    "stratum: place",
    "stratum: group",
    "stratum: households",
    "stratum: drawn",
    "probability",
    "weight",
    "seed",
    "position",
    "drawn on",
    "drawn by",
    *FINDINGS,
)


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one household that is to be visited."""

    number: int
    drawn: Drawn
    region: str
    district: str
    tehsil: str
    union_council: str | None
    surveyed_on: date | None
    centre: str | None
    roster: tuple[Member, ...]


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A sample with what its paper says of it."""

    sample: Sample
    wanted: Wanted
    drawn_on: date
    drawn_by: str
    sheets: tuple[Sheet, ...]


def sheets_of(log: EventLog, places: Places, sample: Sample) -> Iterator[Sheet]:
    """Read what was known of each household at the position of the sample, some at a time."""
    for first in range(0, len(sample.households), BATCH_HOUSEHOLDS):
        together = sample.households[first : first + BATCH_HOUSEHOLDS]
        streams = log.streams([drawn.household for drawn in together], sample.position)
        for number, drawn in enumerate(together, first + 1):
            yield _sheet(number, drawn, streams[drawn.household], places)


def _sheet(number: int, drawn: Drawn, entries: Sequence[Entry], places: Places) -> Sheet:
    history: list[Recorded[HouseholdEvent]] = [recorded(entry) for entry in entries]
    household = fold(history)
    assert household is not None, "a household with a standing has a history"
    place = household.place
    return Sheet(
        number=number,
        drawn=drawn,
        region=places.name(place.region),
        district=places.name(place.district) if place.district else UNKNOWN,
        tehsil=places.name(place.tehsil) if place.tehsil else UNKNOWN,
        union_council=place.union_council,
        surveyed_on=household.last_full_survey_on,
        centre=_surveyed_at(history, household),
        roster=tuple(sorted(household.roster.values(), key=lambda member: member.line)),
    )


def _surveyed_at(history: list[Recorded[HouseholdEvent]], household: Household) -> str | None:
    """The centre that took the last full survey."""
    surveys = [each for each in sorted_by_world(history) if isinstance(each.event, Registered | Resurveyed)]
    last = [each for each in surveys if each.event.on == household.last_full_survey_on]
    return last[-1].envelope.centre if last else None


def check_new(*files: Path) -> None:
    """Refuse to write over a paper: findings may have been filled in."""
    for file in files:
        if file.exists():
            raise Refused(f"{file} is there already, and findings may stand in it: name another paper with -o.")


def write_csv(paper: Paper, file: Path) -> None:
    """Write the paper for a spreadsheet. Raises Refused."""
    write_rows(file, HEADINGS, (_cells(sheet, paper) for sheet in paper.sheets))


def _cells(sheet: Sheet, paper: Paper) -> list[Any]:
    drawn, stratum = sheet.drawn, sheet.drawn.stratum
    return [
        sheet.number,
        str(drawn.household),
        drawn.source_key,
        sheet.region,
        sheet.district,
        sheet.tehsil,
        sheet.union_council,
        sheet.surveyed_on,
        sheet.centre,
        len(sheet.roster),
        " | ".join(f"{member.line} {described(member)}" for member in sheet.roster),
        drawn.score,
        drawn.outcome.word,
        stratum.place,
        stratum.group,
        stratum.population,
        stratum.drawn,
        stratum.probability,
        stratum.weight,
        paper.wanted.seed,
        paper.sample.position,
        paper.drawn_on,
        paper.drawn_by,
        *("" for _ in FINDINGS),
    ]


def write_html(paper: Paper, places: Places, file: Path) -> None:
    """Write the paper as one page that fetches nothing. Raises Refused."""
    stream = _template().stream(
        paper=paper,
        sample=paper.sample,
        wanted=paper.wanted,
        strata=[stratum for stratum in paper.sample.strata if stratum.drawn],
        name_of=lambda stratum: place_of(stratum, places),
        unknown=UNKNOWN,
        findings=FINDINGS,
    )
    stream.enable_buffering()
    try:
        with file.open("wb") as page:
            stream.dump(page, encoding="utf-8")
    except OSError as failure:
        raise Refused(f"{file}: cannot be written ({failure.strerror}): name another paper with -o.") from failure


def place_of(stratum: Stratum, places: Places) -> str:
    """The place of a stratum, with its code."""
    return str(places.get(stratum.place))


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("working_paper.html.j2")


def drawn_object(drawn: Drawn) -> dict[str, UUID | str | float | int | None]:
    """A household that was drawn, as programs read it."""
    stratum = drawn.stratum
    return {
        "household": drawn.household,
        "place": stratum.place,
        "group": stratum.group,
        "score": None if drawn.score is None else str(drawn.score),
        "outcome": drawn.outcome.word,
        "probability": stratum.probability,
        "weight": stratum.weight,
    }
