"""A registry with one household on the list of one partner, by bin/gharana alone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.embedded.postgres import postgres_server
from adapters.words import to_words
from tests.end_to_end.command_line import CommandLine
from tests.households import missed_out
from tests.servers import remove_home

CARD = "pakistan_schreiner_2009"
FEED = ("--partner", "food-bank", "--programme", "kafaalat")
TERMS = ("--title", "Food Bank", "--contact", "desk@food-bank.example", "--authority", "letter 12")


@contextmanager
def food_bank(home: Path) -> Iterator[CommandLine]:
    """The list of the food bank holds a household; its feed begins with the agreement and tells of her."""
    command = CommandLine(home)
    with postgres_server(home):  # stays up between commands, which is quicker
        command.done("scorecard", "adopt", CARD, "--from", "2014-01-01", "--json")
        command.done("programme", "open", "kafaalat", "--from", "2014-01-01", "--json")
        command.done("programme", "cutoff", "kafaalat", "90", "--scorecard", CARD, "--from", "2014-01-01", "--json")
        command.done("partner", "add", "food-bank", "--programme", "kafaalat", "--score", *TERMS, "--json")
        command.done("submit", "-", "--json", stdin=json.dumps(to_words(missed_out(number=7301)), default=str))
        command.done("run", "--until-caught-up", "--json")
        yield command
    remove_home(home)
