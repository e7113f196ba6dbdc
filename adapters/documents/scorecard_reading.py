"""Turns the shape of a scorecard file into the domain's card, noting what does not fit as sentences."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from adapters.documents.scorecard_shape import (
    BandShape,
    ConditionShape,
    DeriveShape,
    IndicatorShape,
    LevelShape,
    LookupShape,
    OutcomeShape,
    Points,
    ScorecardShape,
    ScoreShape,
    StepShape,
    ValueShape,
    VectorShape,
)
from domain.scorecard.card import (
    AnswersVector,
    Arithmetic,
    Band,
    Branch,
    Case,
    Combined,
    Condition,
    Derive,
    Expression,
    Formula,
    Indicator,
    Interval,
    Level,
    Lookup,
    Match,
    Order,
    Outcome,
    Pick,
    Question,
    Score,
    Scorecard,
    ScoreVector,
    Step,
    Tally,
    Variant,
)
from domain.scorecard.check_names import FORMULAS, TALLIES, suggestion
from domain.scorecard.numbers import Number, as_printed, text_of

LookupReader = Callable[[LookupShape, str, list[str]], Lookup]
"""Reads a look-up's rows (from its file or from the card); told the main column, and where to note problems."""

_ROSTER_KEYS: Final = frozenset({"where", "where_any", "of"})
_FIELD_KEYS: Final = _ROSTER_KEYS | {"field", "if_none"}
_KEYS: Final[dict[str, frozenset[str]]] = {
    "count": _ROSTER_KEYS,
    "count_any": _ROSTER_KEYS,
    "sum": _FIELD_KEYS,
    "mean": _FIELD_KEYS,
    "min": _FIELD_KEYS | {"terms"},
    "max": _FIELD_KEYS | {"terms"},
    "any": _ROSTER_KEYS | {"terms"},
    "all": _ROSTER_KEYS | {"that", "terms"},
    "pick": _ROSTER_KEYS | {"order_by", "take", "if_none"},
    "case": frozenset({"cases", "else_"}),
    "test": frozenset({"when"}),
    "ratio": frozenset({"num", "den"}),
    "add": frozenset({"terms"}),
    "subtract": frozenset({"terms"}),
    "multiply": frozenset({"terms"}),
    "not": frozenset({"terms"}),
}
_STEPS: Final = ("add", "sub", "mul", "div", "at_least", "at_most")
_TESTS: Final = ("eq", "ne", "lt", "le", "gt", "ge", "in_", "not_in")


