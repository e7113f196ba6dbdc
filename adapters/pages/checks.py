"""The checks of a survey as the table in docs/checks.md."""

from adapters.pages.markdown import table
from domain.checks import CHECKS, Check, Severity

COLUMNS = ("check", "what becomes of the survey", "looks for", "the operator is told", "source")
_FATE = {Severity.REFUSE: "refused", Severity.FLAG: "accepted, flagged"}


def checks_page() -> str:
    """Write one check a row, in the order in which a survey is looked at."""
    return "\n".join((*table(COLUMNS, map(_row, CHECKS)), ""))


def _row(check: Check) -> tuple[str, ...]:
    return f"`{check.name}`", _FATE[check.severity], check.looks_for, check.remedy, check.source
