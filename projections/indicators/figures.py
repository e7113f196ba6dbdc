"""From counts by place to the lines of a table: sums over places, shares, what is hidden, and who stands first.

Numbers are given of everybody together. For each sex only the share is: with its numbers beside those of all, whoever
knows two sexes would know the third, and there are few transgender persons in most places.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.places import PlaceLevel, Places
from domain.questionnaire.codes import Sex
from projections.indicators.suppression import Figure, hidden
from projections.indicators.themes import ALL_SEXES, COLUMNS, SIZE, Measure, Theme, Unit, person_column

NATION = "PK"
NATION_NAME = "Pakistan"
ELSEWHERE = "?"
"""Ends the code that stands for those of a place of whom nothing finer is known."""
ELSEWHERE_NAME = "not known more exactly"
RANKED = 5
"""Districts in each list of the highest and the lowest (annual report)."""

_AT = {column: place for place, column in enumerate(COLUMNS)}
Counts = tuple[int, ...]


class Heading(NamedTuple):
    """A column of a table: a measure, of one sex or of all."""

    measure: Measure
    sex: Sex | None = None

    @property
    def name(self) -> str:
        """What programs call it."""
        return self.measure.name if self.sex is None else person_column(self.measure.name, self.sex)

    @property
    def title(self) -> str:
        """What people read over it."""
        return self.measure.title if self.sex is None else self.sex.word.capitalize()


class Line(NamedTuple):
    """A place in a table. `values` are percentages, or members for each household; none where nobody was asked.

    `whole` is how many were asked, of all sexes. Where the figures are hidden there is neither.
    """

    code: str
    name: str
    level: PlaceLevel | None
    whole: int | None
    values: tuple[float | None, ...]
    is_hidden: bool = False


class Population(NamedTuple):
    """The counts of every place of a registry as of one day, and how the places nest."""

    counts: Mapping[str, Counts]
    tree: Mapping[str, Sequence[str]]
    names: Mapping[str, str]
    levels: Mapping[str, PlaceLevel | None]
    hidden: frozenset[str]
    """Places too small to be spoken of at all: what is hidden for any theme starts from them."""


def populate(by_place: Mapping[str, Counts], places: Places) -> Population:
    """Sum counts of places as they are recorded over everything they lie in."""
    tree: dict[str, list[str]] = {NATION: []}
    names = {NATION: NATION_NAME}
    levels: dict[str, PlaceLevel | None] = {NATION: None}
    for place in sorted(places.by_code.values(), key=lambda place: (place.level, place.code)):
        tree[place.code] = []
        tree[place.parent or NATION].append(place.code)
        names[place.code], levels[place.code] = place.name, place.level
    own: dict[str, Counts] = {}
    for recorded, counts in by_place.items():
        code = _known_part(recorded, places)
        if tree[code]:
            parent, code = code, code + ELSEWHERE
            if code not in names:
                tree[parent].append(code)
                tree[code], names[code] = [], ELSEWHERE_NAME
                levels[code] = _below(levels[parent])
        own[code] = _plus(own.get(code), counts)
    sums: dict[str, Counts] = {}
    _sum_up(NATION, tree, own, sums)
    households = {code: Figure(counts[_AT["households"]]) for code, counts in sums.items()}
    return Population(sums, tree, names, levels, hidden(NATION, tree, households))


def _known_part(code: str, places: Places) -> str:
    """The finest place of the list that a code lies in."""
    return next((code[:end] for end in range(len(code), len(NATION), -1) if code[:end] in places), NATION)


def _below(level: PlaceLevel | None) -> PlaceLevel:
    return PlaceLevel.REGION if level is None else PlaceLevel(level + 1)


def _sum_up(code: str, tree: Mapping[str, Sequence[str]], own: Mapping[str, Counts], sums: dict[str, Counts]) -> Counts:
    total = own.get(code)
    for inner in tree[code]:
        total = _plus(total, _sum_up(inner, tree, own, sums))
    sums[code] = _plus(total, (0,) * len(COLUMNS))
    return sums[code]


def _plus(one: Counts | None, other: Counts) -> Counts:
    return other if one is None else tuple(map(sum, zip(one, other, strict=True)))


def headings(theme: Theme) -> tuple[Heading, ...]:
    """The columns of a theme's table: as the report prints them, first all and then each sex."""
    every = tuple(Heading(measure) for measure in theme.measures)
    return (*every, *(Heading(theme.measures[0], sex) for sex in theme.sexes))


