"""Small charts of the page, as numbers for its template: bars of the regions, and lines of the course over time."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from adapters.indicators.reading import Course
from projections.indicators import figures
from projections.indicators.figures import NATION, Line, Population
from projections.indicators.suppression import hidden
from projections.indicators.themes import Theme

BAR_COLOURS = ("#2a6f8f", "#98c69a", "#d9b44a")
"""Dark to light, so that they differ in print as well."""
BARS_WIDTH, NAME_WIDTH, SHOWN_WIDTH, BAR_STEP = 520, 150, 60, 24
ENDS = (5.0, 8.0, 10.0, 20.0, 40.0, 60.0, 100.0)
"""Where the scale of a chart of bars may end."""
LINES_WIDTH, LINES_HEIGHT, MARGIN = 520, 200, 42
TICKS = 4


class Bar(NamedTuple):
    """One piece of a bar."""

    x: float
    width: float
    fill: str
    says: str


class Dot(NamedTuple):
    """The value of one sex on the bar of all."""

    x: float
    shape: str
    says: str


class Row(NamedTuple):
    """A place with its bar."""

    y: int
    name: str
    bars: tuple[Bar, ...]
    dots: tuple[Dot, ...]
    shown: str
    end: float


class Bars(NamedTuple):
    """A chart of bars; `keys` explain colours where there are several."""

    width: int
    height: int
    rows: tuple[Row, ...]
    keys: tuple[tuple[str, str], ...]
    sexes: tuple[tuple[str, str], ...]
    says: str


class Curve(NamedTuple):
    """The course of one place."""

    name: str
    points: str
    is_nation: bool


class Lines(NamedTuple):
    """A chart of courses."""

    width: int
    height: int
    curves: tuple[Curve, ...]
    ticks: tuple[tuple[float, str], ...]
    dates: tuple[tuple[float, str], ...]
    says: str


SHAPES = {"male": "square", "female": "circle", "transgender": "triangle"}


def bars(theme: Theme, lines: Sequence[Line]) -> Bars:
    """Draw each place's shares: side by side in one bar where they make up a whole, and a mark for each sex."""
    headings = figures.headings(theme)
    scale = (BARS_WIDTH - NAME_WIDTH - SHOWN_WIDTH) / _greatest(theme, lines)
    rows = tuple(_row(theme, place, line, scale) for place, line in enumerate(lines))
    titles = [measure.title for measure in theme.measures]
    keys = tuple(zip(BAR_COLOURS, titles, strict=False)) if len(titles) > 1 else ()
    sexes = tuple((SHAPES[heading.name.rpartition("_")[2]], heading.title) for heading in headings if heading.sex)
    says = f"{theme.title} by region. " + " ".join(f"{row.name}: {row.shown}." for row in rows)
    return Bars(BARS_WIDTH, BAR_STEP * len(rows), rows, keys, sexes, says)


def _greatest(theme: Theme, lines: Sequence[Line]) -> float:
    """Where the scale ends: at the whole where parts make it up, else at a round number beyond every value."""
    if len(theme.measures) > 1:
        return ENDS[-1]
    most = max([value for line in lines for value in line.values if value is not None], default=0.0)
    return next((end for end in ENDS if end >= most), ENDS[-1])


def _row(theme: Theme, place: int, line: Line, scale: float) -> Row:
    y = place * BAR_STEP
    headings = figures.headings(theme)
    pieces: list[Bar] = []
    dots: list[Dot] = []
    x = float(NAME_WIDTH)
    for heading, value in zip(headings, line.values, strict=True):
        if value is None:
            continue
        says = f"{line.name}, {heading.title.lower()}: {_number(theme, value)}"
        if heading.sex is not None:
            dots.append(Dot(NAME_WIDTH + value * scale, SHAPES[heading.sex.word], says))
            continue
        pieces.append(Bar(x, value * scale, BAR_COLOURS[len(pieces)], says))
        x += value * scale
    first = line.values[0] if not theme.ranked else figures.ranked_value(theme, line)
    shown = "left out" if line.is_hidden else "nobody asked" if first is None else _number(theme, first)
    return Row(y, line.name, tuple(pieces), tuple(dots), shown, x)


def _number(theme: Theme, value: float) -> str:
    return f"{value:.1f}%" if theme.is_share else f"{value:.2f}"


def course_lines(theme: Theme, population: Population, course: Course, shown: Sequence[str]) -> Lines | None:
    """Draw how the ranked share went, month by month, for the nation and the regions shown; none for a single month."""
    if len(course.months) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    named = theme.ranked or theme.measures[0].name
    measure = next(measure for measure in theme.measures if measure.name == named)
    kept_back = [_hidden_at(theme, course, place) for place in range(len(course.months))]
    values = {
        code: [
            None if code in kept_back[place] else figures.value(counts, theme, measure)
            for place, counts in enumerate(course.counts[code])
        ]
        for code in shown
        if code in course.counts
    }
    known = [value for each in values.values() for value in each if value is not None]
    if not known:
        return None
    low, high = min(known), max(known)
    if high - low < 1:
        low, high = low - 0.5, high + 0.5
    names = population.names
    curves = tuple(
        Curve(names[code], points, code == NATION)
        for code, each in sorted(values.items(), key=lambda pair: pair[0] == NATION)
        if (points := _points(each, low, high))
    )
    ticks = tuple(
        (_y(low + (high - low) * tick / TICKS, low, high), f"{low + (high - low) * tick / TICKS:.1f}")
        for tick in range(TICKS + 1)
    )
    says = f"{measure.title} from {course.months[0]:%B %Y} to {course.months[-1]:%B %Y}, Pakistan and its regions."
    return Lines(LINES_WIDTH, LINES_HEIGHT, curves, ticks, _dates(course.months), says)


def _hidden_at(theme: Theme, course: Course, place: int) -> frozenset[str]:
    """Regions of which the theme would not be shown, had the page been made at the end of that month."""
    at = {code: figures.figure(counts[place], theme) for code, counts in course.counts.items()}
    return hidden(NATION, {NATION: [code for code in at if code != NATION]}, at)


def _points(values: Sequence[float | None], low: float, high: float) -> str:
    return " ".join(
        f"{_x(place, len(values)):.1f},{_y(value, low, high):.1f}"
        for place, value in enumerate(values)
        if value is not None
    )


def _x(place: int, number: int) -> float:
    return MARGIN + place * (LINES_WIDTH - MARGIN - 14) / max(number - 1, 1)


def _y(value: float, low: float, high: float) -> float:
    return LINES_HEIGHT - 24 - (value - low) * (LINES_HEIGHT - 36) / (high - low)


def _dates(months: Sequence[date]) -> tuple[tuple[float, str], ...]:
    step = max(1, len(months) // 6)
    return tuple((_x(place, len(months)), f"{months[place]:%b %Y}") for place in range(0, len(months), step))
