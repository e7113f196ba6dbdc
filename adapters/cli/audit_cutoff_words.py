"""What `audit cutoff` says to people: counts and how probable they are, and nothing about why."""

from adapters.audit.cutoffs import Bunching
from adapters.audit.flips import FIELDS, FlipSearch
from adapters.cli.output import Output
from domain.places import Places
from domain.questionnaire.codes import Comparison
from domain.registry_day import PAKISTAN_TIME

BAR_CHARACTERS = 40
PLACES_LISTED_MAX = 20
RECORDERS_LISTED_MAX = 15
FLIPS_LISTED_MAX = 30
P_VALUE_LEAST = 0.0001
STANDS_OUT = "stands out"


def say_bunching(output: Output, bunching: Bunching, places: Places) -> None:
    """The counts around the cut-off, and what the test makes of them."""
    line = bunching.line
    most = max((each.households for each in bunching.bins), default=0) or 1
    ends = ("over", "up_to") if line.comparison is Comparison.AT_OR_UNDER else ("from", "under")
    output.table(
        (*ends, "passes", "households", "bar"),
        [
            (
                str(each.low),
                str(each.high),
                "yes" if each.passes else "no",
                each.households,
                "#" * round(BAR_CHARACTERS * each.households / most),
            )
            for each in bunching.bins
        ],
        title=f"{bunching.households:,} scores around {line} by {line.scorecard_id}, at position {bunching.position:,}",
    )
    output.say("")
    output.say(*_jump_in_words(bunching))
    _say_places(output, bunching, places)


def _jump_in_words(bunching: Bunching) -> list[str]:
    jump = bunching.jump
    if jump is None:
        return ["Too few scores lie around the cut-off for a test."]
    tested, as_large = bunching.elsewhere
    counts = (
        f"Just under the cut-off the counts come to {jump.fitted_under:,.0f}, just over it to {jump.fitted_over:,.0f}"
    )
    return [
        f"{counts}: a fall as large comes about by chance with a probability of {probability(jump.p_value)}.",
        f"Of {tested:,} other points of the scale, {as_large:,} have one as large.",
    ]


def _households(fitted: float) -> str:
    """Where a line ends, as a number of households: a steep one may end below none."""
    return f"{max(fitted, 0):,.0f}"


def _say_places(output: Output, bunching: Bunching, places: Places) -> None:
    tested = [each for each in bunching.places if each.jump is not None]
    rows = [
        (
            str(places.get(each.place)),
            each.households,
            each.jump.under,
            each.jump.over,
            _households(each.jump.fitted_under),
            _households(each.jump.fitted_over),
            probability(each.jump.p_value),
            STANDS_OUT if each.stands_out else None,
        )
        for each in tested[:PLACES_LISTED_MAX]
        if each.jump is not None
    ]
    headings = ("place", "households", "just_under", "just_over", "fitted_under", "fitted_over", "p", "of_all")
    if rows:
        output.say("")
        output.table(headings, rows)
    few, more = len(bunching.places) - len(tested), len(tested) - len(rows)
    if more or few:
        output.say(f"{more:,} more places were tested; {few:,} have too few scores around the cut-off.")


def probability(value: float) -> str:
    """A probability as it is read: 0.0312, or that it is smaller than can be told."""
    return f"{value:.4f}" if value >= P_VALUE_LEAST else f"< {P_VALUE_LEAST}"


def say_flips(output: Output, search: FlipSearch) -> None:
    """How many flips there are, and who recorded more of them than others do."""
    output.say("")
    output.say(
        f"Of {search.updates:,} updates that left the roster as it was, {search.flips:,} brought a household from over "
        "the cut-off to the eligible side of it (flips). What is counted says nothing about why."
    )
    for field in FIELDS:
        rates = search.rates(field)
        if not rates:
            continue
        output.say("")
        output.table(
            (field, "updates", "flips", "in_100", "in_100_of_others", "p", "of_all"),
            [
                (
                    rate.recorder.name,
                    rate.updates,
                    rate.flips,
                    100 * rate.share,
                    100 * rate.others_share,
                    probability(rate.p_value),
                    STANDS_OUT if rate.stands_out else None,
                )
                for rate in rates[:RECORDERS_LISTED_MAX]
            ],
        )
        if len(rates) > RECORDERS_LISTED_MAX:
            output.say(f"... and {len(rates) - RECORDERS_LISTED_MAX:,} more with flips; --json gives all.")
    _say_nearest(output, search)


def _say_nearest(output: Output, search: FlipSearch) -> None:
    listed = search.nearest[:FLIPS_LISTED_MAX]
    if not listed:
        return
    output.say("")
    output.table(
        ("position", "recorded_at", "household", "was", "score", "event", "operator", "centre", "device"),
        [
            (
                flip.position,
                f"{flip.recorded_at.astimezone(PAKISTAN_TIME):%Y-%m-%d %H:%M}",
                flip.household,
                flip.was,
                flip.score,
                flip.event,
                flip.operator,
                flip.centre,
                flip.device,
            )
            for flip in listed
        ],
        title="Flips, nearest to the cut-off first",
    )
    if search.flips > len(listed):
        output.say(f"... and {search.flips - len(listed):,} more: -o FILE.csv gives all of them.")
