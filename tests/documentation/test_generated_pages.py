"""Pages that are made from the code say what the code says today."""

import pytest
from cogapp import Cog

from adapters.home import REPOSITORY

GENERATED = [path for path in sorted(REPOSITORY.glob("docs/**/*.md")) if "[[[cog" in path.read_text()]


def check(page):
    """0 where the page is as it would be made now."""
    return Cog().main(["cog", "-I", str(REPOSITORY), "--check", str(page)])


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_a_generated_page_is_up_to_date(page):
    assert check(page) == 0, f"make it anew: python -m cogapp -r docs/{page.name}"


def test_there_are_generated_pages():
    assert {"events.md", "occasions.md"} <= {page.name for page in GENERATED}


def test_a_page_that_was_edited_by_hand_is_found(tmp_path):
    page = tmp_path / "occasions.md"
    page.write_text((REPOSITORY / "docs" / "occasions.md").read_text().replace("| any day |", "| never |", 1))
    assert check(page) != 0
