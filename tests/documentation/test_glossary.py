import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
SMALL_WORDS = {
    "again": "survey again",
    "in": "in force",
    "into": "merged into",
    "of": "out of range",
    "off": "cut-off",
    "out": "out of range",
    "to": "move to",
}
"""Words that bear no idea of their own, each with what it is written in."""
TECHNICAL_WORDS = {
    "loop": "RosterLoop: a loop in the code that a scorecard is compiled to",
    "writer": "Writer: writes that code",
}
"""Words of the compiler of scorecards, which no reader of the registry meets."""
PROMISED = [
    "household",
    "family",
    "alpha",
    "beta",
    "head",
    "member",
    "recipient",
    "roster",
    "answers",
    "submission",
    "occasion",
    "missed-out",
    "shock",
    "appeal",
    "cyclic",
    "recertification",
    "scorecard",
    "score",
    "cut-off",
    "programme",
    "register",
    "eligible",
    "enrolled",
    "suspended",
    "exited",
    "beneficiary",
    "standing",
    "decision",
    "place",
    "region",
    "district",
    "tehsil",
    "centre",
    "operator",
    "partner",
    "agreement",
    "disclosure",
    "stream",
    "version",
    "position",
    "checkpoint",
    "follower",
    "seal",
    "upcaster",
    "replay",
]


def rows() -> list[list[str]]:
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] != "word" and not set(row[0]) <= {"-"}]


def terms() -> list[str]:
    return [term for row in rows() for term in re.split(r", ", row[0])]


def words() -> set[str]:
    return {word for term in terms() for word in re.split(r"[ -]", term)}


def class_names() -> list[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "domain").rglob("*.py"))]
    classes = [node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return sorted({name for name in classes if not name.startswith("_")})


def unexplained(name: str) -> set[str]:
    parts = {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", name)}
    return parts - words() - SMALL_WORDS.keys() - TECHNICAL_WORDS.keys()


@pytest.mark.parametrize("name", class_names())
def test_every_word_in_a_class_name_of_the_domain_is_in_the_glossary(name):
    assert unexplained(name) == set(), f"explain it in docs/glossary.md, or call {name} by a word that is there"


def test_a_class_name_of_another_word_would_be_found():
    assert unexplained("HouseholdManager") == {"manager"}


def test_every_word_has_a_meaning_and_a_source():
    for row in rows():
        assert len(row) == 3, row
        assert all(row), row


def test_a_word_stands_in_the_glossary_once():
    assert sorted({term for term in terms() if terms().count(term) > 1}) == []


@pytest.mark.parametrize("word", PROMISED)
def test_the_words_of_the_registry_are_explained(word):
    assert word in terms()


def test_no_exception_is_left_that_nothing_needs():
    used = {part.lower() for name in class_names() for part in re.findall(r"[A-Z][a-z]+", name)}
    assert {*SMALL_WORDS, *TECHNICAL_WORDS} - used == set()
