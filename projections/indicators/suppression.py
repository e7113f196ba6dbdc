"""Which figures must not be published, because they, or what can be worked out from the others, speak of too few.

Places nest: a nation of regions, of districts, of tehsils. Whoever knows a place and all but one of those in it knows
the last one too, so a small figure is hidden together with others of the same place, until what can be worked out about
them together is not small either. What lies in a hidden place is hidden with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

SMALL = 10
"""Fewer than so many households (for questions about persons: persons) are not spoken of, none at all excepted."""

NOBODY_HIDDEN: frozenset[str] = frozenset()


class Figure(NamedTuple):
    """What would be published about one place: a whole, and the parts that it falls into."""

    whole: int
    parts: tuple[int, ...] = ()

    @property
    def is_small(self) -> bool:
        """Whether somebody stands in it or in one of its parts, and fewer than may be spoken of."""
        return any(0 < number < SMALL for number in (self.whole, *self.parts))


Tree = Mapping[str, Sequence[str]]
"""The places directly in each place."""


def hidden(
    root: str, tree: Tree, figures: Mapping[str, Figure], already: frozenset[str] = NOBODY_HIDDEN
) -> frozenset[str]:
    """Choose the places whose figures are not published; whatever is hidden `already` stays so.

    In every published place either nothing is hidden, or at least two places where somebody lives, whose figures put
    together are not small. Those with the smallest wholes are hidden first. So no hidden figure follows from published
    ones: they say nothing but the sum over at least two.
    """
    cannot = _cannot_be_shown(root, tree, figures, already)
    if root in cannot:
        return frozenset(_all_below(root, tree))
    chosen: set[str] = set()
    _hide_in(root, tree, figures, cannot, chosen)
    return frozenset(chosen)


def _cannot_be_shown(root: str, tree: Tree, figures: Mapping[str, Figure], already: frozenset[str]) -> frozenset[str]:
    """Places that are small, or of which the one inhabited part is."""
    found: set[str] = set()
    for place in reversed(list(_all_below(root, tree))):  # those inside before those around them
        inhabited = [inner for inner in tree.get(place, ()) if figures[inner].whole]
        gives_away = len(inhabited) == 1 and inhabited[0] in found
        if place in already or figures[place].is_small or gives_away:
            found.add(place)
    return frozenset(found)


def _hide_in(place: str, tree: Tree, figures: Mapping[str, Figure], cannot: frozenset[str], chosen: set[str]) -> None:
    inner = tree.get(place, ())
    hide = {each for each in inner if each in cannot}
    candidates = sorted((each for each in inner if each not in hide), key=lambda each: (figures[each].whole, each))
    for each in candidates:
        if _is_safe([figures[one] for one in hide]):
            break
        if figures[each].whole:
            hide.add(each)
    for each in inner:
        if each in hide:
            chosen.update(_all_below(each, tree))
        else:
            _hide_in(each, tree, figures, cannot, chosen)


def _is_safe(together: Sequence[Figure]) -> bool:
    inhabited = [figure for figure in together if figure.whole]
    return not inhabited or (len(inhabited) > 1 and not _sum(inhabited).is_small)


def _sum(figures: Sequence[Figure]) -> Figure:
    parts = zip(*(figure.parts for figure in figures), strict=True)
    return Figure(sum(figure.whole for figure in figures), tuple(map(sum, parts)))


def _all_below(place: str, tree: Tree) -> Iterable[str]:
    yield place
    for inner in tree.get(place, ()):
        yield from _all_below(inner, tree)
