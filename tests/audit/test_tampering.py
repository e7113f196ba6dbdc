"""Whatever a superuser does to a registry, an audit finds it and gives it its name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.audited_registry import Copy, copy_of
from tests.audit.tampering import ELEVEN, OTHERS, Tampering


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[tuple[str, str]]]:
    """What was done and how it was named, shown when all of it was."""
    rows: list[tuple[str, str]] = []
    yield rows
    plugins = request.config.pluginmanager
    reporter, capture = plugins.getplugin("terminalreporter"), plugins.getplugin("capturemanager")
    if reporter is not None and capture is not None:
        with capture.global_and_fixture_disabled():
            reporter.write_line("")
            for what, named in rows:
                reporter.write_line(f"{what:42}{named}")


def test_an_untouched_registry_has_no_findings(audited: Copy):
    result = audited.audit()
    assert [each.listed for each in result.findings.summaries()] == []
    assert result.position == result.sealed == len(audited.entries())


@pytest.mark.parametrize("tampering", [*ELEVEN, *OTHERS], ids=lambda tampering: tampering.what)
def test_tampering_is_found_and_named(
    audited: Copy, tampering: Tampering, tmp_path: Path, table: list[tuple[str, str]]
):
    with copy_of(audited, tmp_path) as copy:
        tampering.do(copy)
        found = copy.audit().findings.summaries()
    table.append((tampering.what, ", ".join(f"{each.kind} ({each.findings})" for each in found)))
    assert found[0].kind is tampering.kind, [each.listed for each in found]


def test_a_damaged_entry_casts_no_doubt_on_the_log(audited: Copy, tmp_path: Path):
    damage = next(each for each in OTHERS if each.what == "an entry damaged")
    with copy_of(audited, tmp_path) as copy:
        damage.do(copy)
        result = copy.audit()
    assert [each.kind for each in result.findings.summaries()] == [damage.kind]
    assert any("events against their seals" in what for what in result.not_checked)