class Reading:
    """One reading of one file: what was understood, and the problems on the way."""

    def __init__(self, read_lookup: LookupReader) -> None:
        self.problems: list[str] = []
        self._read_lookup = read_lookup
        self._columns: tuple[str, ...] = ("score",)

    def card(self, shape: ScorecardShape) -> Scorecard:
        self._columns = tuple(shape.score.columns)
        score = self._score(shape.score)
        return Scorecard(
            id=shape.id,
            title=shape.title,
            direction=shape.direction,
            unit=shape.unit,
            status=shape.status,
            note=shape.note,
            source=tuple(shape.source.items()),
            arithmetic=Arithmetic(shape.arithmetic.type, shape.arithmetic.quantum, shape.arithmetic.rounding),
            questions=self._questions(shape.answers),
            roster=self._questions(shape.roster),
            derives=tuple(self._derive(name, derive) for name, derive in shape.derive.items()),
            indicators=tuple(map(self._indicator, shape.indicator)),
            score=score,
            bands=tuple(map(self._band, shape.band)),
            lookups=self._lookups(shape.lookup, score.main),
            variant_by=None if shape.variants is None else self._value(shape.variants.by),
            variants=tuple(self._variants(shape, score)),
            score_vectors=tuple(self._score_vector(vector) for vector in shape.vector if vector.scores is not None),
            answers_vectors=tuple(self._answers_vector(vector) for vector in shape.vector if vector.scores is None),
        )

    def _variants(self, shape: ScorecardShape, common: Score) -> Iterable[Variant]:
        for variant in shape.variant:
            score = None if variant.score is None else self._score(variant.score)
            if variant.score is not None and "columns" not in variant.score.model_fields_set:
                score = None if score is None else _with_columns(score, common)
            main = common.main if score is None else score.main
            yield Variant(
                variant.id,
                tuple(map(_match, variant.match)),
                tuple(map(self._indicator, variant.indicator)),
                score,
                None if variant.band is None else tuple(map(self._band, variant.band)),
                None if variant.lookup is None else self._lookups(variant.lookup, main),
            )

    def _lookups(self, shapes: LookupShape | list[LookupShape], main: str) -> tuple[Lookup, ...]:
        listed = shapes if isinstance(shapes, list) else [shapes]
        return tuple(self._read_lookup(shape, main, self.problems) for shape in listed)

    def _questions(self, shapes: object) -> tuple[Question, ...]:
        assert isinstance(shapes, dict)
        return tuple(
            Question(name, shape.kind, tuple(shape.codes), shape.low, shape.high) for name, shape in shapes.items()
        )

    # derived values

    def _derive(self, name: str, shape: DeriveShape) -> Derive:
        self._only_known_keys(name, shape)
        where, where_any = self._conditions(shape.where), self._conditions(shape.where_any)
        match shape.op:
            case "pick":
                if shape.take is None:
                    self.problems.append(f"[derive.{name}] a pick needs 'take', the field of the member that it gives.")
                return Pick(
                    name, shape.take or "", where, where_any, tuple(map(_order, shape.order_by or ())), shape.if_none
                )
            case "case":
                branches = tuple(Branch(self._conditions(case.when), case.value) for case in shape.cases or ())
                if shape.else_ is None:
                    self.problems.append(f"[derive.{name}] a case needs 'else', the value where no branch holds.")
                return Case(name, branches, "" if shape.else_ is None else shape.else_)
            case "test":
                return Case(name, (Branch(self._conditions(shape.when), value=True),), otherwise=False)
            case "ratio":
                if shape.num is None or shape.den is None:
                    self.problems.append(f"[derive.{name}] a ratio needs 'num' and 'den'.")
                return Formula(name, "ratio", tuple(term for term in (shape.num, shape.den) if term is not None))
            case _ if shape.of is None:
                return Formula(name, shape.op, tuple(shape.terms or ()))
            case _:
                return self._tally(name, shape, where, where_any)

    def _tally(
        self, name: str, shape: DeriveShape, where: tuple[Condition, ...], where_any: tuple[Condition, ...]
    ) -> Tally:
        return Tally(name, shape.op, where, where_any, self._conditions(shape.that), shape.field, shape.if_none)

    def _only_known_keys(self, name: str, shape: DeriveShape) -> None:
        where = f"[derive.{name}]"
        if shape.op not in _KEYS:
            known = dict.fromkeys((*TALLIES, *FORMULAS, "pick", "case", "test"))
            self.problems.append(f"{where} there is no operator {shape.op!r}; {suggestion(shape.op, known)}")
            return
        given = shape.model_fields_set - {"op"}
        for key in sorted(given - _KEYS[shape.op]):
            self.problems.append(f"{where} the operator {shape.op!r} has no key {key.rstrip('_')!r}; take it away.")
        if shape.of not in (None, "roster"):
            self.problems.append(f"{where} of = {shape.of!r}: the only list of a household is 'roster'.")
        if shape.of is None and shape.op in {"count", "count_any", "sum", "mean", "pick"}:
            self.problems.append(f'{where} the operator {shape.op!r} needs of = "roster".')
        if shape.of is not None and shape.terms is not None:
            self.problems.append(f"{where} either 'of' the roster or 'terms' of the household, not both.")

    def _conditions(self, shapes: list[ConditionShape] | None) -> tuple[Condition, ...]:
        return tuple(itertools.chain.from_iterable(map(self._condition, shapes or ())))

    def _condition(self, shape: ConditionShape) -> Iterable[Condition]:
        found = []
        for test in _TESTS:
            against = getattr(shape, test)
            if against is not None:
                literals = tuple(against) if isinstance(against, list) else (against,)
                found.append(_Compared(test.rstrip("_"), literals, None))
        for test in _TESTS[:6]:
            other = getattr(shape, f"{test}_field")
            if other is not None:
                found.append(_Compared(test, (), other))
        if not found:
            self.problems.append(f"The condition on {shape.field!r} compares with nothing; give eq, in, ge, lt, ...")
        return [
            Condition(shape.field, item.test, item.against, item.with_field, shape.unrecorded or item.default)
            for item in found
        ]

    # indicators

    def _indicator(self, shape: IndicatorShape) -> Indicator:
        missing = None if isinstance(shape.missing, str) else shape.missing
        return Indicator(
            shape.id,
            self._value(shape.value),
            shape.ask,
            tuple(map(self._level, shape.levels)),
            tuple(map(self._band, shape.bands)),
            self._outcome(shape.otherwise, "otherwise"),
            self._outcome(missing, "missing"),
            self._points(shape.coef, shape.id),
            self._steps(shape.transform, f"indicator {shape.id!r}"),
        )

    def _value(self, shape: ValueShape) -> Expression:
        if isinstance(shape, str):
            return shape
        given = shape.model_dump(exclude_none=True, by_alias=True)
        if len(given) != 1:
            self.problems.append(f"A value combines in exactly one way (any, all, not, pair, count or sum): {given}")
            return Combined("any", ())
        how = next(iter(given))
        parts = getattr(shape, "not_" if how == "not" else how)
        return Combined(how, tuple(map(self._value, parts if isinstance(parts, list) else [parts])))

    def _level(self, shape: LevelShape) -> Level:
        code = shape.code if shape.code is not None else ", ".join(map(_word, shape.match))
        return Level(code, tuple(map(_match, shape.match)), self._points(shape.points, code))

    def _band(self, shape: BandShape) -> Band:
        ends = {key: getattr(shape, key) for key in ("eq", "ge", "gt", "le", "lt") if getattr(shape, key) is not None}
        written = " ".join(f"{key} {text_of(as_printed(end))}" for key, end in ends.items())
        code = shape.code if shape.code is not None else written
        if not ends or ("eq" in ends and len(ends) > 1) or {"ge", "gt"} <= ends.keys() or {"le", "lt"} <= ends.keys():
            self.problems.append(
                f"The band {code!r} needs eq alone, or one of ge and gt, or one of le and lt, or both."
            )
        if "eq" in ends:
            interval = Interval(ends["eq"], low_closed=True, high=ends["eq"], high_closed=True)
        else:
            interval = Interval(
                ends.get("ge", ends.get("gt")), "gt" not in ends, ends.get("le", ends.get("lt")), "lt" not in ends
            )
        return Band(code, interval, self._points(shape.points, code))

    def _outcome(self, shape: OutcomeShape | None, code: str) -> Outcome | None:
        if shape is None:
            return None
        return Outcome(code if shape.code is None else shape.code, self._points(shape.points, code))

    def _points(self, points: Points | None, of: str) -> tuple[Number, ...]:
        if points is None:
            return ()
        if isinstance(points, dict):
            if set(points) != set(self._columns):
                wrong = [*(set(points) - set(self._columns)), *(set(self._columns) - set(points))]
                self.problems.append(f"The points of {of!r} by column do not fit the columns: {sorted(wrong)}.")
                return ()
            return tuple(points[column] for column in self._columns)
        return tuple(points) if isinstance(points, list) else (points,)

    def _steps(self, shapes: Sequence[StepShape], where: str) -> tuple[Step, ...]:
        return tuple(itertools.chain.from_iterable(self._step(shape, where) for shape in shapes))

    def _step(self, shape: StepShape, where: str) -> list[Step]:
        given = shape.model_dump(exclude_none=True)
        if given.keys() == {"mean", "sd"}:
            return [Step("sub", shape.mean), Step("div", shape.sd)]
        if len(given) != 1 or given.keys() & {"mean", "sd"}:
            self.problems.append(f"A step of {where} does one thing (or has a mean and an sd), not {sorted(given)}.")
            return []
        return (
            [Step(shape.link)]
            if shape.link is not None
            else [Step(next(iter(given)), getattr(shape, next(iter(given))))]
        )

    # the score

    def _score(self, shape: ScoreShape) -> Score:
        low, high = shape.range or (None, None)
        intercept = self._points(shape.intercept, "the intercept")
        if not isinstance(shape.intercept, list | dict):
            intercept = (shape.intercept,) * len(shape.columns)
        steps = [Step(shape.link)] if shape.link is not None else []
        if shape.rescale is not None:
            written = ((key, getattr(shape.rescale, key)) for key in ("sub", "mul", "div", "add"))
            steps += [Step(key, by) for key, by in written if by is not None]
        return Score(
            tuple(shape.columns),
            shape.main if shape.main is not None else next(iter(shape.columns), ""),
            intercept,
            (*steps, *self._steps(shape.transform, "the score")),
            low,
            high,
            shape.out_of_range,
        )

    # vectors

    def _score_vector(self, shape: VectorShape) -> ScoreVector:
        expected = tuple((name, tuple(values)) for name, values in (shape.__pydantic_extra__ or {}).items())
        if shape.answers is not None:
            self.problems.append("A vector has either scores or answers, not both.")
        return ScoreVector(tuple(shape.scores or ()), expected, shape.group_rate)

    def _answers_vector(self, shape: VectorShape) -> AnswersVector:
        known = [name for name in VectorShape.model_fields if name not in {"scores", "group_rate"}]
        for name in shape.__pydantic_extra__ or {}:
            self.problems.append(f"A vector with answers has no key {name!r}; {suggestion(name, known)}")
        if shape.answers is None:
            self.problems.append("A vector needs 'scores' or 'answers'.")
        return AnswersVector(
            shape.answers or {},
            tuple(shape.roster),
            shape.score,
            tuple(shape.outputs.items()),
            tuple(shape.lookups.items()),
            tuple(shape.levels.items()),
        )


class _Compared:
    """One comparison of a condition, and what it says by itself where nothing was recorded."""

    def __init__(self, test: str, against: tuple[object, ...], with_field: str | None) -> None:
        self.test = test
        self.against: tuple[bool | int | str, ...] = against  # type: ignore[assignment]
        self.with_field = with_field
        words = bool(against) and all(isinstance(literal, str) for literal in against)
        self.default = "missing" if not words else ("no" if test in {"eq", "in"} else "yes")


def _with_columns(score: Score, common: Score) -> Score:
    intercept = score.intercept * len(common.columns) if len(score.intercept) == 1 else score.intercept
    return Score(common.columns, common.main, intercept, score.steps, score.low, score.high, score.out_of_range)


def _order(written: str) -> Order:
    field, _, words = written.partition(":")
    descending = field.startswith("-")
    return Order(field.removeprefix("-"), tuple(word.strip() for word in words.split(",") if word.strip()), descending)


def _match(match: object) -> Match:
    return tuple(match) if isinstance(match, list) else match  # type: ignore[return-value]


def _word(match: object) -> str:
    if isinstance(match, list):
        return "/".join(map(_word, match))
    return str(match).lower() if isinstance(match, bool) else str(match)
