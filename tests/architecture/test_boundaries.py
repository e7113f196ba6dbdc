"""What each part of the house may know, and what no part may do."""

import tomllib

import pytest

from adapters.home import REPOSITORY
from tests.architecture import guards

LONG_MODULES_WITH_A_REASON: frozenset[str] = frozenset()


@pytest.mark.parametrize("package", ["domain", "projections"])
def test_the_pure_packages_import_only_what_is_pure(package):
    assert guards.foreign_imports(REPOSITORY, package) == []


@pytest.mark.parametrize("package", ["domain", "projections"])
def test_the_pure_packages_ask_no_clock_no_chance_and_no_world(package):
    assert guards.impure_calls(REPOSITORY, package) == []


def test_no_two_events_have_the_same_stored_name():
    assert guards.stored_names_used_twice(REPOSITORY) == []


def test_nobody_imports_bin():
    assert guards.imports_of_bin(REPOSITORY) == []


def test_an_example_for_partners_runs_without_the_registry():
    assert guards.modules(REPOSITORY, "examples")
    assert guards.imports_of_ours_in_examples(REPOSITORY) == []


def test_bin_runs_on_a_bare_machine():
    assert guards.imports_that_a_bare_machine_lacks(REPOSITORY) == []


def test_a_module_is_short_enough_to_read():
    assert guards.modules_too_long(REPOSITORY, LONG_MODULES_WITH_A_REASON) == []


def test_tests_are_no_packages_or_tests_domain_would_hide_domain():
    assert list((REPOSITORY / "tests").rglob("__init__.py")) == []


def test_no_file_names_the_machine_it_was_written_on():
    files = guards.files_of_the_repository(REPOSITORY)

    assert guards.words_of_a_machine(REPOSITORY, files) == []


def test_the_lock_file_names_no_address():
    assert guards.addresses_in_lock_file(REPOSITORY) == []


def test_every_requirement_is_locked_with_its_hashes():
    lines = (REPOSITORY / "requirements.lock").read_text().splitlines()
    pinned = [number for number, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))]

    assert pinned
    assert [lines[number] for number in pinned if "--hash=sha256:" not in lines[number + 1]] == []


def test_every_script_in_bin_is_type_checked():
    configured = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["mypy"]["files"]
    scripts = {f"bin/{path.name}" for path in (REPOSITORY / "bin").iterdir() if path.is_file()}

    assert scripts <= set(configured)


def test_every_ignored_lint_rule_says_why():
    lines = (REPOSITORY / "pyproject.toml").read_text().splitlines()
    begin = lines.index("ignore = [")
    ignored = lines[begin + 1 : lines.index("]", begin)]

    assert guards.without_reason(ignored) == []
