"""A second, naive reading of scorecards, for tests to hold the compiled one against.

It walks the card for every household, knows three answers to every comparison (yes, no, cannot tell), and shares no
code with the compiler: numbers are fractions of the printed text, bands are compared end by end.
"""

import math
from fractions import Fraction

from domain.scorecard.card import Case, Combined, Formula, Pick, Tally

REFUSED = "refused"


def number(written):
    return Fraction(written) if isinstance(written, int) else Fraction(written.text)


def literal(written):
    return written if isinstance(written, bool | int | str) else number(written)


class Naive:
    def __init__(self, card, answers, roster=()):
        self.card = card
        self.answers = answers
        self.roster = roster
        self.derives = {derive.name: derive for derive in card.derives}

    # three-valued comparisons

    def compare(self, condition, lookup):
        left = lookup(condition.field)
        right = [lookup(condition.with_field)] if condition.with_field else [literal(one) for one in condition.against]
        if left is None or right[0] is None:
            return {"missing": None, "no": False, "yes": True}[condition.unrecorded]
        match condition.test:
            case "eq":
                return left == right[0]
            case "ne":
                return left != right[0]
            case "lt":
                return left < right[0]
            case "le":
                return left <= right[0]
            case "gt":
                return left > right[0]
            case "ge":
                return left >= right[0]
            case "in":
                return any(left == one for one in right)
            case "not_in":
                return not any(left == one for one in right)

    def conjunction(self, truths):
        if any(truth is False for truth in truths):
            return False
        return None if any(truth is None for truth in truths) else True

    def disjunction(self, truths):
        if any(truth is True for truth in truths):
            return True
        return None if any(truth is None for truth in truths) else False

    def chosen(self, derive, member):
        truths = [self.compare(condition, member.get) for condition in derive.where]
        if derive.where_any:
            truths.append(self.disjunction([self.compare(condition, member.get) for condition in derive.where_any]))
        return self.conjunction(truths)

    # values

    def value(self, expression):
        if isinstance(expression, Combined):
            return self.combined(expression)
        derive = self.derives.get(expression)
        match derive:
            case None:
                return self.answers.get(expression)
            case Tally():
                return self.tally(derive)
            case Pick():
                return self.pick(derive)
            case Case():
                for branch in derive.branches:
                    truth = self.conjunction([self.compare(condition, self.value) for condition in branch.when])
                    if truth is not False:
                        return literal(branch.value) if truth else None
                return literal(derive.otherwise)
            case Formula():
                return self.formula(derive)

    def combined(self, expression):
        parts = [self.value(part) for part in expression.of]
        match expression.how:
            case "any":
                return self.disjunction(parts)
            case "all":
                return self.conjunction(parts)
            case _ if None in parts:
                return None
            case "not":
                return not parts[0]
            case "pair":
                return tuple(parts)
            case "count" | "sum":
                return sum(parts)

    def tally(self, derive):
        truths = [(member, self.chosen(derive, member)) for member in self.roster]
        if derive.op == "all":
            found = []
            for member, truth in truths:
                that = self.conjunction([self.compare(condition, member.get) for condition in derive.that])
                # chosen implies that
                found.append(self.disjunction([None if truth is None else not truth, that]))
            return self.conjunction(found)
        if derive.op == "any":
            return self.disjunction([truth for _, truth in truths])
        if any(truth is None for _, truth in truths):
            return None
        members = [member for member, truth in truths if truth]
        if derive.op in ("count", "count_any"):
            return len(members)
        values = [member.get(derive.field) for member in members]
        if None in values:
            return None
        if not values:
            return literal(derive.if_none) if derive.if_none is not None else (0 if derive.op == "sum" else None)
        if derive.op == "mean":
            return Fraction(sum(values)) / len(values)
        return {"sum": sum, "min": min, "max": max}[derive.op](values)

    def pick(self, derive):
        truths = [(member, self.chosen(derive, member)) for member in self.roster]
        if any(truth is None for _, truth in truths):
            return None
        members = [member for member, truth in truths if truth]
        if not members:
            return derive.if_none
        for order in reversed(derive.order_by):
            members.sort(key=lambda member: self.rank(order, member.get(order.field)))
        return members[0].get(derive.take)

    def rank(self, order, value):
        if order.words:
            return order.words.index(value) if value in order.words else len(order.words)
        if value is None:
            return math.inf
        return -value if order.descending else value

    def formula(self, derive):
        terms = [self.value(term) if isinstance(term, str) else number(term) for term in derive.terms]
        if derive.op == "any":
            return self.disjunction(terms)
        if derive.op == "all":
            return self.conjunction(terms)
        if None in terms or (derive.op == "ratio" and terms[1] == 0):
            return None
        match derive.op:
            case "not":
                return not terms[0]
            case "ratio":
                return Fraction(terms[0]) / terms[1]
            case "add":
                return sum(terms)
            case "subtract":
                return terms[0] - sum(terms[1:])
            case "multiply":
                return math.prod(terms)
            case "min":
                return min(terms)
            case "max":
                return max(terms)

    # points

    def judge(self, indicator):
        """Give (level, points) or REFUSED."""
        value = self.value(indicator.value)
        if value is None:
            return self.outcome(indicator.missing)
        for level in indicator.levels:
            if any(value == match for match in level.match):
                return level.code, [number(points) for points in level.points]
        if indicator.coef:
            moved = Fraction(value)
            for step in indicator.transform:
                moved = self.step(step, moved)
            return None, [number(coef) * moved for coef in indicator.coef]
        for band in indicator.bands:
            if isinstance(value, int | Fraction) and self.inside(band.interval, value):
                return band.code, [number(points) for points in band.points]
        return self.outcome(indicator.otherwise)

    def outcome(self, outcome):
        return REFUSED if outcome is None else (outcome.code, [number(points) for points in outcome.points])

    def inside(self, interval, value):
        if interval.low is not None:
            low = number(interval.low)
            if value < low or (value == low and not interval.low_closed):
                return False
        if interval.high is not None:
            high = number(interval.high)
            if value > high or (value == high and not interval.high_closed):
                return False
        return True

    def step(self, step, value):
        by = number(step.by)
        match step.do:
            case "add":
                return value + by
            case "sub":
                return value - by
            case "mul":
                return value * by
            case "div":
                return value / by
            case "at_least":
                return max(value, by)
            case "at_most":
                return min(value, by)

    def score(self):
        """Give ([(id, level, points by column)], [sum by column after steps]), or REFUSED; no range, no look-ups."""
        indicators, score = self.card.indicators, self.card.score
        if self.card.variants:
            by = self.value(self.card.variant_by)
            variant = next((one for one in self.card.variants if by in one.match), None)
            if variant is None:
                return REFUSED
            indicators, score = indicators + variant.indicators, variant.score or score
        if any(isinstance(derive, Tally | Pick) for derive in self.derives.values()) and not self.roster:
            return REFUSED
        judged = [(indicator.id, self.judge(indicator)) for indicator in indicators]
        if any(outcome == REFUSED for _, outcome in judged):
            return REFUSED
        totals = []
        for column, intercept in enumerate(score.intercept):
            total = number(intercept) + sum(points[column] for _, (_, points) in judged)
            for step in score.steps:
                total = self.step(step, total)
            totals.append(total)
        return [(identifier, level, points) for identifier, (level, points) in judged], totals
