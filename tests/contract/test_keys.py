"""Keys, tokens and erasures: one contract for every adapter of KeyTable, and what only a real server can show."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from adapters.faults import Refused
from adapters.keys import people
from adapters.keys.file_keyring import FileKeyring, open_or_make_key_file
from adapters.keys.key_table import (
    Conflict,
    Erasure,
    Holder,
    KeyRowMissing,
    KeyRowPresent,
    KeyTable,
    erasure_window_days,
)
from adapters.keys.people import KeyRow
from adapters.memory.keys import MemoryKeys
from adapters.postgres.keys import COPY_ROWS_MIN, PostgresKeys
from adapters.postgres.migrate import MIGRATIONS

TODAY = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
HOUSE, OTHER_HOUSE, THIRD_HOUSE = UUID(int=0x100), UUID(int=0x200), UUID(int=0x300)
AMINA, BILAL, SAIMA = UUID(int=1), UUID(int=2), UUID(int=3)
AMINAS = Holder(UUID(int=0xA0), HOUSE, AMINA)
BILALS = Holder(UUID(int=0xB0), HOUSE, BILAL)
MANY = COPY_ROWS_MIN + 50

Begin = Callable[[], AbstractContextManager[KeyTable]]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def begin(request) -> Begin:
    """Opens a transaction on the tables; leaving it commits, an exception undoes it."""
    if request.param == "memory":
        return in_memory()
    return in_postgres(request.getfixturevalue("people_database"))


@pytest.fixture
def people_database(empty_database) -> str:
    with psycopg.connect(empty_database) as connection:
        connection.execute((MIGRATIONS / "0003_people.sql").read_bytes())
    return empty_database


@pytest.fixture(scope="module")
def keyring(tmp_path_factory) -> FileKeyring:
    return open_or_make_key_file(tmp_path_factory.mktemp("registry") / "master.key", TODAY)


def in_memory() -> Begin:
    table = MemoryKeys()

    @contextmanager
    def begin() -> Iterator[KeyTable]:
        with table.transaction():
            yield table

    return begin


def in_postgres(dsn: str) -> Begin:
    """Cursors of the event log give rows as dictionaries; the tables must not mind."""

    @contextmanager
    def begin() -> Iterator[KeyTable]:
        with psycopg.connect(dsn, row_factory=dict_row) as connection, connection.cursor() as cursor:
            yield PostgresKeys(cursor)

    return begin


def claims(number: int, household_id: UUID = HOUSE, first: int = 0x1000) -> list[Holder]:
    return [Holder(UUID(int=first + each), household_id, UUID(int=0x9000 + each)) for each in range(number)]


def test_a_token_is_taken_once(begin):
    theirs = Holder(AMINAS.token, OTHER_HOUSE, SAIMA)
    with begin() as table:
        assert table.claim_tokens([AMINAS]) == []
    with begin() as table:
        assert table.claim_tokens([theirs]) == [Conflict(theirs, AMINAS)]
    with begin() as table:
        assert table.find_holders([AMINAS.token]) == {AMINAS.token: AMINAS}


def test_claiming_what_one_holds_changes_nothing(begin):
    with begin() as table:
        assert table.claim_tokens([AMINAS, BILALS]) == []
        assert table.claim_tokens([BILALS, Holder(AMINAS.token, HOUSE, AMINA)]) == []


@pytest.mark.parametrize("number", [2, MANY])
def test_claims_beside_one_that_fails_are_taken(begin, number):
    held, *others = claims(number)
    theirs = Holder(held.token, OTHER_HOUSE, SAIMA)
    with begin() as table:
        table.claim_tokens([theirs])
    with begin() as table:
        assert table.claim_tokens([*reversed(others), held]) == [Conflict(held, theirs)]
    with begin() as table:
        assert table.find_holders(each.token for each in others) == {each.token: each for each in others}


@pytest.mark.parametrize("number", [2, MANY])
def test_of_two_claims_in_one_batch_the_first_takes_the_token(begin, number):
    first, *others = claims(number)
    second = Holder(first.token, OTHER_HOUSE, SAIMA)
    with begin() as table:
        assert table.claim_tokens([*others, first, second]) == [Conflict(second, first)]


@pytest.mark.parametrize("number", [1, MANY])
def test_claims_are_undone_with_their_transaction_even_as_its_first_statement(begin, number):
    batch = claims(number)
    with pytest.raises(ZeroDivisionError), begin() as table:  # noqa: PT012 - it is the whole block that is undone
        assert table.claim_tokens(batch) == []
        raise ZeroDivisionError
    with begin() as table:
        assert table.find_holders(each.token for each in batch) == {}


def test_a_claim_of_nothing_is_granted(begin):
    with begin() as table:
        assert table.claim_tokens([]) == []
        assert table.find_holders([]) == {}
        table.release_tokens([])
        table.move_tokens([], OTHER_HOUSE)


def test_a_token_given_back_may_be_taken_by_another(begin):
    theirs = Holder(AMINAS.token, OTHER_HOUSE, SAIMA)
    with begin() as table:
        table.claim_tokens([AMINAS, BILALS])
        table.release_tokens([AMINAS])
        assert table.claim_tokens([theirs, BILALS]) == []


def test_nobody_gives_back_or_moves_what_another_holds(begin):
    with begin() as table:
        table.claim_tokens([AMINAS])
        table.release_tokens([Holder(AMINAS.token, OTHER_HOUSE, AMINA), Holder(AMINAS.token, HOUSE, BILAL)])
        table.move_tokens([Holder(AMINAS.token, OTHER_HOUSE, AMINA)], THIRD_HOUSE)
        assert table.find_holders([AMINAS.token]) == {AMINAS.token: AMINAS}


def test_a_token_moves_with_its_member(begin):
    with begin() as table:
        table.claim_tokens([AMINAS, BILALS])
        table.move_tokens([AMINAS], OTHER_HOUSE)
        assert table.find_holders([AMINAS.token, BILALS.token]) == {
            AMINAS.token: Holder(AMINAS.token, OTHER_HOUSE, AMINA),
            BILALS.token: BILALS,
        }


@pytest.mark.parametrize("number", [1, MANY])
def test_key_rows_read_back_as_stored(begin, keyring, number):
    rows = {UUID(int=0x5000 + each): new_row(keyring, UUID(int=0x5000 + each), AMINA, BILAL) for each in range(number)}
    with begin() as table:
        table.add_keys(rows)
    with begin() as table:
        assert table.get_keys(rows) == rows
        assert table.get_keys([]) == {}


def test_key_rows_once_stored_are_never_overwritten_by_new_ones(begin, keyring):
    with begin() as table:
        table.add_keys({HOUSE: new_row(keyring, HOUSE, AMINA)})
    for number in (1, MANY):
        others = {UUID(int=0x5000 + each): new_row(keyring, UUID(int=0x5000 + each)) for each in range(1, number)}
        with pytest.raises(KeyRowPresent), begin() as table:
            table.add_keys({HOUSE: new_row(keyring, HOUSE, AMINA)} | others)


def test_a_household_without_keys_is_named(begin, keyring):
    with begin() as table:
        table.add_keys({HOUSE: new_row(keyring, HOUSE, AMINA)})
        for ask in (table.get_keys, table.get_keys_to_change):
            with pytest.raises(KeyRowMissing, match=str(OTHER_HOUSE)):
                ask([HOUSE, OTHER_HOUSE])
        with pytest.raises(KeyRowMissing):
            table.replace_keys({OTHER_HOUSE: new_row(keyring, OTHER_HOUSE)})


def test_a_changed_row_takes_the_place_of_the_old_one(begin, keyring):
    with begin() as table:
        table.add_keys({HOUSE: new_row(keyring, HOUSE, AMINA), OTHER_HOUSE: new_row(keyring, OTHER_HOUSE)})
        row, _ = people.add_member(keyring, table.get_keys_to_change([HOUSE])[HOUSE], SAIMA)
        table.replace_keys({HOUSE: row})
        assert table.get_keys([HOUSE]) == {HOUSE: row}


def test_a_member_who_moved_opens_in_both_households(begin, keyring):
    row = new_row(keyring, HOUSE, AMINA, BILAL)
    with begin() as table:
        table.add_keys({HOUSE: row, OTHER_HOUSE: new_row(keyring, OTHER_HOUSE, SAIMA)})
        table.copy_member_key(AMINA, HOUSE, OTHER_HOUSE)
        rows = table.get_keys([HOUSE, OTHER_HOUSE])
    assert rows[HOUSE] == row
    assert rows[OTHER_HOUSE].members[AMINA] == row.members[AMINA]


def test_erasing_a_member_destroys_every_copy_wherever_she_lived_and_nobody_elses(begin, keyring):
    houses = [HOUSE, OTHER_HOUSE, THIRD_HOUSE]
    with begin() as table:
        stand_in_three_households(table, keyring)
        erasure = table.destroy_member_key(AMINA, OTHER_HOUSE, TODAY)
        rows = table.get_keys(houses)
    assert erasure == Erasure(AMINA, TODAY, tuple(houses))
    assert not any(people.holds_key(row, AMINA) for row in rows.values())
    assert people.holds_key(rows[HOUSE], BILAL)
    assert people.holds_key(rows[OTHER_HOUSE], SAIMA)


def test_erasing_twice_changes_nothing_the_second_time(begin, keyring):
    with begin() as table:
        stand_in_three_households(table, keyring)
        first = table.destroy_member_key(AMINA, HOUSE, TODAY)
        before = table.get_keys([HOUSE, OTHER_HOUSE, THIRD_HOUSE])
        assert table.destroy_member_key(AMINA, THIRD_HOUSE, TODAY + timedelta(days=1)) == first
        assert table.get_keys([HOUSE, OTHER_HOUSE, THIRD_HOUSE]) == before
        assert table.open_erasures() == [first]


def test_an_erasure_is_open_until_its_window_has_passed(begin, keyring):
    with begin() as table:
        stand_in_three_households(table, keyring)
        amina = table.destroy_member_key(AMINA, HOUSE, TODAY)
        bilal = table.destroy_member_key(BILAL, HOUSE, TODAY + timedelta(days=5))
        assert amina.due_at(35) == TODAY + timedelta(days=35)
        assert table.open_erasures() == [amina, bilal]
        assert table.complete_erasures(TODAY + timedelta(days=1), TODAY + timedelta(days=36)) == 1
        assert table.open_erasures() == [bilal]
        assert table.erasures_to_repeat() == []


def test_a_key_that_a_backup_brought_back_is_found_and_destroying_it_starts_the_window_anew(begin, keyring):
    later = TODAY + timedelta(days=40)
    with begin() as table:
        stand_in_three_households(table, keyring)
        backup = table.get_keys([THIRD_HOUSE])
        erasure = table.destroy_member_key(AMINA, HOUSE, TODAY)
        table.complete_erasures(later, later)
        table.replace_keys(backup)
        assert [each.member_id for each in table.erasures_to_repeat()] == [AMINA]
        again = table.destroy_member_key(AMINA, HOUSE, later)
        assert again == Erasure(AMINA, later, erasure.households)
        assert table.erasures_to_repeat() == []
        assert table.open_erasures() == [again]


@pytest.mark.parametrize("named", ["0", "366", "ten", "-1", "", "٣٥"])
def test_an_erasure_window_that_is_no_number_of_days_is_refused(named):
    with pytest.raises(Refused, match="from 1 to 365"):
        erasure_window_days({"GHARANA_ERASURE_WINDOW_DAYS": named})


def test_the_erasure_window_is_35_days_unless_it_is_set():
    assert erasure_window_days({}) == 35
    assert erasure_window_days({"GHARANA_ERASURE_WINDOW_DAYS": "7"}) == 7


def test_of_two_writers_at_once_the_second_waits_and_is_told_who_holds_it(people_database):
    begin, theirs = in_postgres(people_database), Holder(AMINAS.token, OTHER_HOUSE, SAIMA)
    conflicts: list[Conflict] = []

    def second() -> None:
        with begin() as table:
            conflicts.extend(table.claim_tokens([theirs]))

    writer = threading.Thread(target=second)
    with begin() as table:
        table.claim_tokens([AMINAS])
        writer.start()
        wait_for_blocked(people_database)
        assert conflicts == []
    writer.join(20)
    assert conflicts == [Conflict(theirs, AMINAS)]


def test_writers_who_claim_the_same_tokens_in_any_order_never_deadlock(people_database):
    begin, batch = in_postgres(people_database), claims(MANY)
    orders = [batch, batch[::-1], batch[: COPY_ROWS_MIN - 1], batch[::-1][: COPY_ROWS_MIN - 1]]
    failures: list[BaseException] = []

    def write(order: list[Holder]) -> None:
        try:
            for _ in range(5):
                with begin() as table:
                    assert table.claim_tokens(order) == []
                    table.release_tokens(order)
        except BaseException as failure:  # noqa: BLE001 - shown to the main thread
            failures.append(failure)

    writers = [threading.Thread(target=write, args=(order,)) for order in orders]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert failures == []


def test_a_member_erased_while_she_moves_is_erased_in_her_new_household_too(people_database, keyring):
    begin = in_postgres(people_database)
    with begin() as table:
        table.add_keys({HOUSE: new_row(keyring, HOUSE, AMINA), OTHER_HOUSE: new_row(keyring, OTHER_HOUSE)})

    def erase() -> None:
        with begin() as table:
            table.destroy_member_key(AMINA, HOUSE, TODAY)

    eraser = threading.Thread(target=erase)
    with begin() as table:
        table.copy_member_key(AMINA, HOUSE, OTHER_HOUSE)
        eraser.start()
        wait_for_blocked(people_database)
    eraser.join(20)
    with begin() as table:
        rows = table.get_keys([HOUSE, OTHER_HOUSE])
    assert [people.holds_key(row, AMINA) for row in rows.values()] == [False, False]


def test_a_dump_of_the_tables_holds_nothing_of_a_person_in_clear(people_database, keyring):
    row, keys = people.new_household_keys(keyring, HOUSE, [AMINA])
    with in_postgres(people_database)() as table:
        table.add_keys({HOUSE: row})
        table.claim_tokens([AMINAS])
        table.destroy_member_key(AMINA, HOUSE, TODAY)
    with psycopg.connect(people_database) as connection:
        dump = "".join(
            str(connection.execute(f"SELECT * FROM {name}").fetchall())
            for name in ("household_keys", "tokens", "key_copies", "erasures")
        )
    assert keys.members[AMINA].hex() not in dump
    assert repr(keys.members[AMINA])[2:-1] not in dump


def new_row(keyring: FileKeyring, household_id: UUID, *members: UUID) -> KeyRow:
    row, _ = people.new_household_keys(keyring, household_id, members)
    return row


def stand_in_three_households(table: KeyTable, keyring: FileKeyring) -> None:
    """Amina, born with Bilal, married to Saima's household, then widowed and gone to a third."""
    table.add_keys(
        {
            HOUSE: new_row(keyring, HOUSE, AMINA, BILAL),
            OTHER_HOUSE: new_row(keyring, OTHER_HOUSE, SAIMA),
            THIRD_HOUSE: new_row(keyring, THIRD_HOUSE),
        }
    )
    table.copy_member_key(AMINA, HOUSE, OTHER_HOUSE)
    table.copy_member_key(AMINA, OTHER_HOUSE, THIRD_HOUSE)


def wait_for_blocked(dsn: str) -> None:
    """Until a session waits for another one's lock."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    give_up_at = time.monotonic() + 20
    with psycopg.connect(dsn, autocommit=True) as connection:
        while connection.execute(waiting).fetchone() is None:
            assert time.monotonic() < give_up_at, "nobody waits"
            time.sleep(0.01)
