"""The filter of a simulation: a small language of conditions, read here and never handed on to an engine as text.

`place=PK6|PK202 and size>=5 and head=female`: a name, a comparison, and one or several values.
"""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Final

import msgspec
import numpy as np

from adapters.faults import Refused
from domain.questionnaire.codes import Code, Settlement, Sex

Read = Callable[[str], np.ndarray]
"""Gives a kept column, with 0 for null."""

CHARACTERS_MAX: Final = 2_000
CONDITIONS_MAX: Final = 50
_CONDITION: Final = re.compile(r"([a-z_]+)\s*(<=|>=|!=|=|<|>)\s*([A-Za-z0-9_.|-]+)")
_PLACE: Final = re.compile(r"PK[0-9]{1,5}")
_YES_NO: Final = {"yes": 1, "no": 0}
_NAMES: Final = {
    "place": "a P-code of a region, district or tehsil, such as PK6, PK602, PK60201",
    "size": "the number of people in the household",
    "head": "the sex of the head: female, male, transgender",
    "settlement": "rural or urban",
    "disabled": "whether a member is disabled: yes or no",
    "certified_disabled": "whether a member is certified disabled: yes or no",
    "transgender": "whether a member is transgender: yes or no",
}
"""What may be asked, in words."""
_COLUMNS: Final = {
    "size": "household_size",
    "head": "sex_of_head",
    "settlement": "settlement",
    "disabled": "disabled_member",
    "certified_disabled": "certified_disabled_member",
    "transgender": "transgender_member",
}
_PLACE_COLUMNS: Final = {1: "region", 3: "district", 5: "tehsil"}
_ORDERED: Final[Mapping[str, Callable[..., np.ndarray]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Condition(msgspec.Struct, frozen=True):
    """One comparison of a column with numbers; with `=` one of them must fit, with `!=` none may."""

    comparison: str
    alternatives: tuple[tuple[str, int], ...]
    """Columns, each with the number it is compared with."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return tuple(dict.fromkeys(column for column, _ in self.alternatives))

    def holds(self, read: Read) -> np.ndarray:
        """In which rows it holds."""
        if self.comparison in _ORDERED:
            column, value = self.alternatives[0]
            ordered: np.ndarray = _ORDERED[self.comparison](read(column), value)
            return ordered
        found: np.ndarray = np.logical_or.reduce([read(column) == value for column, value in self.alternatives])
        return found if self.comparison == "=" else ~found


def read_where(texts: list[str]) -> tuple[Condition, ...]:
    """Read filters, all of which must hold. Raises Refused with what was not understood and what there is."""
    conditions = []
    for text in texts:
        if len(text) > CHARACTERS_MAX:
            raise Refused(f"--where: a filter has at most {CHARACTERS_MAX:,} characters.")
        conditions += [_condition(piece.strip()) for piece in re.split(r"\s+and\s+|,", text)]
    if len(conditions) > CONDITIONS_MAX:
        raise Refused(f"--where: at most {CONDITIONS_MAX} conditions.")
    return tuple(conditions)


def _condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise Refused(
            f"--where: {text[:80]!r} is not a condition: write NAME=VALUE, such as place=PK6, size>=5 or head=female; "
            "several are joined by `and`."
        )
    name, comparison, values = found.groups()
    if name not in _NAMES:
        near = get_close_matches(name, _NAMES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_NAMES)}."
        raise Refused(f"--where: nothing is called {name!r}; {hint}")
    alternatives = tuple(_number(name, value) for value in values.split("|"))
    if comparison in _ORDERED and (name != "size" or len(alternatives) > 1):
        raise Refused(f"--where: {text!r}: only one size is compared with {comparison}; write = or != here.")
    return Condition(comparison, alternatives)


def _number(name: str, value: str) -> tuple[str, int]:
    if name == "place":
        column = _PLACE_COLUMNS.get(len(value) - 2)
        if _PLACE.fullmatch(value) and column is not None:
            return column, int(value[2:])
    elif name == "size":
        if value.isdecimal() and len(value) <= 4:  # noqa: PLR2004 - no household is larger
            return _COLUMNS[name], int(value)
    else:
        words: Mapping[str, int] = _YES_NO
        if name in ("head", "settlement"):
            kind: type[Code] = Sex if name == "head" else Settlement
            words = {code.word: int(code) for code in kind}
        if value in words:
            return _COLUMNS[name], words[value]
    raise Refused(f"--where: {name} is {_NAMES[name]}, and not {value!r}.")
