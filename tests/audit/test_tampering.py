"""Whatever a superuser does to a registry, an audit finds it and gives it its name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.audited_registry import Copy, a_database, copy_of, make_registry
from tests.audit.tampering import ELEVEN, OTHERS, Tampering


@pytest.fixture(scope="module")
def registry(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with a_database(postgres_dsn) as dsn:
        yield make_registry(dsn, tmp_path_factory.mktemp("audited"))


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


def test_an_untouched_registry_has_no_findings(registry: Copy):
    result = registry.audit()
    assert [each.listed for each in result.findings.summaries()] == []
    assert result.position == result.sealed == len(registry.entries())


@pytest.mark.parametrize("tampering", [*ELEVEN, *OTHERS], ids=lambda tampering: tampering.what)
def test_tampering_is_found_and_named(
    registry: Copy, tampering: Tampering, tmp_path: Path, table: list[tuple[str, str]]
):
    with copy_of(registry, tmp_path) as copy:
        tampering.do(copy)
        found = copy.audit().findings.summaries()
    table.append((tampering.what, ", ".join(f"{each.kind} ({each.findings})" for each in found)))
    assert found[0].kind is tampering.kind, [each.listed for each in found]
