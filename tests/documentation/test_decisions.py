"""Decision records are numbered without a gap, have Nygard's form, and fit on a page."""

import re

import pytest

from adapters.home import REPOSITORY

FOLDER = REPOSITORY / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("*.md"))
SECTIONS = ["Context", "Options", "Decision", "Consequences"]
LINES_MAX = 60
STATUS = re.compile(
    r"Date: \d{4}-\d{2}-\d{2}\. Status: (proposed|accepted|rejected|superseded by decision (?P<by>\d+))\.( \S.*)?"
)


def problems(name, text, names):
    """What is wrong with the form of a record."""
    number, _, slug = name.removesuffix(".md").partition("-")
    lines = text.splitlines()
    found = []
    if not re.fullmatch(rf"# {int(number)}\. [A-Z].*[^.]", lines[0]):
        found.append("the first line is no title with its number")
    if not set(slug.split("-")) <= set(re.findall(r"[a-z0-9]+", lines[0].lower())):
        found.append("the file is not named after the title")
    status = STATUS.fullmatch(lines[2])
    if status is None:
        found.append("the third line gives no date and status")
    elif status["by"] and not any(other.startswith(f"{int(status['by']):04}-") for other in names):
        found.append("it is superseded by a decision that is not there")
    if [line.removeprefix("## ") for line in lines if line.startswith("## ")] != SECTIONS:
        found.append(f"its sections are not {', '.join(SECTIONS)}")
    if len(lines) > LINES_MAX:
        found.append("it is longer than a page")
    return found


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem[:4])
def test_a_record_has_the_form(path):
    assert problems(path.name, path.read_text(), [record.name for record in RECORDS]) == []


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem[:4])
def test_a_record_weighs_its_options_in_a_table(path):
    options = path.read_text().partition("## Options")[2].partition("## Decision")[0]
    rows = [line for line in options.splitlines() if line.startswith("|")]
    assert len(rows) >= 4, "a heading, a rule and two options at least"


def test_records_are_numbered_without_a_gap():
    assert [path.name[:4] for path in RECORDS] == [f"{number:04}" for number in range(1, len(RECORDS) + 1)]
    assert len(RECORDS) >= 16


GOOD = "# 7. Fold late\n\nDate: 2026-11-21. Status: accepted.\n\n## Context\n## Options\n## Decision\n## Consequences\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# 7.", "# 8."),
        ("Fold late", "Fold early"),
        ("2026-11-21", "yesterday"),
        ("accepted", "perhaps"),
        ("accepted", "superseded by decision 99"),
        ("## Options\n", ""),
        ("## Context", "\n" * 60 + "## Context"),
    ],
)
def test_a_record_without_the_form_is_found(old, new):
    assert problems("0007-fold-late.md", GOOD, ["0007-fold-late.md"]) == []
    assert problems("0007-fold-late.md", GOOD.replace(old, new), ["0007-fold-late.md"]) != []
