"""Cards drawn by a seed: any derived values over any answers that `made_up` gives, under any arithmetic."""

import json
import random

from tests.cards import HEAD, card_of

NUMBERS_OF_MEMBERS = ("age", "class", "highest_class", "line")
WORDS_OF_MEMBERS = {
    "sex": ("female", "male", "transgender"),
    "relation": ("head", "spouse", "child", "other"),
    "occupation_group": ("elementary", "other"),
}
FLAGS_OF_MEMBERS = ("in_school", "attends_school")
NUMBERS, FLAGS = ("rooms", "land"), ("owner", "owns_car", "owns_television")
WORDS = {"walls": ("mud", "brick", "stone"), "toilet": ("none", "flush_open_drain", "flush_public_sewerage")}


def drawn_card(seed):
    """A card as people would write it; not every one passes the check."""
    chance = random.Random(seed)
    drawing = _Drawing(chance, chance.choice(["integer", "decimal", "rational", "float"]))
    return card_of("\n".join(drawing.lines()))


class _Drawing:
    def __init__(self, chance, arithmetic):
        self.chance = chance
        self.arithmetic = arithmetic
        self.counts, self.numbers, self.flags = [], list(NUMBERS), list(FLAGS)

    def lines(self):
        chance = self.chance
        yield HEAD
        yield f'[arithmetic]\ntype = "{self.arithmetic}"'
        if self.arithmetic == "float" or chance.random() < 0.4:
            quantum = 1 if self.arithmetic == "integer" else chance.choice([0.01, 0.5, 0.25])
            yield f"quantum = {quantum}"
            yield f'rounding = "{chance.choice(["half_even", "half_up", "down", "floor", "ceiling"])}"'
        for number in range(chance.randint(0, 4)):
            yield from self.over_roster(f"r{number}")
        for number in range(chance.randint(0, 3)):
            yield from self.over_household(f"h{number}")
        for number in range(chance.randint(1, 5)):
            yield from self.indicator(f"q{number}")
        yield f"[score]\nintercept = {self.points()}"
        if self.arithmetic != "integer" and chance.random() < 0.4:
            yield "rescale = { sub = 0.5, mul = 10, div = 4 }"
        if chance.random() < 0.4:
            yield f'range = [-3, 40]\nout_of_range = "{chance.choice(["clamp", "error"])}"'

    def points(self):
        chance = self.chance
        if self.arithmetic == "integer":
            return chance.randint(-3, 9)
        exact = {"decimal": ["0.25", "-0.7", "3", "1.125"], "rational": ['"1/3"', '"-2/7"', "4", "0.5"]}
        return chance.choice(exact.get(self.arithmetic, ["0.25", "-0.7", "3", "1.125"]))

    def condition(self, of_members):
        chance = self.chance
        unrecorded = chance.choice(["", ', unrecorded = "missing"', ', unrecorded = "no"', ', unrecorded = "yes"'])
        kind = chance.random()
        words = WORDS_OF_MEMBERS if of_members else WORDS
        if kind < 0.35:
            name = chance.choice(list(words))
            test = chance.choice(["in", "not_in"])
            return f"{{ field = {name!r}, {test} = {json.dumps(chance.sample(words[name], 2))}{unrecorded} }}"
        if kind < 0.65:
            name = chance.choice(FLAGS_OF_MEMBERS if of_members else self.flags)
            return f"{{ field = {name!r}, {chance.choice(['eq', 'ne'])} = true{unrecorded} }}"
        numbers = NUMBERS_OF_MEMBERS if of_members else [*self.numbers, *self.counts]
        test = chance.choice(["lt", "le", "gt", "ge", "eq", "ne"])
        if kind < 0.8:
            one, other = chance.choice(numbers), chance.choice(numbers)
            return f"{{ field = {one!r}, {test}_field = {other!r}{unrecorded} }}"
        return f"{{ field = {chance.choice(numbers)!r}, {test} = {chance.randint(0, 12)}{unrecorded} }}"

    def conditions(self, of_members, least=1):
        return f"[{', '.join(self.condition(of_members) for _ in range(self.chance.randint(least, 2)))}]"

    def over_roster(self, name):
        chance = self.chance
        op = chance.choice(["count", "count", "any", "all", "sum", "min", "max", "mean", "pick", "count_any"])
        yield f'[derive.{name}]\nop = "{op}"\nof = "roster"'
        if op == "count_any":
            yield f"where_any = {self.conditions(of_members=True)}"
        elif chance.random() < 0.8 or op == "pick":
            yield f"where = {self.conditions(of_members=True)}"
        if op == "all":
            yield f"that = {self.conditions(of_members=True)}"
        if op in ("sum", "min", "max", "mean"):
            yield f'field = "{chance.choice(NUMBERS_OF_MEMBERS)}"'
            if chance.random() < 0.5:
                yield f"if_none = {chance.randint(0, 3)}"
        if op == "pick":
            yield f'take = "{chance.choice(NUMBERS_OF_MEMBERS)}"\norder_by = ["relation:head,spouse", "-age", "line"]'
            yield "if_none = 1" if chance.random() < 0.5 else ""
        if op in ("any", "all"):
            self.flags.append(name)
        else:
            (self.counts if op.startswith("count") else self.numbers).append(name)

    def over_household(self, name):
        chance = self.chance
        op = chance.choice(["case", "test", "ratio", "add", "subtract", "multiply", "min", "max", "any", "not"])
        yield f'[derive.{name}]\nop = "{op}"'
        known = [*self.numbers, *self.counts]
        if op == "case":
            one, other = self.conditions(of_members=False), self.conditions(of_members=False)
            yield f"cases = [{{ when = {one}, value = 2 }}, {{ when = {other}, value = 5 }}]"
            yield "else = 1"
        elif op == "test":
            yield f"when = {self.conditions(of_members=False)}"
        elif op == "ratio":
            yield f'num = "{chance.choice(known)}"\nden = "{chance.choice(known)}"'
        elif op in ("any", "not"):
            yield f"terms = {json.dumps(chance.sample(self.flags, 1 if op == 'not' else 2))}"
        else:
            yield f"terms = {json.dumps([chance.choice(known), chance.choice([*known, 3])])}"
        if op in ("test", "any", "not"):
            self.flags.append(name)
        elif op != "case":
            self.numbers.append(name)

    def indicator(self, name):
        chance = self.chance
        yield f'[[indicator]]\nid = "{name}"'
        if chance.random() < 0.8:
            yield f'missing = {{ code = "unknown", points = {self.points()} }}'
        kind = chance.random()
        if kind < 0.25:
            word = chance.choice(list(WORDS))
            first, *others = WORDS[word]
            yield f'value = "{word}"\nlevels = [{{ match = ["{first}"], points = {self.points()} }}]'
            yield f'otherwise = {{ code = "o", points = {self.points()} }}' if others else ""
        elif kind < 0.5:
            value = chance.choice(['{ any = ["%s", "%s"] }', '{ all = ["%s", "%s"] }', '{ count = ["%s", "%s"] }'])
            yield "value = " + value % tuple(chance.sample(self.flags, 2))
            yield f"coef = {self.points()}"
        elif kind < 0.75:
            yield f'value = "{chance.choice([*self.numbers, *self.counts])}"'
            edge = chance.randint(1, 9)
            yield (
                f'bands = [{{ code = "a", lt = {edge}, points = {self.points()} }}, '
                f'{{ code = "b", ge = {edge}, points = {self.points()} }}]'
            )
        else:
            yield f'value = "{chance.choice([*self.numbers, *self.counts])}"\ncoef = {self.points()}'
            if self.arithmetic == "float" and chance.random() < 0.7:
                link = chance.choice(["log", "log10", "exp", "sqrt", "asinh", "logistic"])
                yield f'transform = [{{ at_most = 50 }}, {{ link = "{link}" }}]'
            elif self.arithmetic != "integer":
                yield "transform = [{ add = 0.5 }, { at_most = 20 }, { mean = 3, sd = 1.5 }]"
