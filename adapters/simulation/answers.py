"""A simulation as an answer: one structure for programs, from which the table and the page are made as well."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from adapters.simulation.costs import Cost
from adapters.simulation.curves import Confusion, Curve
from adapters.simulation.simulation import Found
from adapters.simulation.tallies import Flow, added
from domain.places import Places


class Group(msgspec.Struct, frozen=True):
    """One line of a table."""

    group: str
    households: int
    in_now: int
    in_then: int
    entering: int
    leaving: int
    staying: int
    paid_now: int
    paid_then: int
    cost_now_pkr: float | None
    cost_then_pkr: float | None


class Errors(msgspec.Struct, frozen=True):
    """A confusion matrix with its two errors, as shares."""

    poor_in: int
    poor_out: int
    others_in: int
    others_out: int
    inclusion_error: float | None
    exclusion_error: float | None


class Answer(msgspec.Struct, frozen=True):
    """Everything a simulation says. Costs are in rupees for a quarter (or once, as `cost_note` says)."""

    programme: str
    title: str
    scorecard: str
    scorecard_hash: str | None
    cutoff: Decimal | None
    comparison: str | None
    relaxed: dict[str, Decimal]
    cutoff_before: Decimal | None
    where: str
    registry_position: int
    day: date
    considered: int
    left_out: int
    not_scored: int
    exactly: int
    whole: Group
    by_region: list[Group]
    by_district: list[Group]
    by_sex_of_head: list[Group]
    by_size: list[Group]
    by_disability: list[Group]
    cost_note: str
    notes: list[str]
    curves: list[Curve]
    reference: str | None = None
    referred: int = 0
    errors_before: Errors | None = None
    errors_after: Errors | None = None
    seconds: float = 0.0


def groups(found: Found, places: Places, cost: Cost) -> dict[str, Any]:
    """The tables of an answer."""
    of_places = list(found.tally.by_place())
    by_region: dict[int, list[Flow]] = {}
    for digits, flow in of_places:
        by_region.setdefault(int(str(digits)[0]), []).append(flow)
    return {
        "whole": _group("everybody", found.whole, cost),
        "by_region": [
            _group(_place(places, digits), added(flows), cost) for digits, flows in sorted(by_region.items())
        ],
        "by_district": [_group(_place(places, digits), flow, cost) for digits, flow in of_places],
        "by_sex_of_head": _groups(found.tally.by_head(), cost),
        "by_size": _groups(found.tally.by_size(), cost),
        "by_disability": _groups(found.tally.by_disability(), cost),
    }


def errors(matrix: Confusion | None) -> Errors | None:
    """A matrix with its errors."""
    if matrix is None:
        return None
    return Errors(
        matrix.poor_in,
        matrix.poor_out,
        matrix.others_in,
        matrix.others_out,
        matrix.inclusion_error,
        matrix.exclusion_error,
    )


def _groups(flows: Iterable[tuple[str, Flow]], cost: Cost) -> list[Group]:
    return [_group(name, flow, cost) for name, flow in flows]


def _group(name: str, flow: Flow, cost: Cost) -> Group:
    paisa = cost.paisa
    return Group(
        name,
        flow.households,
        flow.before,
        flow.after,
        flow.entering,
        flow.leaving,
        flow.staying,
        flow.paid_before,
        flow.paid_after,
        None if paisa is None else flow.paid_before * paisa / 100,
        None if paisa is None else flow.paid_after * paisa / 100,
    )


def _place(places: Places, digits: int) -> str:
    code = f"PK{digits}"
    if code not in places:
        return code
    return places.name(code)
