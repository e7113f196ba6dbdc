"""Parts of a nation fit together: whoever makes them, and however many there are, the totals are the nation's."""

import hashlib
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.population.arrays import Dice, lowest, whole_shares
from adapters.population.calibration import REGIONS, load_calibration
from adapters.population.comparison import Verdict, compare
from adapters.population.frame import HOUSEHOLDS_MAX, make_frame
from adapters.population.generation import generate
from adapters.population.identities import CNIC_STEP, CNICS, PHONE_STEP, PHONES
from adapters.population.part import make_nation, make_part
from adapters.population.schema import HOUSEHOLDS, PEOPLE
from adapters.population.targets import Target, quotas_of_part, solve
from adapters.population.worker import Order
from tests.made_up_population import a_part

GOLDEN = "d9845909bb4e416c1131bb6a4da27e1bfe0540c6076429472dd75dad33c4710f"
PARTS = 4_000


def digest(*tables: pa.Table) -> str:
    """A digest of what tables say, not of how they are stored."""
    whole = hashlib.sha256()
    for table in tables:
        for name in table.schema.names:
            whole.update(name.encode() + repr(table[name].to_pylist()).encode())
    return whole.hexdigest()


def test_three_hundred_households_of_seed_seven_are_always_these():
    part = a_part(300, 7)

    assert digest(part.households, part.people) == GOLDEN


def test_another_seed_makes_others():
    assert digest(a_part(300, 7).people) != digest(a_part(300, 8).people)


def test_the_tables_have_the_columns_that_are_promised():
    part = a_part(300, 7)

    assert part.households.schema.equals(HOUSEHOLDS)
    assert part.people.schema.equals(PEOPLE)
    part.households.validate(full=True)
    part.people.validate(full=True)


def test_what_must_be_known_is():
    part = a_part(300, 7)

    for table in (part.households, part.people):
        assert [field.name for field in table.schema if not field.nullable and table[field.name].null_count] == []


@pytest.mark.parametrize("part_households", [700, 10_000])
def test_keys_go_on_from_part_to_part_and_people_follow_their_households(part_households):
    nation = make_nation(2_000, 7, part_households)
    parts = [make_part(nation, number) for number in range(nation.frame.parts)]
    keys = np.concatenate([part.households["household_key"].to_numpy() for part in parts])
    people = pa.concat_tables([part.people for part in parts])
    sizes = np.concatenate([part.households["size"].to_numpy() for part in parts])

    assert keys.tolist() == list(range(1, 2_001))
    assert people["household_key"].to_numpy().tolist() == np.repeat(keys, sizes).tolist()
    assert len(set(people["cnic"].drop_null().to_pylist())) == len(people) - people["cnic"].null_count


def test_cut_into_many_parts_a_nation_still_meets_the_regional_figures():
    order = Order(40_000, 7, None, is_counted=True, part_households=PARTS)
    tally = generate(order, workers=1).tally
    rows = compare(load_calibration(), tally)
    worst = [row for row in rows if not row.district and row.region in REGIONS and row.sex in ("all", "male", "female")]

    assert tally.households.sum() == 40_000
    assert [row for row in worst if row.verdict is Verdict.OUTSIDE] == []
    punjab = [row for row in worst if row.region == "Punjab" and row.sex in ("male", "female")]
    assert max(abs(row.difference) for row in punjab) < 0.1


