"""The benchmark of the followers scores with the published card, and its made-up households can be scored by it."""

from adapters import codec
from adapters.bench.population import Population, adoption
from adapters.cards import compile_card
from domain.household import state

HOUSEHOLDS = 400
SHARE_SCORED = 0.98


def test_nearly_all_made_up_households_are_scored_and_the_scores_are_spread_out():
    score = compile_card(adoption())
    scores = []
    for entries in Population().households(HOUSEHOLDS):
        household = None
        for entry in entries:
            household = state.evolve(household, codec.decode(entry.name, entry.state)[1])
        scores.append(score(household))
    scored = [each for each in scores if each is not None]
    assert len(scored) >= SHARE_SCORED * HOUSEHOLDS
    assert sum(each <= 32 for each in scored) > HOUSEHOLDS / 20
    assert len(set(scored)) > HOUSEHOLDS / 10
