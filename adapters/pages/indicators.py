"""The table of the indicators' definitions, made from the code: `cog -r docs/indicators.md`."""

from adapters.pages.markdown import table
from projections.indicators.themes import THEMES, Theme


def themes_page() -> str:
    """Every theme: of whom, what is counted, and where the report prints it."""
    rows = [(f"`{theme.name}`", theme.who, _counted(theme), _by_sex(theme), _tables(theme)) for theme in THEMES]
    return "\n".join(table(("theme", "of whom", "counted (of)", "by sex", "tables of the report"), rows)) + "\n"


def _counted(theme: Theme) -> str:
    return ", ".join(f"`{measure.name}` (`{measure.of}`)" for measure in theme.measures)


def _by_sex(theme: Theme) -> str:
    return ", ".join(sex.word for sex in theme.sexes) or "no"


def _tables(theme: Theme) -> str:
    names = (name.partition("_")[0] for name in (theme.table, theme.highest, theme.lowest) if name)
    return ", ".join(names)
