"""The ordinary households of the demo: some of the generated population, of the demo's tehsils, the poor more often.

A small nation is made as `gharana population` makes it; only the choice among its households is the demo's own.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.demo.whereabouts import BY_CODE
from adapters.population.arrays import Array, Dice
from adapters.population.first_surveys import first_surveys
from adapters.population.part import make_nation, make_part
from adapters.submissions.shape import MissedOut

NATION_HOUSEHOLDS_MIN = 20_000
DRAWN_FOR_EACH = 120
"""Households of the nation for each that is wanted: one in twelve lives in the demo's tehsils, so ten to choose of."""
POOR_BELOW = -1.3
"""In the latent wealth of the generator, of mean 0 and spread 1: a tenth of the nation, an eighth in these tehsils."""
POOR_TAKEN_TIMES = 20
"""A poor household is taken so many times as often as another of its tehsil, so that there is something to tell. Then
a fifth to a quarter have 32 or less by the published card, instead of the nation's 6 to 8 in a hundred."""
_CHOICE = 2
"""Number of the dice that choose: others than those that make the people of a part, and its answers (1)."""


def ordinary_households(number: int, seed: int) -> list[MissedOut]:
    """So many first surveys, in the order of the generator's keys. Same number and seed, same households."""
    nation = make_nation(max(NATION_HOUSEHOLDS_MIN, DRAWN_FOR_EACH * number), seed)
    codes = pa.array(BY_CODE)
    households, people = [], []
    for part in (make_part(nation, each) for each in range(nation.frame.parts)):
        here = part.households.filter(pc.is_in(part.households["tehsil"].cast(pa.string()), codes))
        households.append(here)
        people.append(part.people.filter(pc.is_in(part.people["household_key"], here["household_key"])))
    those = pa.concat_tables(households, promote_options="default")
    chosen = those.take(_chosen(those, number, Dice(seed, 0, _CHOICE)))
    everybody = pa.concat_tables(people)
    return first_surveys(chosen, everybody.filter(pc.is_in(everybody["household_key"], chosen["household_key"])))


def _chosen(households: pa.Table, number: int, dice: Dice) -> Array:
    """The rows that are taken, none twice: by the weight of the tehsil, and the poor more often."""
    assert number <= len(households), "enough households are drawn"
    codes = households["tehsil"].to_pylist()
    inhabited = {code: codes.count(code) for code in BY_CODE}
    weight = np.array([BY_CODE[code].weight / inhabited[code] for code in codes])
    weight *= np.where(households["wealth"].to_numpy() < POOR_BELOW, POOR_TAKEN_TIMES, 1)
    turn = -np.log1p(-dice.uniform(len(weight))) / weight
    return np.sort(np.argsort(turn, kind="stable")[:number])
