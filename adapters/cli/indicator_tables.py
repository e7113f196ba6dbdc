"""The tables of `gharana indicators`, for people."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from adapters.cli.output import Output
from adapters.indicators.published import Compared, Verdict
from adapters.indicators.tidy import at_level, rounded
from domain.places import PlaceLevel
from projections.indicators import figures
from projections.indicators.figures import NATION, RANKED, Line, Population
from projections.indicators.suppression import SMALL
from projections.indicators.themes import THEMES, Theme

LEFT_OUT = f"- : nobody was asked, or fewer than {SMALL} would be spoken of or could be worked out."


def say_everything(output: Output, population: Population, day: date) -> None:
    """All themes in short: the nation and each region, in percent of all."""
    regions = [code for code in figures.codes_of(population, PlaceLevel.REGION) if code in population.levels]
    columns = ("theme", "measure", *(population.names[code] for code in (NATION, *regions)))
    rows = []
    for theme in THEMES:
        lines = figures.lines(theme, population, (NATION, *regions), figures.hidden_in(theme, population))
        for place, measure in enumerate(theme.measures):
            values = [rounded(theme, line.values[place]) for line in lines]
            rows.append((theme.title if not place else "", measure.title, *values))
    output.table(columns, rows, f"How people live, as of {day}: percent, and members a household")
    output.say(LEFT_OUT)


def say_theme(output: Output, population: Population, theme: Theme, level: PlaceLevel, day: date) -> None:
    """One theme at a level, and the districts where it is highest and lowest."""
    kept_back = figures.hidden_in(theme, population)
    lines = at_level(theme, population, level, kept_back)
    unit = "percent" if theme.is_share else "members a household"
    output.table(_columns(theme), _rows(theme, lines), f"{theme.title}, as of {day}: {unit}")
    output.say(theme.who)
    if theme.ranked:
        ranking = figures.ranking(theme, population, kept_back)
        measure = next(measure for measure in theme.measures if measure.name == theme.ranked)
        for which, ranked in (("Highest", ranking[:RANKED]), ("Lowest", ranking[: -RANKED - 1 : -1])):
            if ranked:
                title = f"{which} {len(ranked)} districts: {measure.title.lower()}"
                output.table(_columns(theme), _rows(theme, ranked), title)
    if kept_back or theme.sexes:
        output.say(LEFT_OUT)


def _columns(theme: Theme) -> tuple[str, ...]:
    return ("code", "place", theme.unit.value, *(heading.title for heading in figures.headings(theme)))


def _rows(theme: Theme, lines: Sequence[Line]) -> list[tuple[object, ...]]:
    return [(line.code, line.name, line.whole, *(rounded(theme, value) for value in line.values)) for line in lines]


def say_comparison(output: Output, compared: Sequence[Compared]) -> None:
    """Every printed figure beside the registry's, and how many are too far apart."""
    columns = ("place", "measure", "sex", "published", "registry", "difference", "tolerance", "verdict")
    for table, rows in groupby(compared, key=lambda each: each.table):
        output.table(columns, [_compared(each) for each in rows], table)
    held = [each for each in compared if each.verdict in (Verdict.WITHIN, Verdict.OUTSIDE)]
    outside = sum(each.verdict is Verdict.OUTSIDE for each in held)
    output.say(f"Of {len(held)} figures that can be held against, {outside} are outside their tolerance.")


def _compared(each: Compared) -> tuple[object, ...]:
    return (
        each.place,
        each.heading.measure.title,
        each.heading.sex.word if each.heading.sex is not None else "all",
        Decimal(str(each.published)),
        rounded(each.theme, each.registry),
        None if each.difference is None else Decimal(f"{each.difference:.2f}"),
        None if each.tolerance is None else Decimal(f"{each.tolerance:.2f}"),
        each.verdict.value,
    )
