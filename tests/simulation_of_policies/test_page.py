"""The page of a simulation holds everything it shows and fetches nothing."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import msgspec
import pytest

from adapters.documents.places import load_places
from adapters.documents.usable_scorecard import compiled_file
from adapters.faults import WorldFailed
from adapters.simulation.answers import Answer, Group, groups
from adapters.simulation.costs import Cost
from adapters.simulation.engines import open_engine
from adapters.simulation.opened import OpenExtract
from adapters.simulation.page import page_of, write_page
from adapters.simulation.plots import flows
from adapters.simulation.rules import CutOff
from adapters.simulation.simulation import Question, simulate
from domain.questionnaire.codes import Comparison
from tests.cards import PAKISTAN_CARD
from tests.extract.written import DAY, write_extract


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "one"
    card = compiled_file(PAKISTAN_CARD).card
    write_extract(folder, card, households=200)
    opened = OpenExtract(folder)
    cutoff = CutOff(Decimal(60), Comparison.AT_OR_UNDER)
    found = simulate(opened, open_engine("duckdb"), Question(opened.manifest.programmes[0], card, cutoff))
    return Answer(
        "kafaalat", "Kafaalat", card.id, None, cutoff.value, cutoff.sign, {}, Decimal(45), "", 5, DAY,
        found.considered, 0, found.not_scored, found.exactly,
        **groups(found, load_places(), Cost(1_450_000, "PKR 14,500")),
        cost_note="PKR 14,500", notes=["a note"], curves=list(found.curves),
    )  # fmt: skip


def test_it_fetches_nothing_and_runs_nothing(answer):
    page = page_of(answer)
    assert re.findall(r"(?:src|href)=\"(?!#)|url\((?!#)|@import|<script|<link|<iframe", page) == []


def test_it_holds_two_kinds_of_plots_named_for_those_who_do_not_see_them(answer):
    names = re.findall(r'<svg role="img" aria-label="([^"]+)"', page_of(answer))
    assert len(names) == 3
    assert any("Lorenz" in name for name in names)


def test_an_axis_that_counts_households_names_every_number_once():
    small = Group("Bagh", 9, 1, 1, entering=1, leaving=1, staying=0, paid_now=1, paid_then=1,
                  cost_now_pkr=None, cost_then_pkr=None)  # fmt: skip
    numbers = re.findall(r">(\d+)</text>", flows([small], "who enters"))
    assert numbers == ["1", "0", "1"]


def test_its_elements_are_closed_in_order(answer):
    class Nesting(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open = []

        def handle_starttag(self, tag, attrs):  # noqa: ARG002 - their shape
            if tag != "meta":
                self.open.append(tag)

        def handle_startendtag(self, tag, attrs):
            """Nothing stays open."""

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    nesting = Nesting()
    nesting.feed(page_of(answer))
    assert nesting.open == []


def test_what_it_is_filled_with_is_escaped(answer):
    page = page_of(msgspec.structs.replace(answer, title="<b>bold</b>", notes=["<script>alert(1)</script>"]))
    assert "<b>bold" not in page
    assert "<script" not in page


def test_the_same_simulation_gives_the_same_page(answer):
    assert page_of(answer) == page_of(answer)


def test_every_region_stands_in_it_with_its_figures(answer):
    page = page_of(answer)
    for group in answer.by_region:
        assert f"{group.group}</th><td>{group.households:,}</td>" in page


def test_a_page_that_cannot_be_written_is_a_fault_of_the_world(answer, tmp_path):
    with pytest.raises(WorldFailed, match="cannot be written"):
        write_page(answer, tmp_path / "nowhere" / "page.html")
