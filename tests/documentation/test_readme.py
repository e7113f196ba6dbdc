"""Commands of the README and of the auditor's first day exist and take what they are given; links lead somewhere."""

import re
import shlex

import pytest
import typer

from adapters.cli.main import app_of
from adapters.home import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
FIRST_DAY = (REPOSITORY / "docs" / "auditor.md").read_text()
COMMANDS, OF_FIRST_DAY = (re.findall(r"^    bin/gharana (.+)$", page, re.MULTILINE) for page in (README, FIRST_DAY))
LINES_MAX = 70
A_HOUSEHOLD = "004a6c6c-12b5-8023-802a-863ec410ff62"


def parse(command: str) -> typer.Context:
    """Read a command line down to its verb, as the program would, without running it."""
    words = shlex.split(re.split("[<>]", command)[0].replace("$", "").replace("HOUSEHOLD", A_HOUSEHOLD))
    verb = typer.main.get_command(app_of())
    context = verb.make_context("gharana", words, resilient_parsing=False)
    while hasattr(verb, "resolve_command") and (left := [*context._protected_args, *context.args]):
        name, verb, rest = verb.resolve_command(context, left)
        context = verb.make_context(name, rest, parent=context)
    return context


@pytest.mark.parametrize("command", [*COMMANDS, *OF_FIRST_DAY])
def test_a_command_of_the_readme_or_of_the_auditors_first_day_is_one_that_the_program_takes(command):
    assert not parse(command).args


def test_a_command_that_does_not_exist_is_noticed():
    with pytest.raises(Exception, match="No such"):
        parse("household exlpain")
    with pytest.raises(Exception, match="No such option"):
        parse("run --for-ever")


def test_the_readme_shows_the_demo_and_both_gates():
    assert "demo" in COMMANDS
    assert all(f"bin/{gate}" in README for gate in ("check", "test"))
    assert all((REPOSITORY / "bin" / gate).exists() for gate in ("check", "test", "gharana"))


def test_the_readme_fits_a_screen():
    assert len(README.splitlines()) <= LINES_MAX


def test_every_link_of_the_documents_leads_somewhere():
    pages = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    for page in [*pages, *(REPOSITORY / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
