"""The shape of a scorecard file as people write it; ``docs/scorecard-format.md`` explains every key.

Only the form is checked here (keys, kinds of values). What the card means is checked by ``domain.scorecard``.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr
from pydantic_core import PydanticCustomError

from domain.scorecard.card import FORMAT
from domain.scorecard.numbers import Exact, Number, parsed


def number(written: object) -> Number:
    """Read a number with the digits it was written with: 12, 0.35, "1/18"."""
    if isinstance(written, Exact):
        return written
    if isinstance(written, bool) or not isinstance(written, int | Decimal | str):
        raise PydanticCustomError("number", "it is not a number")
    try:
        return parsed(str(written))
    except ValueError:
        raise PydanticCustomError("number", 'it is not a number such as 12, 0.35 or "1/18"') from None


def _literal(written: object) -> object:
    return number(written) if isinstance(written, Decimal) else written


Num = Annotated[Any, BeforeValidator(number)]
Code = StrictBool | StrictInt | StrictStr
Literal_ = Annotated[Any, BeforeValidator(_literal)]
Points = Num | list[Num] | dict[str, Num]
Match = Code | list[Code]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class CombinedShape(Shape):
    any: "list[ValueShape] | None" = None
    all: "list[ValueShape] | None" = None
    not_: "ValueShape | None" = Field(default=None, alias="not")
    pair: "list[ValueShape] | None" = None
    count: "list[ValueShape] | None" = None
    sum: "list[ValueShape] | None" = None


ValueShape = StrictStr | CombinedShape


class ConditionShape(Shape):
    field: StrictStr
    eq: Literal_ = None
    ne: Literal_ = None
    lt: Num = None
    le: Num = None
    gt: Num = None
    ge: Num = None
    in_: list[Literal_] | None = Field(default=None, alias="in")
    not_in: list[Literal_] | None = None
    eq_field: StrictStr | None = None
    ne_field: StrictStr | None = None
    lt_field: StrictStr | None = None
    le_field: StrictStr | None = None
    gt_field: StrictStr | None = None
    ge_field: StrictStr | None = None
    unrecorded: StrictStr | None = None


class BranchShape(Shape):
    when: list[ConditionShape]
    value: Literal_


class DeriveShape(Shape):
    op: StrictStr
    of: StrictStr | None = None
    where: list[ConditionShape] | None = None
    where_any: list[ConditionShape] | None = None
    that: list[ConditionShape] | None = None
    field: StrictStr | None = None
    order_by: list[StrictStr] | None = None
    take: StrictStr | None = None
    if_none: Literal_ = None
    cases: list[BranchShape] | None = None
    when: list[ConditionShape] | None = None
    else_: Literal_ = Field(default=None, alias="else")
    terms: list[Literal_] | None = None
    num: Literal_ = None
    den: Literal_ = None


class LevelShape(Shape):
    match: list[Match]
    code: StrictStr | None = None
    points: Points | None = None
    label: StrictStr = ""


class BandShape(Shape):
    code: StrictStr | None = None
    eq: Num = None
    ge: Num = None
    gt: Num = None
    le: Num = None
    lt: Num = None
    points: Points | None = None
    label: StrictStr = ""


class OutcomeShape(Shape):
    code: StrictStr | None = None
    points: Points | None = None


class StepShape(Shape):
    add: Num = None
    sub: Num = None
    mul: Num = None
    div: Num = None
    at_least: Num = None
    at_most: Num = None
    link: StrictStr | None = None
    mean: Num = None
    sd: Num = None


class IndicatorShape(Shape):
    id: StrictStr
    value: ValueShape
    ask: StrictStr = ""
    levels: list[LevelShape] = []
    bands: list[BandShape] = []
    otherwise: OutcomeShape | None = None
    missing: Literal["error"] | OutcomeShape = "error"
    coef: Points | None = None
    transform: list[StepShape] = []


class RescaleShape(Shape):
    sub: Num = None
    mul: Num = None
    div: Num = None
    add: Num = None


class ScoreShape(Shape):
    combine: Literal["sum_points", "linear"] = "sum_points"
    columns: list[StrictStr] = ["score"]
    main: StrictStr | None = None
    intercept: Points = 0
    link: StrictStr | None = None
    rescale: RescaleShape | None = None
    transform: list[StepShape] = []
    range: tuple[Num, Num] | None = None
    out_of_range: StrictStr = "error"


class LookupShape(Shape):
    file: StrictStr | None = None
    rows: list[list[Num | StrictStr]] | None = None
    key: StrictStr = "score"
    columns: list[StrictStr] | dict[str, StrictStr]
    unit: StrictStr = ""


class VariantShape(Shape):
    id: StrictStr
    match: list[Match]
    indicator: list[IndicatorShape] = []
    score: ScoreShape | None = None
    band: list[BandShape] | None = None
    lookup: LookupShape | list[LookupShape] | None = None


class ChoiceShape(Shape):
    by: ValueShape


class ArithmeticShape(Shape):
    type: StrictStr = "integer"
    quantum: Num = None
    rounding: StrictStr = "half_even"


class QuestionShape(Shape):
    kind: StrictStr
    codes: list[Code] = []
    low: Num = None
    high: Num = None
    label: StrictStr = ""


class VectorShape(BaseModel):
    """Score vectors name look-up columns as keys, so further keys are allowed here and checked against the look-ups."""

    model_config = ConfigDict(extra="allow", frozen=True, arbitrary_types_allowed=True)
    __pydantic_extra__: dict[str, list[Num]]

    scores: list[Num] | None = None
    group_rate: Num = None
    answers: dict[str, Literal_] | None = None
    roster: list[dict[str, Literal_]] = []
    score: Num = None
    outputs: dict[str, Num] = {}
    lookups: dict[str, Num] = {}
    levels: dict[str, StrictStr] = {}


class ScorecardShape(Shape):
    format: Literal["gharana-scorecard/1"]
    id: StrictStr
    title: StrictStr
    direction: StrictStr
    unit: StrictStr = "household"
    status: StrictStr = ""
    note: StrictStr = ""
    source: dict[str, StrictStr] = {}
    arithmetic: ArithmeticShape = ArithmeticShape()
    answers: dict[str, QuestionShape] = {}
    roster: dict[str, QuestionShape] = {}
    derive: dict[str, DeriveShape] = {}
    indicator: list[IndicatorShape] = []
    score: ScoreShape = ScoreShape()
    band: list[BandShape] = []
    lookup: LookupShape | list[LookupShape] = []
    variants: ChoiceShape | None = None
    variant: list[VariantShape] = []
    vector: list[VectorShape] = []


assert FORMAT == "gharana-scorecard/1", "the literal above is the format that the domain knows"