@settings(max_examples=25)
@given(st.integers(1, 3_000_000), st.integers(1_000, 400_000))
def test_stretches_of_a_frame_add_up_to_it(households, part_households):
    frame = make_frame(load_calibration(), households, part_households)
    numbers = range(0, frame.parts, max(1, frame.parts // 7))
    stretches = [frame.stretch(number) for number in range(frame.parts)] if frame.parts < 40 else None
    if stretches is None:
        assert all(frame.stretch(number).counts.sum() <= part_households for number in numbers)
        return
    assert sum(stretch.counts for stretch in stretches).tolist() == frame.of_district.tolist()
    assert sum(stretch.members for stretch in stretches).tolist() == frame.members_of_region.tolist()
    for measure in ("kacha", "livestock", "urban"):
        quotas = sum(frame.quotas_of(stretch, measure) for stretch in stretches)
        assert quotas.tolist() == frame.quotas[measure].tolist()


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(2, 12), st.floats(0.2, 0.6))
def test_parts_that_know_nothing_of_each_other_meet_the_share_of_their_region_together(seed, parts, share):
    random = np.random.default_rng(seed)
    region = np.zeros(6, np.int64)
    target = Target(np.array([share]), {0: 0.05}, 0.0, 1.0, random.normal(0, 0.6, 6))
    expected = random.uniform(200, 900, (parts, 6))
    found = np.rint(expected * random.uniform(0.8, 1.3, (parts, 6))).astype(np.int64)  # far from what was expected
    shares = solve(target, expected.sum(axis=0), region)
    marked = sum(
        quotas_of_part(target, shares, here, there, region) for here, there in zip(expected, found, strict=True)
    )

    assert abs(marked.sum() - share * found.sum()) <= 0.5 * parts + 1
    assert (marked <= found.sum(axis=0)).all()
    assert abs(marked[0] - 0.05 * found[:, 0].sum()) <= parts


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-6, 6, width=32)), min_size=1), st.data())
def test_exactly_the_quota_of_each_group_is_marked_and_nobody_lower_is_left_out(people, data):
    group = np.array([one for one, _ in people], np.int32)
    latent = np.array([value for _, value in people], np.float32)
    counts = np.bincount(group, minlength=5)
    quotas = np.array([data.draw(st.integers(0, int(count))) for count in counts])
    marked = lowest(latent, group, quotas)

    assert np.bincount(group[marked], minlength=5).tolist() == quotas.tolist()
    for number in range(5):
        inside, outside = latent[marked & (group == number)], latent[~marked & (group == number)]
        assert not len(inside) or not len(outside) or inside.max() <= outside.min()


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 50)), min_size=1))
def test_rounded_shares_keep_the_totals_and_stay_within_one_of_the_real_number(cells):
    within = np.array([group for group, _ in cells])
    real = np.array([value for _, value in cells])
    totals = np.rint(np.bincount(within, real, 4)).astype(np.int64)
    whole = whole_shares(real, within, totals)

    assert np.bincount(within, whole, 4).astype(int).tolist() == totals.tolist()
    assert (np.abs(whole - real) <= 1 + 1e-6).all()


def test_dice_of_the_same_seeds_fall_alike():
    assert Dice(1, 2).uniform(5).tolist() == Dice(1, 2).uniform(5).tolist()
    assert Dice(1, 2).uniform(5).tolist() != Dice(2, 1).uniform(5).tolist()


def test_numbers_of_the_largest_nation_neither_repeat_nor_overflow():
    frame = make_frame(load_calibration(), HOUSEHOLDS_MAX)
    people = int(frame.members_of_region.sum())

    assert math.gcd(CNIC_STEP, CNICS) == math.gcd(PHONE_STEP, PHONES) == 1
    assert people < CNICS
    assert frame.households < PHONES
    assert people * CNIC_STEP + CNICS < 2**64
    assert frame.households * PHONE_STEP + PHONES < 2**63


def test_the_last_part_of_the_whole_nation_is_made_like_any_other():
    nation = make_nation(35_645_850, 7, part_households=1_000)
    part = make_part(nation, nation.frame.parts - 1)

    assert (nation.frame.parts, part.number, part.households.num_rows) == (35_646, 35_645, 850)
    assert part.households["household_key"].to_pylist()[-1] == 35_645_850
    assert nation.frame.members_of_region.sum() == 186_286_074
    assert set(part.households["tehsil"].to_pylist()) <= {code for code in load_calibration().tehsils if "PK7" in code}
