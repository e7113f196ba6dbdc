"""Tables in Markdown."""

from collections.abc import Iterable, Iterator


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Write a table, a line a row under its titles."""
    heading = tuple(titles)
    for cells in (heading, ("---",) * len(heading), *rows):
        yield f"| {' | '.join(cells)} |"
