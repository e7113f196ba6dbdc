"""The page: complete in itself, readable by everyone, and free of what is hidden."""

from datetime import date
from html.parser import HTMLParser

import pytest

from adapters.documents.places import load_places
from adapters.home import REPOSITORY
from adapters.indicators.page import page
from adapters.indicators.published import compare
from adapters.indicators.reading import Course
from domain.places import PlaceLevel
from projections.indicators.figures import NATION
from projections.indicators.themes import THEMES, THEMES_BY_NAME
from tests.indicators.counted_nation import counted, nation

DAY = date(2026, 11, 25)
MONTHS = (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))
GOLDEN = REPOSITORY / "tests" / "golden" / "pages" / "indicators_housing.html"
VOID = {"meta", "line", "rect", "circle", "path", "polyline"}


def course(population, months=MONTHS) -> Course:
    codes = [NATION, *population.tree[NATION]]
    grown = {
        code: [
            tuple(number * step // len(months) for number in population.counts[code])
            for step in range(1, len(months) + 1)
        ]
        for code in codes
    }
    return Course(months, grown)


def written(themes=THEMES, population=None, level=PlaceLevel.REGION, months=MONTHS) -> str:
    population = population or nation()
    return page(themes, population, course(population, months), compare(population, load_places(), themes), level, DAY)


class Elements(HTMLParser):
    """Every element with its attributes; complains where one is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"


@pytest.fixture(scope="module")
def elements() -> list[tuple[str, dict]]:
    parser = Elements()
    parser.feed(written())
    assert parser.open == []
    return parser.found


def test_it_fetches_nothing(elements):
    fetching = {"src", "href", "data", "action", "poster", "srcset", "xlink:href"}
    named = [value for _, attributes in elements for name, value in attributes.items() if name in fetching]
    assert named
    assert all(value.startswith("#") for value in named)
    text = written()
    assert "<script" not in text
    assert "@import" not in text
    assert "http" not in text


def test_it_has_a_language_a_title_and_one_heading_of_each_theme(elements):
    tags = [tag for tag, _ in elements]
    assert ("html", {"lang": "en"}) in elements
    assert tags.count("h1") == tags.count("main") == 1
    assert tags.count("h2") == len(THEMES) + 1


def test_every_picture_has_words_for_those_who_do_not_see_it(elements):
    pictures = [attributes for tag, attributes in elements if tag == "svg"]
    assert all("aria-hidden" in each or "aria-label" in each or "aria-labelledby" in each for each in pictures)
    labelled = {each["aria-labelledby"] for each in pictures if "aria-labelledby" in each}
    assert labelled <= {attributes["id"] for _, attributes in elements if "id" in attributes}


def test_every_table_has_a_caption_and_says_what_its_rows_and_columns_are(elements):
    tags = [tag for tag, _ in elements]
    assert tags.count("table") == tags.count("caption")
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in elements if tag == "th")


def test_no_name_on_the_page_is_given_twice(elements):
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_a_hidden_place_has_a_line_without_figures():
    tehsil = "PK60201"
    text = written((THEMES_BY_NAME["housing"],), nation({tehsil: counted(100, kacha=7, pacca=93)}), PlaceLevel.TEHSIL)
    table = text.rpartition("Kacha and pacca housing by tehsil")[2]
    (row,) = [line for line in table.splitlines() if f'<th scope="row">{load_places().name(tehsil)}</th>' in line]
    assert row.count('<td class="number">n/a</td>') == row.count("<td") == 3
    assert "93.0" not in text


@pytest.mark.parametrize("level", list(PlaceLevel))
def test_the_level_asked_for_is_written_in_full(level):
    text = written((THEMES_BY_NAME["water"],), level=level)
    rows = text.count('<th scope="row">')
    expected = {PlaceLevel.REGION: 0, PlaceLevel.DISTRICT: 160, PlaceLevel.TEHSIL: 577}[level]
    assert (f"Safe drinking water by {level.word}" in text) or level is PlaceLevel.REGION
    assert rows >= expected


def test_a_single_month_has_no_course():
    assert "Change over time" not in written((THEMES_BY_NAME["water"],), months=MONTHS[:1])
    assert "Change over time" in written((THEMES_BY_NAME["water"],))


def test_the_page_of_one_theme_stays_as_it_is():
    """The first section as it was when somebody last looked at it; look again before you renew it."""
    text = written((THEMES_BY_NAME["housing"],))
    body = text[text.index("<body>") :]
    assert body == GOLDEN.read_text(encoding="utf-8")
