"""The official places: regions, the districts in them, the tehsils in those, each with its P-code."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

import msgspec

from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Code
from domain.refusal import Rejected

SUGGESTIONS_MAX = 3

KeyT = TypeVar("KeyT")


class PlaceLevel(Code):
    """How fine a place is."""

    REGION = 1
    DISTRICT = 2
    TEHSIL = 3


class OfficialPlace(msgspec.Struct, frozen=True, gc=False):
    """A place of the code list, by its P-code; `parent` is the code of the place it lies in, none for a region."""

    code: str
    name: str
    level: PlaceLevel
    parent: str | None
    valid_from: date

    def __str__(self) -> str:
        """As it is shown to people: `PK603 Bahawalpur`."""
        return f"{self.code} {self.name}"


class Places(msgspec.Struct, frozen=True):
    """The whole code list, ready to be asked. Names are compared without regard to case and spacing."""

    by_code: dict[str, OfficialPlace]
    by_name: dict[str, tuple[OfficialPlace, ...]]
    by_parent: dict[str | None, tuple[OfficialPlace, ...]]

    def __contains__(self, code: str) -> bool:
        return code in self.by_code

    def get(self, code: str) -> OfficialPlace:
        """The place with this code. Raises Rejected, naming the nearest, when there is none."""
        place = self.by_code.get(code)
        if place is None:
            raise Rejected(self._unknown(code))
        return place

    def name(self, code: str) -> str:
        """Name of a place by its code."""
        return self.get(code).name

    def children(self, code: str | None) -> tuple[OfficialPlace, ...]:
        """The places directly below this one, by code; below `None` are the regions."""
        return self.by_parent.get(code, ())

    def find(self, name: str, within: str = "") -> OfficialPlace | None:
        """The place of this name inside another, the coarsest where a district and its tehsil share it.

        Nothing when no place there is called so, or when several of the same level are.
        """
        named = [place for place in self.by_name.get(_plain(name), ()) if place.code.startswith(within)]
        coarsest = [place for place in named if place.level is min(each.level for each in named)]
        return coarsest[0] if len(coarsest) == 1 else None

    def find_problem(self, code: str) -> str | None:
        """Why this code names no place, or nothing. A union council may follow its tehsil: `PK60201/council`."""
        official, slash, council = code.partition("/")
        if official not in self.by_code:
            return self._unknown(official)
        if slash and (not council.strip() or self.by_code[official].level is not PlaceLevel.TEHSIL):
            return f"Place {code!r} names a union council wrongly: write a tehsil's code, a slash and its name."
        return None

    def find_residence_problem(self, place: Place) -> str | None:
        """Why a household cannot live at this place, or nothing."""
        return None if place.code in self.by_code else self._unknown(place.code)

    def _unknown(self, code: str) -> str:
        near = self._nearest(code)
        hint = f"did you mean {', '.join(map(str, near))}?" if near else "use a P-code such as PK602."
        return f"No place has the code {code!r}: {hint}"

    def _nearest(self, written: str) -> list[OfficialPlace]:
        """Places of a name like it, if a name was written; else places below the part of the code that is known."""
        plain = _plain(written)
        if not plain.startswith("pk") or not any(letter.isdigit() for letter in plain):
            names = get_close_matches(plain, self.by_name, SUGGESTIONS_MAX)
            return [place for name in names for place in self.by_name[name]][:SUGGESTIONS_MAX]
        code = plain.upper().replace(" ", "")
        known = next((code[:end] for end in (7, 5, 3) if code[:end] in self.by_code), None)
        if known == code:
            return [self.by_code[code]]
        below = {place.code: place for place in self.children(known)}
        near = get_close_matches(code, below, SUGGESTIONS_MAX, cutoff=0.5)
        return [below[each] for each in near] or ([self.by_code[known]] if known else [])


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def arrange(rows: Iterable[OfficialPlace]) -> Places:
    """Make a code list of its rows. Raises Rejected when a code is there twice or a parent is missing or wrong."""
    by_code: dict[str, OfficialPlace] = {}
    by_name: dict[str, list[OfficialPlace]] = defaultdict(list)
    by_parent: dict[str | None, list[OfficialPlace]] = defaultdict(list)
    for place in sorted(rows, key=lambda row: row.code):
        if place.code in by_code:
            raise Rejected(f"Place {place.code} is listed twice: keep one of the two lines.")
        by_code[place.code] = place
        by_name[_plain(place.name)].append(place)
        by_parent[place.parent].append(place)
    for place in by_code.values():
        _check_parent(place, by_code)
    return Places(by_code, _tuples(by_name), _tuples(by_parent))


def _check_parent(place: OfficialPlace, by_code: dict[str, OfficialPlace]) -> None:
    parent = by_code.get(place.parent) if place.parent is not None else None
    is_region = place.level is PlaceLevel.REGION
    if is_region and place.parent is None:
        return
    if is_region or parent is None or parent.level != place.level - 1 or not place.code.startswith(parent.code):
        raise Rejected(
            f"{place.level.word.capitalize()} {place} cannot lie in {place.parent or 'nothing'}: "
            "a district lies in a region and a tehsil in a district, and the code begins with the parent's."
        )


def _tuples(lists: dict[KeyT, list[OfficialPlace]]) -> dict[KeyT, tuple[OfficialPlace, ...]]:
    return {key: tuple(places) for key, places in lists.items()}
