"""A partner's key: recorded as a hash, and the last one holds."""

from msgspec.structs import replace

from domain.partner import KeySet, SetKey, decide, fold
from tests.people import TODAY
from tests.scenario import scenario

HASH = "$2b$10$abcdefghijklmnopqrstuu5Lw8vVmB1zHn9hQqY0b7cU3m7oWnJ4S"
SET = KeySet(TODAY, "food-bank", HASH)
SET_KEY = SetKey(TODAY, "food-bank", HASH)
OLD = replace(SET, key_hash=HASH.replace("a", "b"))

given = scenario(fold, decide)


def test_a_partner_is_given_a_key():
    given().when(SET_KEY).then(SET)


def test_a_new_key_replaces_the_old_one():
    given(OLD).when(SET_KEY).then(SET)
    assert fold([OLD, SET]) == HASH


def test_the_key_it_has_changes_nothing():
    given(SET).when(SET_KEY).then_nothing()


def test_a_key_itself_is_never_recorded():
    given().when(replace(SET_KEY, key_hash="the key itself")).then_rejected(because="by its bcrypt hash")
