"""Each guard is seen to fail: a violation is planted in a small house of its own, under the real configuration."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.home import REPOSITORY
from tests.architecture import guards

PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def house(tmp_path):
    """The three packages, empty, under the project's own pyproject.toml."""
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for package in ("domain", "projections", "adapters"):
        plant(tmp_path, f"{package}/__init__.py", "")
    (tmp_path / "bin").mkdir()
    return tmp_path


def plant(house, path, text):
    file = house / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def run(house, program, *arguments):
    command = [PROGRAMS / program, *arguments]
    done = subprocess.run(command, cwd=house, check=False, text=True, capture_output=True)
    return done.returncode, done.stdout + done.stderr


def test_an_empty_house_keeps_every_import_contract(house):
    assert run(house, "lint-imports", "--no-cache")[0] == 0


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("domain/planted.py", "import projections\n"),
        ("domain/planted.py", "import adapters\n"),
        ("projections/planted.py", "import adapters\n"),
        ("domain/planted.py", "import pydantic\n"),
        ("projections/planted.py", "import psycopg\n"),
        ("domain/planted.py", "def late() -> None:\n    from eventsourcing import domain\n"),
    ],
)
def test_import_linter_finds_an_arrow_that_points_the_wrong_way(house, path, text):
    plant(house, path, text)

    code, said = run(house, "lint-imports", "--no-cache")

    assert code == 1
    assert "BROKEN" in said


@pytest.mark.parametrize(
    "text",
    [
        "import os\n",
        "import time\n",
        "import random\n",
        "import secrets\n",
        "import logging\n",
        "import socket\n",
        "from pathlib import Path\n",
        "import projections\n",
        "from adapters import faults\n",
        "import collections.abc, json\n",
        "def late() -> None:\n    import sqlite3\n",
    ],
)
def test_the_allow_list_refuses_what_is_not_pure(house, text):
    plant(house, "domain/planted.py", text)

    assert guards.foreign_imports(house, "domain") != []


def test_the_allow_list_lets_through_what_is_pure(house):
    plant(house, "domain/planted.py", "import msgspec\nfrom collections.abc import Sequence\nfrom domain import x\n")

    assert guards.foreign_imports(house, "domain") == []


def test_projections_may_know_domain_but_not_adapters(house):
    plant(house, "projections/planted.py", "import domain\nimport adapters.postgres\n")

    (found,) = guards.foreign_imports(house, "projections")

    assert found == "projections/planted.py:2: projections may not import adapters.postgres"


@pytest.mark.parametrize(
    "text",
    [
        "def f() -> object:\n    return datetime.now(tz=UTC)\n",
        "def f() -> object:\n    return datetime.datetime.utcnow()\n",
        "def f() -> object:\n    return date.today()\n",
        "def f() -> object:\n    return uuid.uuid4()\n",
        "from uuid import uuid4\n",
        "class A:\n    made = field(default_factory=uuid.uuid4)\n",
        "def f() -> None:\n    print('here')\n",
        "def f() -> object:\n    return open('file')\n",
        "def f() -> object:\n    return hash('word')\n",
    ],
)
@pytest.mark.parametrize("package", ["domain", "projections"])
def test_the_purity_guard_finds_clocks_chance_and_the_world(house, package, text):
    plant(house, f"{package}/planted.py", text)

    assert len(guards.impure_calls(house, package)) == 1


def test_the_purity_guard_leaves_ordinary_names_alone(house):
    plant(house, "domain/planted.py", "def f(shop: object) -> object:\n    return shop.open, shop.id, shop.today\n")

    assert guards.impure_calls(house, "domain") == []


def test_a_stored_name_used_twice_is_found(house):
    event = 'class {}:\n    name: ClassVar[str] = "household.moved.v1"\n'
    plant(house, "domain/planted.py", event.format("Moved"))
    plant(house, "domain/again.py", event.format("MovedAgain"))

    (found,) = guards.stored_names_used_twice(house)

    assert "household.moved.v1" in found


def test_a_module_of_401_lines_is_found(house):
    plant(house, "adapters/planted.py", "x = 1\n" * 401)

    assert guards.modules_too_long(house) != []
    assert guards.modules_too_long(house, frozenset({"adapters/planted.py"})) == []


def test_an_import_of_bin_is_found(house):
    plant(house, "adapters/planted.py", "from bin import _bootstrap\n")

    assert guards.imports_of_bin(house) != []


@pytest.mark.parametrize("module", ["adapters.nats.line", "domain", "projections.feed", "tests.people"])
def test_an_import_of_ours_in_an_example_for_partners_is_found(house, module):
    plant(house, "examples/partner/planted.py", f"import json\nimport {module}\n")

    assert guards.imports_of_ours_in_examples(house) == [
        f"examples/partner/planted.py:2: an example runs without {module}"
    ]


def test_an_import_in_bin_that_a_bare_machine_lacks_is_found(house):
    plant(house, "bin/planted", "import sys\nfrom _bootstrap import run_module\nfrom adapters import faults\n")

    assert guards.imports_that_a_bare_machine_lacks(house) == ["bin/planted:3: bin runs before adapters is installed"]


@pytest.mark.parametrize("text", ["see /wor" + "k/shared/x", "--index-ur" + "l https://x", "https://pypi.or" + "g/p"])
def test_words_of_a_machine_are_found(house, text):
    file = plant(house, "adapters/planted.py", f"# {text}\n")

    assert guards.words_of_a_machine(house, [file]) != []


def test_the_repositorys_own_path_is_found_in_a_file(house):
    file = plant(house, "adapters/planted.py", f"# {house}/var\n")

    assert guards.words_of_a_machine(house, [file]) != []


@pytest.mark.parametrize("line", ["--index-ur" + "l https://x/y", "--find-links https://x", "a @ https://x/a.whl"])
def test_an_address_in_the_lock_file_is_found(house, line):
    plant(house, "requirements.lock", line + "\n")

    assert guards.addresses_in_lock_file(house) != []


def test_a_lint_rule_ignored_without_a_reason_is_found():
    assert guards.without_reason(['  "E501",', '  "D101", # said', '  "D102",']) == [
        "pyproject.toml: E501 is ignored without a reason"
    ]


def test_ruff_has_everything_on_and_finds_an_unused_import(house):
    plant(house, "domain/planted.py", '"""Planted."""\n\nimport enum\n')

    code, said = run(house, "ruff", "check", "--no-cache", ".")

    assert code == 1
    assert "F401" in said


def test_the_formatter_finds_untidy_code(house):
    plant(house, "domain/planted.py", "x = {'a':1}\n")

    assert run(house, "ruff", "format", "--check", "--no-cache", ".")[0] == 1


def test_mypy_finds_a_function_without_types_and_a_forgotten_case(house):
    plant(house, "domain/untyped.py", "def f(x):\n    return x\n")
    forgotten = (
        "from typing import assert_never\n\ndef f(x: int | str) -> int:\n    match x:\n        case int():\n"
        "            return 1\n        case _:\n            assert_never(x)\n"
    )
    plant(house, "domain/forgotten.py", forgotten)
    script = plant(house, "bin/script", "def f(x):\n    return x\n")

    code, said = run(house, "mypy", "--cache-dir=/dev/null", "domain", script)

    assert code == 1
    assert "domain/untyped.py:1: error: Function is missing a type annotation" in said
    assert "domain/forgotten.py:8: error: Argument 1 to" in said
    assert "bin/script:1: error: Function is missing a type annotation" in said
