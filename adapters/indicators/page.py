"""The report as one page: tables, charts and a map of tiles in one file that fetches nothing."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.home import REPOSITORY
from adapters.indicators.charts import Bars, Lines, bars, course_lines
from adapters.indicators.published import Compared, Verdict
from adapters.indicators.reading import Course
from adapters.indicators.tidy import at_level, rounded
from adapters.indicators.tile_map import TileMap, draw_map
from domain.places import PlaceLevel
from projections.indicators import figures
from projections.indicators.figures import NATION, RANKED, Heading, Line, Population
from projections.indicators.suppression import SMALL
from projections.indicators.themes import Theme, Unit

TEMPLATES = REPOSITORY / "adapters" / "indicators" / "templates"
LEFT_OUT, NOBODY = "n/a", "-"


class Table(NamedTuple):
    """A table as it is read: its caption, headings and cells; `last_is_total` sets the last row off."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    last_is_total: bool = False


class Section(NamedTuple):
    """One theme on the page."""

    name: str
    title: str
    who: str
    measure: str
    map: TileMap
    regions: Table
    chart: Bars
    course: Lines | None
    highest: Table | None
    lowest: Table | None
    full: Table | None
    printed: Table | None
    printed_says: str


def page(
    themes: Sequence[Theme],
    population: Population,
    course: Course,
    compared: Sequence[Compared],
    level: PlaceLevel,
    day: date,
) -> str:
    """Write the page: self-contained HTML."""
    sections = [
        _section(theme, population, course, [each for each in compared if each.theme is theme], level)
        for theme in themes
    ]
    counts = population.counts[NATION]
    is_hidden = NATION in population.hidden
    return str(
        _environment()
        .get_template("page.html.j2")
        .render(
            day=day,
            sections=sections,
            small=SMALL,
            households=None if is_hidden else figures.number(counts, "households", Unit.HOUSEHOLD),
            members=None if is_hidden else figures.number(counts, "members", Unit.HOUSEHOLD),
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _section(
    theme: Theme, population: Population, course: Course, compared: Sequence[Compared], level: PlaceLevel
) -> Section:
    kept_back = figures.hidden_in(theme, population)
    regions = at_level(theme, population, PlaceLevel.REGION, kept_back)
    ranking = figures.ranking(theme, population, kept_back) if theme.ranked else []
    named = theme.ranked or theme.measures[0].name
    measure = next(measure for measure in theme.measures if measure.name == named)
    districts = figures.lines(theme, population, figures.codes_of(population, PlaceLevel.DISTRICT), kept_back)
    shown = [line.code for line in regions if not line.is_hidden]
    return Section(
        theme.name,
        theme.title,
        theme.who,
        measure.title,
        draw_map(
            [(line, figures.ranked_value(theme, line)) for line in districts], population, "%" if theme.is_share else ""
        ),
        _table(theme, f"{theme.title} by region", regions, last_is_total=True),
        bars(theme, regions),
        course_lines(theme, population, course, shown),
        _ranked(theme, "Highest", measure.title, ranking[:RANKED]),
        _ranked(theme, "Lowest", measure.title, ranking[: -RANKED - 1 : -1]),
        _full(theme, population, level, kept_back),
        *_printed(compared),
    )


def _ranked(theme: Theme, which: str, measure: str, lines: Sequence[Line]) -> Table | None:
    return _table(theme, f"{which} {len(lines)} districts: {measure.lower()}", lines) if lines else None


def _full(theme: Theme, population: Population, level: PlaceLevel, kept_back: frozenset[str]) -> Table | None:
    if level is PlaceLevel.REGION:
        return None
    caption = f"{theme.title} by {level.word}"
    return _table(theme, caption, at_level(theme, population, level, kept_back), last_is_total=True)


def _table(theme: Theme, caption: str, lines: Sequence[Line], *, last_is_total: bool = False) -> Table:
    unit = " (percent)" if theme.is_share else ""
    titles = tuple(_title(heading) for heading in figures.headings(theme))
    headings = ("Place", theme.unit.value.capitalize(), *titles)
    rows = tuple((line.name, *_cells(theme, line)) for line in lines)
    return Table(caption + unit, headings, rows, last_is_total)


def _title(heading: Heading) -> str:
    return heading.title


def _cells(theme: Theme, line: Line) -> tuple[str, ...]:
    if line.is_hidden:
        return (LEFT_OUT,) * (1 + len(line.values))
    return (f"{line.whole:,}", *(_shown(rounded(theme, value)) for value in line.values))


def _shown(value: Any) -> str:
    return NOBODY if value is None else str(value)


def _printed(compared: Sequence[Compared]) -> tuple[Table | None, str]:
    if not compared:
        return None, ""
    held = [each for each in compared if each.verdict in (Verdict.WITHIN, Verdict.OUTSIDE)]
    outside = sum(each.verdict is Verdict.OUTSIDE for each in held)
    headings = ("Place", "Measure", "Printed", "Registry", "Difference", "Tolerance", "")
    rows = tuple(_printed_row(each) for each in compared)
    says = f"{len(held) - outside} of {len(held)} within tolerance"
    return Table("Beside the annual report FY 2022-23", headings, rows), says


def _printed_row(each: Compared) -> tuple[str, ...]:
    sex = f", {each.heading.sex.word}" if each.heading.sex is not None else ""
    return (
        each.place,
        each.heading.measure.title + sex,
        f"{each.published:g}",
        _shown(rounded(each.theme, each.registry)),
        NOBODY if each.difference is None else f"{each.difference:+.2f}",
        NOBODY if each.tolerance is None else f"{each.tolerance:.2f}",
        each.verdict.value,
    )
