"""The same figures for programs: one row a figure, with what it is of."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from adapters.indicators.published import Compared
from domain.places import PlaceLevel
from projections.indicators import figures
from projections.indicators.figures import NATION, Heading, Line, Population
from projections.indicators.themes import Theme

DECIMALS = 1
DECIMALS_OF_SIZE = 2
NATION_LEVEL = "nation"


def rounded(theme: Theme, value: float | None) -> Decimal | None:
    """A value as it is published: percentages with one decimal, household size with two."""
    if value is None:
        return None
    return Decimal(f"{value:.{DECIMALS if theme.is_share else DECIMALS_OF_SIZE}f}")


def at_level(theme: Theme, population: Population, level: PlaceLevel, kept_back: frozenset[str]) -> list[Line]:
    """The places of a level, and the nation after them."""
    return figures.lines(theme, population, [*figures.codes_of(population, level), NATION], kept_back)


def tidy(themes: Iterable[Theme], population: Population, level: PlaceLevel, day: date) -> Iterator[dict[str, Any]]:
    """Every figure of these themes at a level and of the nation."""
    for theme in themes:
        for line in at_level(theme, population, level, figures.hidden_in(theme, population)):
            for heading, value in zip(figures.headings(theme), line.values, strict=True):
                yield _row(theme, line, heading, value, day)


def _row(theme: Theme, line: Line, heading: Heading, value: float | None, day: date) -> dict[str, Any]:
    return {
        "theme": theme.name,
        "measure": heading.measure.name,
        "sex": heading.sex.word if heading.sex is not None else "all",
        "level": line.level.word if line.level is not None else NATION_LEVEL,
        "code": line.code,
        "place": line.name,
        "as_of": day.isoformat(),
        "unit": "percent" if theme.is_share else f"{heading.measure.name}_per_household",
        "value": rounded(theme, value),
        "of": theme.unit.value,
        "whole": line.whole if heading.sex is None else None,
        "hidden": line.is_hidden,
    }


def tidy_comparison(compared: Iterable[Compared]) -> Iterator[dict[str, Any]]:
    """Every printed figure beside the registry's."""
    for each in compared:
        yield {
            "theme": each.theme.name,
            "table": each.table,
            "code": each.code,
            "place": each.place,
            "measure": each.heading.measure.name,
            "sex": each.heading.sex.word if each.heading.sex is not None else "all",
            "published": Decimal(str(each.published)),
            "registry": rounded(each.theme, each.registry),
            "difference": None if each.difference is None else Decimal(f"{each.difference:.2f}"),
            "tolerance": None if each.tolerance is None else Decimal(f"{each.tolerance:.2f}"),
            "verdict": each.verdict.value,
        }
