"""Whoever reads the log learns of new stored names from the changelog."""

import re

from adapters.home import REPOSITORY
from domain.catalogue import EVENTS

CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text()


def test_every_event_is_announced_under_events():
    announced = set()
    for section in re.findall(r"### Events\n(.*?)(?=\n##)", CHANGELOG, re.DOTALL):
        announced |= set(re.findall(r"`([a-z_]+\.[a-z_]+\.v\d+)`", section))
    assert announced == set(EVENTS)


def test_events_are_the_first_section_of_every_version():
    firsts = re.findall(r"^## (\S+).*?^### (\w+)", CHANGELOG, re.DOTALL | re.MULTILINE)
    assert firsts
    assert {first for _, first in firsts} == {"Events"}


def test_versions_are_calendar_versions():
    versions = re.findall(r"^## (\S+)", CHANGELOG, re.MULTILINE)
    assert [version for version in versions if not re.fullmatch(r"20\d\d\.\d{1,2}(\.\d+)?", version)] == []
