"""Households drawn by a seed, for every name that the cards of the tests read, with gaps where nothing was recorded."""

import random
from fractions import Fraction


def made_up(count, seed, *, gaps=0.15):
    """Pairs of answers and roster; `gaps` is how often an answer is absent in a household that has gaps at all."""
    chance = random.Random(seed)
    return [_household(chance, gaps if chance.random() < 0.6 else 0.0) for _ in range(count)]


def _household(chance, gaps):
    answers = {
        "rooms": chance.choice([chance.randint(0, 9), Fraction(chance.randint(0, 36), 4)]),
        "owner": chance.random() < 0.5,
        "walls": chance.choice(["mud", "brick", "stone"]),
        "area": chance.choice(["town", "city", "country", "moon"] if chance.random() < 0.1 else ["town", "country"]),
        "land": Fraction(chance.randint(0, 500), 10),
        "province": chance.choice(["Punjab", "Sindh", "NWFP", "Balochistan", "Islamabad", "Gilgit-Baltistan"]),
        "drinking_water": chance.choice(["piped", "hand_pump", "canal"]),
        "toilet": chance.choice(["none", "flush_open_drain", "flush_public_sewerage"]),
    }
    for owned in ("refrigerator", "freezer", "television", "motorcycle", "car", "other_vehicle"):
        answers[f"owns_{owned}"] = chance.random() < 0.5
    roster = [_member(chance, gaps) for _ in range(chance.choice([0, 1, 2, 3, 4, 5, 7]))]
    return _with_gaps(answers, chance, gaps), roster


def _member(chance, gaps):
    member = {
        "age": chance.randint(0, 90),
        "sex": chance.choice(["female", "male", "transgender"]),
        "relation": chance.choice(["head", "spouse", "child", "other"]),
        "in_school": chance.random() < 0.5,
        "attends_school": chance.random() < 0.5,
        "occupation_group": chance.choice(["elementary", "other"]),
        "highest_class": chance.randint(0, 16),
        "line": chance.randint(1, 9),
        "class": chance.randint(0, 12),
    }
    return _with_gaps(member, chance, gaps / 3)


def _with_gaps(fields, chance, gaps):
    if not gaps:
        return fields
    kept = {name: value for name, value in fields.items() if chance.random() >= gaps}
    return {name: None if chance.random() < gaps / 3 else value for name, value in kept.items()}
