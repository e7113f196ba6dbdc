"""The rates that lives follow as a page for people: `docs/lives.md` is made by it."""

from adapters.lives.tables import Rate, load_rates
from adapters.pages.markdown import table


def lives_page() -> str:
    """Write the rates in Markdown, each with its ground and what would be better ground."""
    rows = (
        (f"`{rate.rate}`", rate.of_each.replace("_", " "), f"{rate.value:g}", _ground(rate), rate.better or "-")
        for rate in load_rates()
    )
    return "\n".join((*table(("rate", "of each", "value", "ground", "what would replace it"), rows), ""))


def _ground(rate: Rate) -> str:
    return f"**{rate.basis}**{f': {rate.note}' if rate.note else ''}"
