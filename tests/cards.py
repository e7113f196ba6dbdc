"""Scorecards for tests, written as people write them."""

import tempfile
from pathlib import Path

from adapters.documents.scorecard import SCORECARDS_FOLDER, load_scorecard
from domain.scorecard import Scorecard, check

HEAD = """
format = "gharana-scorecard/1"
id = "test"
title = "A card for tests"
direction = "higher_is_better_off"
"""

SMALL = (
    HEAD
    + """
[[indicator]]
id = "rooms"
value = "rooms"
bands = [{ code = "few", lt = 3, points = 0 }, { code = "many", ge = 3, points = 5 }]
[[indicator]]
id = "walls"
value = "walls"
levels = [{ code = "mud", match = ["mud"], points = 0 }, { code = "brick", match = ["brick", "stone"], points = 7 }]
"""
)


def card_of(text: str) -> Scorecard:
    """Read a card from its text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "card.toml"
        path.write_text(text)
        return load_scorecard(path)


def problems_of(text: str) -> str:
    """Everything that is wrong with a card, as one text."""
    return "\n".join(check(card_of(text)))


EVERYTHING = (
    HEAD
    + """
[arithmetic]
type = "rational"
[score]
columns = ["food", "total"]
main = "total"
intercept = [1, "1/3"]
rescale = { sub = 0.5, mul = 10, div = 3 }

[derive.size]
op = "count"
of = "roster"
[derive.dependents]
op = "count_any"
of = "roster"
where_any = [{ field = "age", lt = 18 }, { field = "age", gt = 65 }]
[derive.girls]
op = "count"
of = "roster"
where = [{ field = "sex", eq = "female" }]
where_any = [{ field = "age", lt = 18 }, { field = "in_school", eq = true }]
[derive.per_dependent]
op = "ratio"
num = "rooms"
den = "dependents"
[derive.anyone_in_school]
op = "any"
of = "roster"
where = [{ field = "in_school", eq = true }]
[derive.all_children_in_school]
op = "all"
of = "roster"
where = [{ field = "age", ge = 5, le = 16 }]
that = [{ field = "in_school", eq = true }]
[derive.all_ages]
op = "sum"
of = "roster"
field = "age"
[derive.oldest]
op = "max"
of = "roster"
field = "age"
[derive.mean_age_of_women]
op = "mean"
of = "roster"
field = "age"
where = [{ field = "sex", ne = "male" }]
if_none = 0
[derive.class_of_eldest]
op = "pick"
of = "roster"
where = [{ field = "age", ge = 10 }]
order_by = ["relation:head,spouse", "-age"]
take = "class"
if_none = "nobody"
[derive.room_class]
op = "case"
cases = [
  { when = [{ field = "rooms", lt = 2 }], value = "one" },
  { when = [{ field = "rooms", lt_field = "size" }, { field = "owner", eq = true }], value = "crowded" },
]
else = "roomy"
[derive.big]
op = "test"
when = [{ field = "size", ge = 4 }]
[derive.square]
op = "multiply"
terms = ["size", "size"]
[derive.spare]
op = "subtract"
terms = ["rooms", "dependents", 1]
[derive.least]
op = "min"
terms = ["rooms", "size", 3]
[derive.lucky]
op = "any"
terms = ["big", "owner"]

[[indicator]]
id = "dependents"
value = "dependents"
bands = [{ eq = 0, points = [3, 4] }, { ge = 1, le = 2, points = ["1/7", 2] }, { ge = 3, points = 0.25 }]
[[indicator]]
id = "girls"
value = "girls"
coef = [0.1, -0.7]
missing = { code = "unknown", points = [0, 1] }
[[indicator]]
id = "per_dependent"
value = "per_dependent"
bands = [
  { code = "a", le = 0.5, points = [0, 0] },
  { code = "b", gt = 0.5, lt = "4/3", points = [1, 1] },
  { code = "c", ge = "4/3", points = [2, 2] },
]
missing = { code = "none", points = [5, 5] }
[[indicator]]
id = "schooling"
value = { pair = ["anyone_in_school", "all_children_in_school"] }
levels = [{ match = [[true, true]], points = [1, 0] }, { match = [[true, false], [false, false]], points = [2, 0] }]
otherwise = { points = [9, 9] }
missing = { points = [8, 8] }
[[indicator]]
id = "ages"
value = "all_ages"
coef = [0.01, 0.02]
transform = [{ at_most = 200 }, { mean = 31.4, sd = 2.7 }]
missing = { points = [0, 0] }
[[indicator]]
id = "oldest"
value = "oldest"
bands = [{ code = "young", lt = 30, points = [0, 0] }, { code = "old", ge = 30, points = [1, 1] }]
missing = { points = [0, 0] }
[[indicator]]
id = "women"
value = "mean_age_of_women"
bands = [{ code = "young", lt = 20.5, points = [0, 0] }, { code = "old", ge = 20.5, points = [1, 1] }]
missing = { points = [0, 0] }
[[indicator]]
id = "class"
value = "class_of_eldest"
levels = [{ code = "nobody", match = ["nobody"], points = [0, 3] }]
bands = [{ code = "low", lt = 5, points = [1, 1] }, { code = "high", ge = 5, points = [2, 2] }]
missing = { code = "none", points = [0, 0] }
[[indicator]]
id = "room_class"
value = "room_class"
levels = [
  { match = ["one"], points = [0, 0] },
  { match = ["crowded"], points = [1, 1] },
  { match = ["roomy"], points = [2, 2] },
]
missing = { points = [4, 4] }
[[indicator]]
id = "lucky"
value = { all = ["lucky", { not = "owner" }] }
levels = [{ match = [true], points = [1, 1] }, { match = [false], points = [0, 0] }]
missing = { points = [0, 0.5] }
[[indicator]]
id = "things"
value = { count = ["owner", "big", "lucky"] }
coef = ["1/9", 2]
missing = { points = [0, 0] }
[[indicator]]
id = "numbers"
value = { sum = ["square", "spare", "least"] }
coef = [1, 1]
missing = { points = [0, 0] }
[[indicator]]
id = "walls"
value = "walls"
levels = [{ match = ["mud"], points = [0, 0] }]
otherwise = { points = [1, 1] }
"""
).replace("points = 0.25", "points = [0.25, 0]")

PAKISTAN_CARD = SCORECARDS_FOLDER / "pakistan_schreiner_2009.toml"
