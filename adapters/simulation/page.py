"""A simulation as one HTML page that fetches nothing: tables for reading, plots as SVG inside it."""

from pathlib import Path
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from adapters.faults import WorldFailed
from adapters.simulation import plots
from adapters.simulation.answers import Answer, Group

TEMPLATE: Final = Path(__file__).with_name("page.html")
DISTRICTS_SHOWN_MAX: Final = 30


def write_page(answer: Answer, path: Path) -> None:
    """Write the page. Raises WorldFailed where the disk does not take it."""
    try:
        path.write_text(page_of(answer), encoding="utf-8")
    except OSError as failure:
        raise WorldFailed(f"{path} cannot be written ({failure.strerror}).") from failure


def page_of(answer: Answer) -> str:
    """The page as text. All that it is filled with is escaped, the plots excepted, which are ours."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["count"] = lambda number: f"{number:,}"
    environment.filters["money"] = _money
    environment.filters["percent"] = lambda share: "-" if share is None else f"{100 * share:.1f} %"
    changed = sorted(answer.by_district, key=lambda group: -(group.entering + group.leaving))
    return environment.from_string(
        TEMPLATE.read_text(encoding="utf-8")
    ).render(
        answer=answer,
        tables=_tables(answer),
        by_region_plot=Markup(plots.flows(answer.by_region, "Households entering and leaving, by region")),  # noqa: S704
        district_plot=Markup(  # noqa: S704 - ours
            plots.flows(changed[:DISTRICTS_SHOWN_MAX], "Households entering and leaving, by district")
        ),
        lorenz_plot=Markup(plots.lorenz(answer.curves)) if answer.curves else None,  # noqa: S704
    )


def _tables(answer: Answer) -> list[tuple[str, list[Group]]]:
    return [
        ("By region", answer.by_region),
        ("By sex of the head", answer.by_sex_of_head),
        ("By number of people", answer.by_size),
        ("By disability", answer.by_disability),
        ("By district", answer.by_district),
    ]


def _money(rupees: float | None) -> str:
    return "-" if rupees is None else f"{rupees / 1e6:,.1f}"
