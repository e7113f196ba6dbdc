"""A verb starts without the libraries that only other verbs need, which takes a quarter of the time."""

import inspect
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from adapters.cli import main
from adapters.cli.output import verb
from adapters.home import REPOSITORY

HEAVY = ("duckdb", "ibis", "matplotlib", "pyarrow", "numpy")
EVERY_DAY = ("submit", "run", "due", "household", "programme", "scorecard", "shock", "check", "erasure", "rebuild")
WATCHED = f"""
import sys
from adapters.cli.main import app_of
app_of({EVERY_DAY})
print(*sorted(set({HEAVY}) & sys.modules.keys()))
"""


def test_the_verbs_of_every_day_import_no_library_of_columns_or_plots():
    done = subprocess.run([sys.executable, "-c", WATCHED], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_one_verb_alone_is_still_called_by_its_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setattr(sys, "argv", ["gharana", "due", "--help"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: gharana due ")


def test_a_verb_that_does_not_exist_is_answered_with_the_one_that_was_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr(sys, "argv", ["gharana", "demoo"])
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    assert "Did you mean 'demo'?" in capsys.readouterr().err


def test_help_lists_every_verb():
    commands = typer.main.get_command(main.app_of()).commands
    assert list(commands) == list(main.VERBS)


A_VERB = verb(lambda: None).__code__


def verbs_there_are():
    for path in (REPOSITORY / "adapters" / "cli").glob("[a-z]*.py"):
        module = import_module(f"adapters.cli.{path.stem}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__code__ is A_VERB and function.__module__ == module.__name__:
                yield f"{path.stem}.{name}", function


def verbs_on_the_command_line():
    for place in main.VERBS.values():
        module, _, attribute = place.partition(".")
        offered = getattr(import_module(f"adapters.cli.{module}"), attribute)
        if isinstance(offered, typer.Typer):
            yield from (
                command.callback for command in (*offered.registered_commands, offered.registered_callback) if command
            )
        else:
            yield offered


def test_every_verb_there_is_stands_on_the_command_line():
    offered = set(verbs_on_the_command_line())
    assert [name for name, function in verbs_there_are() if function not in offered] == []
