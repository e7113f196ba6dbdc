"""The table of occasions as a page for people: `docs/occasions.md` is made by it."""

from collections.abc import Iterator

from adapters.pages.markdown import table
from domain.occasions import OCCASIONS, ROSTER_CHANGES, Clock, OccasionRule, Status
from domain.questionnaire.codes import Evidence


def occasions_page() -> str:
    """Write both tables in Markdown: occasion by status, and what a roster update may bring."""
    return "\n".join((*_occasions(), "", *_roster_changes(), ""))


def _occasions() -> Iterator[str]:
    statuses = [_spoken(status.word) for status in Status]
    return table(("occasion", *statuses, "what is taken", "evidence", "re-scored"), map(_occasion, OCCASIONS.values()))


def _occasion(rule: OccasionRule) -> tuple[str, ...]:
    taken = "full survey" if rule.full_survey else "what changed"
    evidence = _evidence(rule.evidence) if rule.full_survey else "as the change needs, below"
    cells = (_when(rule) if status in rule.statuses else "-" for status in Status)
    return f"**{_spoken(rule.occasion.word)}**", *cells, taken, evidence, _yes(rule.rescored)


def _when(rule: OccasionRule) -> str:
    match rule.clock:
        case Clock.ANY_DAY | Clock.NEVER_SURVEYED:
            return "any day"
        case Clock.SHOCK_WINDOW:
            return "within the window, once a shock"
        case Clock.YEARS_SINCE_FULL_SURVEY:
            return f"{rule.years} years after the last full survey"
        case Clock.PROGRAMME_CONDITIONS:
            return "if a programme states conditions"


def _roster_changes() -> Iterator[str]:
    rows = ((change.what, _evidence(change.evidence), _yes(change.rescored)) for change in ROSTER_CHANGES)
    return table(("roster update", "evidence (any one)", "re-scored"), rows)


def _evidence(shown: tuple[Evidence, ...]) -> str:
    return ", ".join(_spoken(evidence.word) for evidence in shown) or "none"


def _spoken(word: str) -> str:
    return word.replace("_", " ")


def _yes(value: bool) -> str:  # noqa: FBT001 - the cell of a table
    return "yes" if value else "no"