def number(counts: Counts, column: str, unit: Unit, sex: Sex | None = None) -> int:
    """How many stand in a column: of one sex, or of all of them together."""
    if unit is Unit.HOUSEHOLD:
        return counts[_AT[column]]
    return sum(counts[_AT[person_column(column, each)]] for each in (ALL_SEXES if sex is None else (sex,)))


def value(counts: Counts, theme: Theme, measure: Measure, sex: Sex | None = None) -> float | None:
    """A share in percent, or how many for each; nothing where nobody was asked."""
    whole = number(counts, measure.of, theme.unit, sex)
    if not whole:
        return None
    part = number(counts, measure.name, theme.unit, sex)
    return 100 * part / whole if theme.is_share else part / whole


def figure(counts: Counts, theme: Theme, sex: Sex | None = None) -> Figure:
    """The whole and the parts it falls into, the rest that is in none of the measures included."""
    measures = theme.measures
    whole = number(counts, measures[0].of, theme.unit, sex)
    if measures[0] is SIZE:
        return Figure(whole)
    parts = [number(counts, measure.name, theme.unit, sex) for measure in measures]
    return Figure(whole, (*parts, whole - sum(parts)))


def hidden_in(theme: Theme, population: Population) -> frozenset[str]:
    """The places of which a theme is not shown."""
    figures = {code: figure(counts, theme) for code, counts in population.counts.items()}
    return hidden(NATION, population.tree, figures, population.hidden)


def lines(theme: Theme, population: Population, codes: Iterable[str], kept_back: frozenset[str]) -> list[Line]:
    """The lines of a theme's table for these places."""
    return [_line(theme, population, code, code in kept_back) for code in codes]


def _line(theme: Theme, population: Population, code: str, is_hidden: bool) -> Line:  # noqa: FBT001 - a fact of the line
    counts = population.counts[code]
    shown = headings(theme)
    values = tuple(None if is_hidden else _shown(counts, theme, heading) for heading in shown)
    whole = None if is_hidden else number(counts, theme.measures[0].of, theme.unit)
    return Line(code, population.names[code], population.levels[code], whole, values, is_hidden)


def _shown(counts: Counts, theme: Theme, heading: Heading) -> float | None:
    """A sex of few persons, or of few of whom it is so, is not shown."""
    if heading.sex is not None and figure(counts, theme, heading.sex).is_small:
        return None
    return value(counts, theme, heading.measure, heading.sex)


def codes_of(population: Population, level: PlaceLevel) -> list[str]:
    """Every place of a level in the order of the codes, and whatever is not known as finely."""
    return sorted(code for code, of in population.levels.items() if of is level)


def ranking(theme: Theme, population: Population, kept_back: frozenset[str]) -> list[Line]:
    """Districts of which the theme is shown, from the highest to the lowest share of what the report ranks by."""
    shown = [
        line
        for line in lines(theme, population, codes_of(population, PlaceLevel.DISTRICT), kept_back)
        if ranked_value(theme, line) is not None and not line.code.endswith(ELSEWHERE)
    ]
    return sorted(shown, key=lambda line: (-(ranked_value(theme, line) or 0), line.code))


def ranked_value(theme: Theme, line: Line) -> float | None:
    """The value by which a line is ranked: that of the measure the report ranks by, of all sexes."""
    names = [measure.name for measure in theme.measures]
    return line.values[names.index(theme.ranked)] if theme.ranked else line.values[0]
