"""What is hidden stays hidden: nobody who knows everything published can work it out."""

from collections.abc import Iterator
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from projections.indicators.suppression import SMALL, Figure, hidden

PARTS = 2


def nation(districts: dict[str, list[tuple[int, ...]]]):
    """A tree and figures of districts, each given by the parts in its tehsils."""
    tree: dict[str, list[str]] = {"nation": list(districts)}
    figures: dict[str, Figure] = {}
    for district, tehsils in districts.items():
        tree[district] = [f"{district}/{number}" for number in range(len(tehsils))]
        figures |= {place: Figure(sum(parts), parts) for place, parts in zip(tree[district], tehsils, strict=True)}
        figures[district] = together([figures[place] for place in tree[district]])
    figures["nation"] = together([figures[district] for district in districts])
    return tree, figures


def together(figures: list[Figure]) -> Figure:
    parts = tuple(sum(figure.parts[part] for figure in figures) for part in range(PARTS))
    return Figure(sum(parts), parts)


numbers = st.one_of(st.integers(0, 3), st.integers(0, 40), st.integers(1000, 9999))
tehsils = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4)
nations = st.dictionaries(st.sampled_from("abcdef"), tehsils, min_size=1, max_size=5).map(nation)


def equations(tree, figures, kept_back: frozenset[str]) -> Iterator[tuple[dict, int]]:
    """What a reader knows of the whole and of each part: a place is the sum of what lies in it."""
    for number in range(PARTS + 1):

        def value(place: str, number: int = number) -> int:
            return (figures[place].whole, *figures[place].parts)[number]

        for place, inner in tree.items():
            signs = {place: 1, **dict.fromkeys(inner, -1)}
            unknown = {(each, number): sign for each, sign in signs.items() if each in kept_back}
            yield unknown, -sum(sign * value(each) for each, sign in signs.items() if each not in kept_back)
    for place in kept_back:  # and the whole is the sum of its parts
        yield {(place, 0): 1, **{(place, part): -1 for part in range(1, PARTS + 1)}}, 0


def worked_out(known: Iterator[tuple[dict, int]]) -> dict:
    """Everything that follows exactly: the equations solved by elimination, in whole fractions."""
    solved: list[tuple[tuple, dict, Fraction]] = []
    for terms, right in known:
        row, value = {key: Fraction(number) for key, number in terms.items()}, Fraction(right)
        for pivot, other, of_other in solved:
            if factor := row.get(pivot):
                row = _without(row, other, factor)
                value -= factor * of_other
        if not row:
            continue
        pivot = min(row)
        factor = row[pivot]
        row, value = {key: number / factor for key, number in row.items()}, value / factor
        solved = [
            (key, _without(other, row, other[pivot]), of_other - other[pivot] * value)
            if pivot in other
            else (key, other, of_other)
            for key, other, of_other in solved
        ]
        solved.append((pivot, row, value))
    return {pivot: value for pivot, row, value in solved if len(row) == 1}


def _without(row: dict, other: dict, factor: Fraction) -> dict:
    left = {key: row.get(key, Fraction(0)) - factor * other.get(key, Fraction(0)) for key in {*row, *other}}
    return {key: number for key, number in left.items() if number}


def test_the_attacker_finds_what_can_be_found():
    tree, figures = nation({"a": [(100, 100), (3, 4)]})
    kept_back = frozenset({"a/1"})
    assert worked_out(equations(tree, figures, kept_back)) == {("a/1", 0): 7, ("a/1", 1): 3, ("a/1", 2): 4}


@given(nations)
def test_nothing_hidden_can_be_worked_out_from_everything_published(made):
    tree, figures = made
    kept_back = hidden("nation", tree, figures)
    found = worked_out(equations(tree, figures, kept_back))
    assert {place for place, _ in found if figures[place].whole} == set()


@given(nations)
def test_nothing_small_is_published(made):
    tree, figures = made
    kept_back = hidden("nation", tree, figures)
    assert not [place for place, figure in figures.items() if figure.is_small and place not in kept_back]


@given(nations)
def test_what_is_hidden_in_a_published_place_is_at_least_two_and_not_small_together(made):
    tree, figures = made
    kept_back = hidden("nation", tree, figures)
    for place, inner in tree.items():
        within = [figures[each] for each in inner if each in kept_back and figures[each].whole]
        if place not in kept_back and within:
            assert len(within) > 1
            assert not together(within).is_small


@given(nations)
def test_what_lies_in_a_hidden_place_is_hidden(made):
    tree, figures = made
    kept_back = hidden("nation", tree, figures)
    assert all(each in kept_back for place in kept_back for each in tree.get(place, ()))


@given(nations, st.sets(st.sampled_from("abc")))
def test_what_is_hidden_already_stays_hidden_and_cannot_be_worked_out_either(made, already):
    tree, figures = made
    already = frozenset(already & figures.keys())
    kept_back = hidden("nation", tree, figures, already)
    assert already <= kept_back
    found = worked_out(equations(tree, figures, kept_back))
    assert {place for place, _ in found if figures[place].whole} == set()


def test_nothing_is_hidden_where_nothing_is_small():
    tree, figures = nation({"a": [(100, 100), (0, 40)], "b": [(50, 50)]})
    assert hidden("nation", tree, figures) == frozenset()


def test_a_small_tehsil_takes_the_next_smallest_of_its_district_along():
    tree, figures = nation({"a": [(100, 100), (3, 4), (30, 30), (0, 0)]})
    assert hidden("nation", tree, figures) == {"a/1", "a/2"}


def test_a_small_rest_is_as_telling_as_a_small_part():
    """Of 100 households 97 are connected: the other three are hidden by hiding the share."""
    tree, figures = nation({"a": [(97, 3), (60, 60), (500, 500)]})
    assert hidden("nation", tree, figures) == {"a/0", "a/1"}


def test_as_many_are_hidden_as_it_takes_to_be_ten_together():
    tree, figures = nation({"a": [(2, 0), (3, 0), (4, 0), (11, 0), (500, 0)]})
    assert hidden("nation", tree, figures) == {"a/0", "a/1", "a/2", "a/3"}


def test_the_only_inhabited_tehsil_is_its_district_and_hides_it():
    tree, figures = nation({"a": [(3, 4), (0, 0)], "b": [(90, 90)], "c": [(80, 80), (70, 70)]})
    assert hidden("nation", tree, figures) == {"a", "a/0", "a/1", "b", "b/0"}


def test_a_nation_that_is_small_is_not_shown_at_all():
    tree, figures = nation({"a": [(1, SMALL - 2)]})
    assert hidden("nation", tree, figures) == {"nation", "a", "a/0"}
