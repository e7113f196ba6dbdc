"""Keys of persons and households: who can be read, who no longer, and what travels with a member who moves."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.keys import people
from adapters.keys.file_keyring import FileKeyring, open_or_make_key_file, retire_master_keys, rotate_master_key
from adapters.keys.people import Address, Contact, Erased, Identity, KeyMissing
from adapters.keys.sealing import SealBroken
from domain.refusal import Rejected

TODAY = datetime(2026, 3, 14, tzinfo=UTC)
HOUSE, OTHER_HOUSE = UUID(int=0x100), UUID(int=0x200)
AMINA, BILAL, SAIMA = UUID(int=1), UUID(int=2), UUID(int=3)
AMINA_IS = Identity(name="Amina Bibi", father_or_husband_name="Bilal Ahmed", cnic="9520212345671")


@pytest.fixture(scope="module")
def key_path(tmp_path_factory):
    return tmp_path_factory.mktemp("registry") / "keys" / "master.key"


@pytest.fixture(scope="module")
def keyring(key_path) -> FileKeyring:
    return open_or_make_key_file(key_path, TODAY)


@pytest.fixture
def house(keyring):
    return people.new_household_keys(keyring, HOUSE, [AMINA, BILAL])


def test_an_identity_opens_with_the_row_of_her_household(keyring, house):
    row, keys = house
    sealed = people.seal_identity(keys.members[AMINA], AMINA, AMINA_IS)
    assert people.open_identity(keyring, row, AMINA, sealed) == AMINA_IS


def test_contact_and_address_open_with_the_households_key(keyring, house):
    row, keys = house
    contact = Contact(phones=("+923001234567",), phone_owners=("Amina",))
    address = Address(lines=("House 4", "Street 9"), landmark="near the well", latitude_microdegrees=30_157_000)
    sealed_contact = people.seal_contact(keys.household, HOUSE, contact)
    sealed_address = people.seal_address(keys.household, HOUSE, address)
    assert people.open_contact(keyring, row, HOUSE, sealed_contact) == contact
    assert people.open_address(keyring, row, HOUSE, sealed_address) == address


def test_keys_drawn_from_an_older_row_bring_nobody_back_who_was_erased_since(keyring, house):
    row, _ = house
    drawn, _ = people.add_member(keyring, row, SAIMA)
    added = people.add_entries(people.destroy_member(row, AMINA), drawn)
    assert not people.holds_key(added, AMINA)
    assert (added.members[BILAL], added.members[SAIMA]) == (row.members[BILAL], drawn.members[SAIMA])


def test_a_section_does_not_open_as_another(keyring, house):
    row, keys = house
    sealed = people.seal_contact(keys.household, HOUSE, Contact())
    with pytest.raises(SealBroken):
        people.open_address(keyring, row, HOUSE, sealed)


def test_the_identity_of_one_member_does_not_open_as_anothers(keyring, house):
    row, keys = house
    sealed = people.seal_identity(keys.members[AMINA], AMINA, AMINA_IS)
    with pytest.raises(SealBroken):
        people.open_identity(keyring, row, BILAL, sealed)


def test_a_wrapped_key_exchanged_between_members_does_not_open(keyring, house):
    row, _ = house
    swapped = people.KeyRow(row.household, {AMINA: row.members[BILAL], BILAL: row.members[AMINA]})
    with pytest.raises(SealBroken, match="wrapped key does not open"):
        people.open_member_key(keyring, swapped, AMINA)


def test_a_member_who_moves_stays_readable_in_both_households_and_nobody_else_comes_along(keyring, house):
    row, keys = house
    sealed = people.seal_identity(keys.members[AMINA], AMINA, AMINA_IS)
    new_row, _ = people.new_household_keys(keyring, OTHER_HOUSE, [SAIMA])
    new_row = people.copy_member(row, new_row, AMINA)
    assert people.open_identity(keyring, new_row, AMINA, sealed) == AMINA_IS
    assert people.open_identity(keyring, row, AMINA, sealed) == AMINA_IS
    with pytest.raises(KeyMissing):
        people.open_member_key(keyring, new_row, BILAL)


def test_copying_a_key_opens_nothing(house, keyring):
    """The entry is the same bytes: no keyring is asked for."""
    row, _ = house
    new_row, _ = people.new_household_keys(keyring, OTHER_HOUSE, [])
    assert people.copy_member(row, new_row, AMINA).members[AMINA] == row.members[AMINA]


def test_nobody_is_copied_from_a_row_that_does_not_know_her(house):
    row, _ = house
    with pytest.raises(KeyMissing, match="holds no key of hers"):
        people.copy_member(row, row, SAIMA)


def test_an_erased_person_is_told_apart_from_a_broken_seal_and_from_one_never_there(keyring, house):
    row, keys = house
    sealed = people.seal_identity(keys.members[AMINA], AMINA, AMINA_IS)
    erased = people.destroy_member(row, AMINA)
    with pytest.raises(Erased):
        people.open_identity(keyring, erased, AMINA, sealed)
    with pytest.raises(SealBroken):
        people.open_identity(keyring, row, AMINA, sealed[:-1] + b"\0")
    with pytest.raises(KeyMissing):
        people.open_identity(keyring, row, SAIMA, sealed)


def test_erasing_one_member_leaves_the_others_and_the_household_readable(keyring, house):
    row, keys = house
    erased = people.destroy_member(row, AMINA)
    assert people.open_member_key(keyring, erased, BILAL) == keys.members[BILAL]
    assert people.open_household_key(keyring, erased, HOUSE) == keys.household
    assert row.members[AMINA] not in people.encode_row(erased)


def test_an_erased_person_is_not_brought_back_by_a_copy_or_a_new_key(keyring, house):
    row, _ = house
    erased = people.destroy_member(row, AMINA)
    assert people.copy_member(row, erased, AMINA) == erased
    assert not people.holds_key(people.copy_member(erased, row, AMINA), AMINA)
    with pytest.raises(Rejected, match="register her as a new person"):
        people.add_member(keyring, erased, AMINA)


def test_erasing_someone_a_row_never_held_changes_nothing(house):
    row, _ = house
    assert people.destroy_member(row, SAIMA) == row


def test_a_new_member_gets_a_key_once(keyring, house):
    row, _ = house
    with_saima, key = people.add_member(keyring, row, SAIMA)
    assert people.open_member_key(keyring, with_saima, SAIMA) == key
    assert people.add_member(keyring, with_saima, SAIMA) == (with_saima, key)


def test_a_roster_that_names_a_person_twice_is_our_mistake(keyring):
    with pytest.raises(AssertionError, match="stands on a roster once"):
        people.new_household_keys(keyring, HOUSE, [AMINA, AMINA])


def test_rows_wrapped_anew_open_after_the_old_master_key_is_gone(tmp_path):
    path = tmp_path / "master.key"
    row, keys = people.new_household_keys(open_or_make_key_file(path, TODAY), HOUSE, [AMINA, BILAL])
    row = people.destroy_member(row, BILAL)
    rewrapped = people.rewrap(rotate_master_key(path, TODAY), HOUSE, row)
    newest = retire_master_keys(path, 2)
    assert people.open_member_key(newest, rewrapped, AMINA) == keys.members[AMINA]
    assert people.open_household_key(newest, rewrapped, HOUSE) == keys.household
    assert not people.holds_key(rewrapped, BILAL)
    with pytest.raises(SealBroken, match="master key 01"):
        people.open_member_key(newest, row, AMINA)


@given(st.lists(st.uuids(), unique=True, max_size=60))
def test_a_row_reads_back_as_it_was_written(keyring, member_ids):
    row, _ = people.new_household_keys(keyring, HOUSE, member_ids)
    assert people.decode_row(people.encode_row(row)) == row


GOLDEN_ROW = bytes.fromhex(
    "0192c409686f757365686f6c6482c41000000000000000000000000000000001c405616d696e61c41000000000000000000000000000000002c400"
)
"""A key row as first stored: household, one member, one erased member. Never edited."""


def test_a_key_row_of_the_first_year_still_reads():
    row = people.decode_row(GOLDEN_ROW)
    assert row == people.KeyRow(b"household", {AMINA: b"amina", BILAL: people.ERASED})
    assert people.encode_row(row) == GOLDEN_ROW


GOLDEN_IDENTITY = bytes.fromhex(
    "016465666768696a6b6c6d6e6f63639c42b5b421262213a70fd5dcfe49a7357bb218158e487af78a13a3354700656c1c"
    "17a8e968a1bd2b7244ebcbc4e97e75089329ad08cfad2dd8c6ee355d0865c0e64407a56934a1725db40eaf9de78610de"
    "c807144691"
)
GOLDEN_CONTACT = bytes.fromhex(
    "016465666768696a6b6c6d6e6fa06be3e80128befc9ad00a6fc1f249030577b1a5aca4c55944366698a79ff65f1fb4a0"
    "8d235fe189b472366bd975af41ac7ec7e8d4d0e162cfc9ff77889b47f6f1"
)
GOLDEN_ADDRESS = bytes.fromhex(
    "016465666768696a6b6c6d6e6f13d8f84d6925d11e5300fe39d7d3e7bc562e76a9ba80174f76db08ac8ad213e4129c97"
    "aa3cf6916284ccbe8914ff3778f02cf8ddad5a7bf67b2c2c9ca131b8de79a3094ecfb529e80519"
)
"""Sealed parts as first stored, under key 00..1f. Never edited."""


class FixedKeyring(FileKeyring):
    """The keyring of the golden bytes: whatever is wrapped, the key is 00..1f."""

    def __init__(self) -> None:
        """Hold no file."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:  # noqa: ARG002 - a fixed answer
        return bytes(range(32))


def test_sealed_parts_of_the_first_year_still_read():
    row, keyring = people.decode_row(GOLDEN_ROW), FixedKeyring()
    assert people.open_identity(keyring, row, AMINA, GOLDEN_IDENTITY) == AMINA_IS
    assert people.open_contact(keyring, row, HOUSE, GOLDEN_CONTACT) == Contact(phones=("+923001234567",))
    assert people.open_address(keyring, row, HOUSE, GOLDEN_ADDRESS) == Address(("House 4",), "near the well", 1, 2)


@pytest.mark.parametrize("damaged", [b"", b"\x00", b"\x01", b"\x02" + GOLDEN_ROW[1:], GOLDEN_ROW[:-1]])
def test_a_damaged_row_is_refused_in_a_sentence(damaged):
    with pytest.raises(SealBroken, match="A key row"):
        people.decode_row(damaged)


def test_an_identity_never_prints_what_it_holds(keyring, house):
    row, keys = house
    for secret in (AMINA_IS, Contact(("+923001234567",)), Address(("House 4",)), row, keys):
        assert not any(word in repr(secret) for word in ("Amina", "95202", "+92", "House 4", "\\x"))
    assert [*AMINA_IS.__rich_repr__()] == []
