"""A verb starts without the libraries that only other verbs need, which takes a quarter of the time."""

import subprocess
import sys
from importlib import import_module

import pytest
import typer

from adapters.cli import main
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


def test_every_module_that_offers_verbs_is_on_the_command_line():
    listed = {place.partition(".")[0] for place in main.VERBS.values()}
    modules = (path.stem for path in (REPOSITORY / "adapters" / "cli").glob("[a-z]*.py") if path.stem != "main")
    for module in modules:
        found = import_module(f"adapters.cli.{module}")
        if isinstance(getattr(found, "app", None), typer.Typer):
            assert module in listed, module
