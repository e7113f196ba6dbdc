"""Advisory locks of Postgres are numbers; two works under one of them would wait for each other in vain."""

import re

from adapters.home import REPOSITORY

NUMBER = re.compile(r"(?<!\d)29106690341301\d{3}(?!\d)")


def test_no_two_works_wait_for_one_lock():
    sources = [file.read_text() for file in sorted((REPOSITORY / "adapters").rglob("*.py"))]
    numbers = [number for source in sources for number in NUMBER.findall(source)]

    assert len(numbers) > 5
    assert len(numbers) == len(set(numbers))
