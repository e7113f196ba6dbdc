"""Writes the checks of a survey as the table in docs/checks.md."""

from domain.checks import CHECKS, Check, Severity

COLUMNS = ("check", "what becomes of the survey", "looks for", "the operator is told", "source")
_FATE = {Severity.REFUSE: "refused", Severity.FLAG: "accepted, flagged"}


def check_table() -> str:
    """The table in Markdown, one check a row, in the order in which a survey is looked at."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *map(_row, CHECKS)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(check: Check) -> tuple[str, ...]:
    return f"`{check.name}`", _FATE[check.severity], check.looks_for, check.remedy, check.source
