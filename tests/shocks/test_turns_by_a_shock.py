"""Which events about a shock move standings, once, and with which kind."""

from datetime import date

from adapters.followers.timeline import timeline
from domain.programme import ProgrammeOpened, Recipients, ReliefShareSet, Rule
from domain.questionnaire.codes import DecisionKind
from domain.registry_day import DayOpened
from domain.relief import ReliefThresholds
from domain.shock import ShockRevoked, ShockWidened, ThresholdsSet
from domain.shock_rules import HOUSEHOLDS_BY_ONE_MAX, DeclareShock, decide
from tests.people import TODAY
from tests.policies import CARD, FLOOD, KAFAALAT, STATED, cutoff_32, scoring
from tests.scenario import recorded

START = (
    DayOpened(TODAY),
    CARD,
    ProgrammeOpened(date(2024, 1, 1), "relief", Rule("Relief", Recipients.HEAD, relief=True), 1),
    ReliefShareSet(date(2024, 1, 1), "relief", 60),
)
THRESHOLDS = ThresholdsSet(TODAY, "flood-2024", 1, ReliefThresholds("relief", 60, CARD.content_hash, ()))
WIDENED = ShockWidened(TODAY, "flood-2024", FLOOD.impact_on, ("PK603",), "provincial authority")
REVOKED = ShockRevoked(TODAY, "flood-2024", "the wrong district")


def turns(*events):
    followed = timeline(recorded((*START, *events)), lambda _: scoring(30)).turns
    return [(turn.position - len(START), turn.kind) for turn in followed if turn.position > len(START)]


def test_relief_by_thresholds_moves_standings_once_when_the_thresholds_are_there():
    assert turns(FLOOD) == []
    assert turns(FLOOD, THRESHOLDS) == [(2, DecisionKind.SHOCK)]


def test_widening_and_revoking_move_standings_as_a_shock_does():
    assert turns(FLOOD, THRESHOLDS, WIDENED, REVOKED)[1:] == [(3, DecisionKind.SHOCK), (4, DecisionKind.SHOCK)]


def test_a_shock_is_no_change_of_rule_where_a_card_was_compiled_anew():
    given = (*START, KAFAALAT, cutoff_32(), FLOOD, THRESHOLDS)
    followed = timeline(recorded(given), lambda _: scoring(30)).turns
    assert followed[-1].position == len(given)
    assert followed[-1].kind is DecisionKind.SHOCK


def test_a_proposal_moves_nothing():
    (proposed,) = decide(DeclareShock(**STATED, households=HOUSEHOLDS_BY_ONE_MAX + 1, by="Amir"), None)
    assert turns(proposed) == []
