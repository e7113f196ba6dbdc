"""Counting what a simulation finds, part by part: small tables of whole numbers that are added up."""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from adapters.simulation.opened import ScoredPart
from domain.questionnaire.codes import Sex

SIZES: Final = ((0, "nobody"), (1, "1-2"), (3, "3-4"), (5, "5-6"), (7, "7-8"), (9, "9-12"), (13, "13 or more"))
"""Bands of household size, by their least number of people."""
HEADS: Final = ("not recorded", *(sex.word for sex in Sex))
DISABLED: Final = ("nobody disabled", "a member disabled")
PLACES: Final = 1_000
"""Districts by the digits of their P-codes; a household whose district is not known stands under its region."""
WERE: Final = (False, True)

_SHAPE: Final = (PLACES, len(HEADS), len(SIZES), len(DISABLED), 2, 2)
KEPT: Final = ("region", "district", "household_size", "sex_of_head", "disabled_member")


class Flow(msgspec.Struct, frozen=True):
    """Households that enter, leave, stay in and stay out, and how many people are paid in them, before and after."""

    entering: int
    leaving: int
    staying: int
    outside: int
    paid_before: int
    paid_after: int

    @property
    def households(self) -> int:
        """All of them."""
        return self.entering + self.leaving + self.staying + self.outside

    @property
    def before(self) -> int:
        """Who is in now."""
        return self.leaving + self.staying

    @property
    def after(self) -> int:
        """Who would be in."""
        return self.entering + self.staying


class Tally:
    """Households by district, sex of the head, size, disability, and whether they were and would be in."""

    def __init__(self) -> None:
        self._households = np.zeros(_SHAPE, np.int64)
        self._paid = np.zeros(_SHAPE, np.int64)

    def add(self, part: ScoredPart, chosen: np.ndarray, was: np.ndarray, now: np.ndarray, paid: np.ndarray) -> None:
        """Count the chosen rows of a part."""
        district = part.column("district")
        key = np.where(district > 0, district, part.column("region")).astype(np.int64)
        edges = np.array([least for least, _ in SIZES])
        places = (
            part.column("sex_of_head"),
            np.searchsorted(edges, part.column("household_size"), side="right") - 1,
            part.column("disabled_member"),
            was,
            now,
        )
        for place, length in zip(places, _SHAPE[1:], strict=True):
            key = key * length + place
        key = key[chosen]
        cells = int(np.prod(_SHAPE))
        self._households += np.bincount(key, minlength=cells).reshape(_SHAPE)
        weights = paid[chosen].astype(np.float64)
        self._paid += np.bincount(key, weights, cells).astype(np.int64).reshape(_SHAPE)

    def whole(self) -> Flow:
        """Everybody."""
        return _flow(self._households.reshape(-1, 2, 2).sum(0), self._paid.reshape(-1, 2, 2).sum(0))

    def by_place(self) -> Iterator[tuple[int, Flow]]:
        """By district, as digits of a P-code."""
        return self._along(0)

    def by_head(self) -> Iterator[tuple[str, Flow]]:
        """By the sex of the head."""
        return ((HEADS[place], flow) for place, flow in self._along(1))

    def by_size(self) -> Iterator[tuple[str, Flow]]:
        """By the number of people."""
        return ((SIZES[place][1], flow) for place, flow in self._along(2))

    def by_disability(self) -> Iterator[tuple[str, Flow]]:
        """By whether a member is disabled."""
        return ((DISABLED[place], flow) for place, flow in self._along(3))

    def _along(self, axis: int) -> Iterator[tuple[int, Flow]]:
        others = tuple(each for each in range(4) if each != axis)
        households, paid = self._households.sum(others), self._paid.sum(others)
        for place in range(households.shape[0]):
            if households[place].any():
                yield place, _flow(households[place], paid[place])


def _flow(households: np.ndarray, paid: np.ndarray) -> Flow:
    return Flow(
        entering=int(households[0, 1]),
        leaving=int(households[1, 0]),
        staying=int(households[1, 1]),
        outside=int(households[0, 0]),
        paid_before=int(paid[1].sum()),
        paid_after=int(paid[:, 1].sum()),
    )


def added(flows: list[Flow]) -> Flow:
    """Several groups as one."""
    return Flow(*(sum(getattr(flow, name) for flow in flows) for name in Flow.__struct_fields__))


class Scores:
    """How many households have each score: all, those who were in, those who would be, those who could be."""

    def __init__(self) -> None:
        self._counts: dict[float, np.ndarray] = {}

    def add(self, part: ScoredPart, chosen: np.ndarray, *groups: np.ndarray) -> None:
        """Count the chosen and scored rows of a part, in all and in each of the groups."""
        rows = chosen & part.scored
        values = part.top[rows] / (part.bottom if isinstance(part.bottom, int) else part.bottom[rows])
        scores, places = np.unique(values, return_inverse=True)
        columns = [np.ones(len(values)), *(group[rows] for group in groups)]
        counts = np.stack([np.bincount(places, column, len(scores)) for column in columns], 1).astype(np.int64)
        for score, count in zip(scores.tolist(), counts, strict=True):
            self._counts[score] = self._counts.get(score, 0) + count

    def table(self) -> tuple[np.ndarray, np.ndarray]:
        """The scores in ascending order, and a row of counts for each."""
        scores = sorted(self._counts)
        return np.array(scores), np.array([self._counts[score] for score in scores], np.int64).reshape(len(scores), -1)
