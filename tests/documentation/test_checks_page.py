from pathlib import Path

from adapters.documents.check_table import check_table

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"


def test_the_page_of_checks_is_made_from_the_table_as_it_is():
    assert f"]]] -->\n{check_table()}<!-- [[[end]]] -->" in PAGE.read_text(encoding="utf-8"), (
        "run: cog -r docs/checks.md"
    )
