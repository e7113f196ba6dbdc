"""Measures how fast a scorecard scores, beside the plainest way to read the same answers in the same run.

The peer only adds up whole numbers for the same ten questions, without checking, naming or looking up anything; it is
the least that any program in this language must do, and the ratio says what checking and explaining cost.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.documents.scorecard import SCORECARDS_FOLDER
from adapters.documents.usable_scorecard import compiled_file

CARD: Final = SCORECARDS_FOLDER / "pakistan_schreiner_2009.toml"
RUNS: Final = 5
HOUSEHOLDS: Final = 20_000
MEMBERS: Final = 6
SEED: Final = 20_090_918

Household = tuple[dict[str, Any], list[dict[str, Any]]]


class Measured(msgspec.Struct, frozen=True):
    """Households scored in a second of one core's time: the median of the runs, with the slowest and fastest."""

    households_per_s: int
    households_per_s_min: int
    households_per_s_max: int
    peer_households_per_s: int
    peer_households_per_s_min: int
    peer_households_per_s_max: int
    score_vs_peer: float
    """Median over the runs of our speed over the peer's in the same run."""
    runs: int
    households: int
    card: str


def measure_score(
    card_path: Path = CARD,
    runs: int = RUNS,
    households: int = HOUSEHOLDS,
    clock: Callable[[], float] = time.process_time,
) -> Measured:
    """Score made-up households of six with the card and with the peer, run about run."""
    compiled = compiled_file(card_path)
    sample = made_up_households(households)
    ours, peers = [], []
    for _ in range(runs):
        ours.append(households / _seconds(compiled.score, sample, clock))
        peers.append(households / _seconds(_peer, sample, clock))
    return Measured(
        round(statistics.median(ours)),
        round(min(ours)),
        round(max(ours)),
        round(statistics.median(peers)),
        round(min(peers)),
        round(max(peers)),
        round(statistics.median(our / peer for our, peer in zip(ours, peers, strict=True)), 3),
        runs,
        households,
        compiled.card.id,
    )


def made_up_households(count: int, seed: int = SEED) -> list[Household]:
    """Make households that the Pakistan card can score; the same seed makes the same ones."""
    chance = random.Random(seed)  # noqa: S311 - made-up answers, not secrets
    return [_household(chance) for _ in range(count)]


def _household(chance: random.Random) -> Household:
    answers: dict[str, Any] = {
        "province": chance.choice(["Punjab", "Sindh", "Khyber Pakhtunkhwa", "Balochistan", "Islamabad"]),
        "drinking_water": chance.choice(["hand_pump", "piped", "canal_or_stream", "tanker"]),
        "toilet": chance.choice(["flush_public_sewerage", "flush_open_drain", "dry_pit_latrine", "none"]),
    }
    for owned in ("refrigerator", "freezer", "television", "motorcycle", "car", "other_vehicle"):
        answers[f"owns_{owned}"] = chance.random() < 1 / 3
    return answers, [_member(chance, place) for place in range(MEMBERS)]


def _member(chance: random.Random, place: int) -> dict[str, Any]:
    age = chance.randint(18, 70) if place <= 1 else chance.randint(0, 40)
    return {
        "line": place + 1,
        "age": age,
        "sex": chance.choice(["female", "male"]),
        "relation": ("head", "spouse")[place] if place <= 1 else "child",
        "attends_school": chance.choice([True, False]),
        "occupation_group": chance.choice(["elementary", "other", "none", "none"]),
        "highest_class": chance.randint(0, 14),
    }


def _seconds(score: Callable[..., object], sample: Sequence[Household], clock: Callable[[], float]) -> float:
    gc.collect()
    started = clock()
    for answers, roster in sample:
        score(answers, roster)
    return clock() - started


_SCHOOL_AGE_MIN: Final = 5
_CHILD_AGE_MAX: Final = 13
_PROVINCE: Final[dict[str, int]] = {
    "Balochistan": 0,
    "Khyber Pakhtunkhwa": 9,
    "Sindh": 11,
    "Punjab": 12,
    "Islamabad": 12,
}
_CHILDREN: Final = (31, 22, 15, 11, 6, 0, 0, 0)
_WORKERS: Final = (12, 5, 0, 0, 0, 0, 0, 0)
_WATER: Final = {"hand_pump": 3, "piped": 3}
_TOILET: Final = {"flush_open_drain": 2, "flush_public_sewerage": 4}


def _peer(answers: dict[str, Any], roster: list[dict[str, Any]]) -> int:
    children = sum(1 for member in roster if member["age"] <= _CHILD_AGE_MAX)
    of_age = [member for member in roster if _SCHOOL_AGE_MIN <= member["age"] <= _CHILD_AGE_MAX]
    workers = sum(1 for member in roster if member["occupation_group"] == "elementary")
    women = [member for member in roster if member["sex"] == "female" and member["relation"] in {"head", "spouse"}]
    water: str = answers["drinking_water"]
    toilet: str = answers["toilet"]
    return (
        _PROVINCE[answers["province"]]
        + _CHILDREN[children]
        + (5 if all(member["attends_school"] for member in of_age) else 0)
        + _WORKERS[workers]
        + (4 if not women else 6 if women[0]["highest_class"] >= 1 else 0)
        + _WATER.get(water, 0)
        + _TOILET.get(toilet, 0)
        + (12 if answers["owns_refrigerator"] or answers["owns_freezer"] else 0)
        + (3 if answers["owns_television"] else 0)
        + (12 if answers["owns_motorcycle"] or answers["owns_car"] or answers["owns_other_vehicle"] else 0)
    )
