"""The master key is replaced beside a working registry, and an older copy of the key rows opens for nobody after it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.codec import recorded
from adapters.faults import Refused
from adapters.keys import people
from adapters.keys.backup import KeysBackup, decrypt_backup, encrypt_backup
from adapters.keys.choosing import keyring_place
from adapters.keys.keyring import KeyringPlace
from adapters.keys.sealing import SealBroken
from adapters.postgres.masters import replace_secret, secrets_of_webhooks
from adapters.registry import master_keys
from adapters.registry.erasure_list import Repeated, export_erasures, read_list, repeat_erasures
from adapters.registry.erasures import open_erasures
from adapters.registry.opening import Registry, open_registry
from adapters.submissions.shape import Erasure
from adapters.webhooks.delivering import key_context
from domain.keys import DestructionRepeated, KeysRewrapped, MasterKeyRotated, MasterKeysRetired
from domain.streams import KEYS_END, KEYS_FROM, is_household
from tests.households import Clock, common, lone_woman, missed_out, proposed

MARCH, JULY = date(2022, 3, 1), date(2022, 7, 1)
HOUSES = 7
PASSPHRASE = "correct horse battery"

Open = Callable[[], AbstractContextManager[Registry]]


def nothing(_: int) -> None:
    """A bar that nobody looks at."""


@pytest.fixture(autouse=True)
def in_small_batches(monkeypatch):
    monkeypatch.setattr(master_keys, "ROWS_AT_ONCE", 3)


@pytest.fixture
def environ(tmp_path: Path, database: str) -> dict[str, str]:
    return {"GHARANA_HOME": str(tmp_path), "GHARANA_DATABASE_URL": database}


@pytest.fixture
def open_(environ) -> Open:
    """Opens the registry as another process would."""

    @contextmanager
    def opened() -> Iterator[Registry]:
        with open_registry(environ, Clock()) as registry:
            yield registry

    return opened


@pytest.fixture
def place(environ, tmp_path) -> KeyringPlace:
    return keyring_place(tmp_path, environ)


@pytest.fixture
def household(open_: Open) -> UUID:
    """Bilal's household, the first of several."""
    with open_() as registry:
        women = [missed_out(MARCH, lone_woman(f"90000000001{number:02}")) for number in range(1, HOUSES)]
        first, *_ = [*registry.door.submit_many([missed_out(MARCH), *women])]
    assert first.household is not None
    return first.household


def name_of(registry: Registry, household: UUID, line: int) -> str | None:
    history = registry.reader.history(household)
    member = next(one for one in history[0].event.survey.roster if one.line == line)
    return people.open_identity(
        registry.keyring, registry.door.key_row(household), member.member_id, member.identity
    ).name


def member(registry: Registry, household: UUID, line: int) -> UUID:
    state = registry.reader.household(household)
    assert state is not None
    return next(one.member_id for one in state.roster.values() if one.line == line)


def erase(registry: Registry, household: UUID, who: UUID | None) -> None:
    erasure = Erasure(household=household, member=who, authority="court 7/2026", **common(JULY))
    assert registry.door.submit(proposed(registry, erasure)).accepted


def replaced(open_: Open, place: KeyringPlace) -> None:
    with open_() as registry:
        master_keys.rotate(registry, place, "officer")
    with open_() as registry:
        master_keys.rewrap(registry, "officer", nothing)
        master_keys.retire(registry, place, "officer", nothing)


def test_after_the_three_steps_everybody_reads_as_before_under_the_new_master_key(open_, place, household):
    replaced(open_, place)
    with open_() as registry:
        assert name_of(registry, household, 2) == "Amina Bibi"
        assert dict(master_keys.count_wrapped(registry, nothing).households) == {2: HOUSES}
        done = [recorded(entry).event for entry in registry.log.scan(KEYS_FROM, KEYS_END)]
        today = registry.today()
    assert done == [
        MasterKeyRotated(today, 2), KeysRewrapped(today, 2, HOUSES, 0), MasterKeysRetired(today, (1,), 2)
    ]  # fmt: skip
    assert place.open().master_versions() == (2,)


def test_wrapping_anew_goes_on_where_it_was_cut_short(open_, place, household):
    with open_() as registry:
        master_keys.rotate(registry, place, "officer")

    def cut_short(_: int) -> None:
        raise InterruptedError

    with open_() as registry:
        with pytest.raises(InterruptedError):
            master_keys.rewrap(registry, "officer", cut_short)
        assert dict(master_keys.count_wrapped(registry, nothing).households) == {1: HOUSES - 3, 2: 3}
        assert master_keys.rewrap(registry, "officer", nothing).households == HOUSES - 3
        assert master_keys.rewrap(registry, "officer", nothing).households == 0


def test_an_older_master_key_is_not_destroyed_while_a_row_needs_it(open_, place, household):
    with open_() as registry:
        master_keys.rotate(registry, place, "officer")
    with open_() as registry, pytest.raises(Refused, match=f"{HOUSES} key rows and webhooks are still wrapped"):
        master_keys.retire(registry, place, "officer", nothing)
    assert place.open().master_versions() == (1, 2)


def test_the_only_master_key_is_not_destroyed(open_, place, household):
    with open_() as registry, pytest.raises(Refused, match="is the only one"):
        master_keys.retire(registry, place, "officer", nothing)


def test_an_older_master_key_is_not_destroyed_while_a_process_may_wrap_under_it(open_, place, household):
    with open_() as there_before, open_() as officer:
        master_keys.rotate(officer, place, "officer")
        with open_() as registry:
            master_keys.rewrap(registry, "officer", nothing)
            assert there_before.door.submit(missed_out(JULY, lone_woman("9000000000058"))).accepted
            with pytest.raises(Refused, match="2 other processes opened this registry before master key 1"):
                master_keys.retire(registry, place, "officer", nothing)
    with open_() as registry:
        with pytest.raises(Refused, match="1 key rows"):
            master_keys.retire(registry, place, "officer", nothing)
        assert master_keys.rewrap(registry, "officer", nothing).households == 1
        assert master_keys.retire(registry, place, "officer", nothing).versions == (1,)


def test_a_master_key_that_is_made_while_older_ones_are_retired_costs_nobody_the_one_in_use(open_, place, household):
    with open_() as registry:
        master_keys.rotate(registry, place, "officer")
    with open_() as registry:
        master_keys.rewrap(registry, "officer", nothing)
        made: list[int] = []

        def rotate_once(_: int) -> None:
            if not made:
                made.append(place.rotate(registry.clock()).master_versions()[-1])

        assert master_keys.retire(registry, place, "officer", rotate_once).versions == (1,)
    assert (made, place.open().master_versions()) == ([3], (2, 3))
    with open_() as registry:
        assert name_of(registry, household, 2) == "Amina Bibi"


def test_a_door_goes_on_while_rows_are_wrapped_anew(open_, place, household):
    with open_() as door, open_() as officer:
        master_keys.rotate(officer, place, "officer")
        women = [missed_out(JULY, lone_woman(f"90000000003{number:02}")) for number in range(1, 40)]
        answers = []
        taking = threading.Thread(target=lambda: answers.extend(door.door.submit(woman) for woman in women))
        taking.start()
        with open_() as registry:
            while taking.is_alive():
                master_keys.rewrap(registry, "officer", nothing)
        taking.join()
    assert all(answer.accepted for answer in answers)
    replaced(open_, place)
    with open_() as registry:
        assert {name_of(registry, answer.household, 1) for answer in answers} == {"Zahra Bibi"}


def test_the_secrets_of_webhooks_are_wrapped_anew_too(open_, place, household):
    webhook, secret = UUID(int=7), bytes(range(32))
    with open_() as registry:
        wrapped = registry.keyring.wrap(secret, key_context(webhook))
        with psycopg.connect(registry.dsn) as connection:
            connection.execute(
                "INSERT INTO webhooks (webhook_id, partner, programme, url, scheme, wrapped_secret, made_at, made_by,"
                " sequence) VALUES (%s, 'p', 'k', 'https://p', 'hmac', %s, now(), 'officer', 0)",
                (webhook, wrapped),
            )
    replaced(open_, place)
    with open_() as registry:
        (anew,) = secrets_of_webhooks(registry.dsn).values()
        assert registry.keyring.unwrap(anew, key_context(webhook)) == secret
        assert not replace_secret(registry.dsn, webhook, wrapped, anew)


def test_a_key_file_from_before_a_rotation_is_refused(open_, place, household):
    older = place.export()
    replaced(open_, place)
    Path(place.name).unlink()
    place.take_back(older)
    with pytest.raises(Refused, match="has had number 2 since"), open_():
        pass


def test_a_rotation_that_was_not_recorded_is_taken_for_one(open_, place, household):
    place.rotate(datetime(2026, 3, 14, tzinfo=UTC))
    with open_() as registry:
        assert master_keys.rotate(registry, place, "officer") == 2
    assert place.open().master_versions() == (1, 2)


def copy_of_rows(registry: Registry) -> list[tuple[UUID, bytes]]:
    with psycopg.connect(registry.dsn) as connection:
        return connection.execute("SELECT household_id, keys FROM household_keys").fetchall()


def restore_rows(registry: Registry, rows: list[tuple[UUID, bytes]]) -> None:
    """As a backup of the table would, beside a log that knows of the erasure."""
    with psycopg.connect(registry.dsn) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE household_keys SET keys = %s WHERE household_id = %s", [(keys, row) for row, keys in rows]
        )


@pytest.mark.parametrize("whole", [False, True], ids=["a person", "a household"])
def test_an_older_copy_of_the_key_rows_is_seen_and_its_erasures_are_repeated(open_, household, whole):
    with open_() as registry:
        backup, who = copy_of_rows(registry), None if whole else member(registry, household, 2)
        erase(registry, household, who)
        restore_rows(registry, backup)
        assert name_of(registry, household, 2) == "Amina Bibi", "the danger is real"
        assert who in {None, *(one.member_id for one in open_erasures(registry).to_repeat)}
        assert open_erasures(registry).to_repeat != []
        assert repeat_erasures(registry, (), "officer").again >= 1
        assert open_erasures(registry).to_repeat == []
        with pytest.raises(people.Erased):
            name_of(registry, household, 2)
        done = [recorded(entry).event for entry in registry.log.scan(KEYS_FROM, KEYS_END)]
        assert any(isinstance(event, DestructionRepeated) for event in done)


def test_after_the_master_key_was_destroyed_an_older_copy_opens_for_nobody(open_, place, household):
    with open_() as registry:
        backup = copy_of_rows(registry)
        erase(registry, household, member(registry, household, 2))
    replaced(open_, place)
    with open_() as registry:
        restore_rows(registry, [row for row in backup if row[0] == household])
        assert [one.member_id for one in open_erasures(registry).to_repeat] != [], "the row is back"
        with pytest.raises(SealBroken, match="master key 01"):
            name_of(registry, household, 2)
        assert master_keys.count_wrapped(registry, nothing).under(1) == 1


def test_a_backup_that_does_not_know_of_an_erasure_is_told_by_the_list_beside_it(open_, environ, household):
    with backup_of(environ["GHARANA_DATABASE_URL"]) as backup:
        with open_() as registry:
            amina = member(registry, household, 2)
            erase(registry, household, amina)
            listed = export_erasures(registry)
            assert repeat_erasures(registry, read_list(registry, listed), "officer") == Repeated(0, 1, 0)
        with open_registry({**environ, "GHARANA_DATABASE_URL": backup}, Clock()) as restored:
            assert name_of(restored, household, 2) == "Amina Bibi", "the danger is real"
            assert open_erasures(restored).to_repeat == [], "it knows nothing of her erasure"
            assert repeat_erasures(restored, read_list(restored, listed), "officer") == Repeated(1, 0, 0)
            with pytest.raises(people.Erased):
                name_of(restored, household, 2)
            state = restored.reader.household(household)
            assert state is not None
            assert amina in state.erased
            assert len(open_erasures(restored).waiting) == 1


@contextmanager
def backup_of(dsn: str) -> Iterator[str]:
    """The whole database as it is now, copied."""
    name = conninfo_to_dict(dsn)["dbname"]
    server = make_conninfo(dsn, dbname="postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}_backup TEMPLATE {name}")
    try:
        yield make_conninfo(dsn, dbname=f"{name}_backup")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name}_backup WITH (FORCE)")


def test_a_list_of_erasures_that_was_altered_or_is_another_registrys_is_refused(open_, household):
    with open_() as registry:
        erase(registry, household, member(registry, household, 2))
        listed = export_erasures(registry)
        bilal = str(member(registry, household, 1)).encode()
        amina = str(member(registry, household, 2)).encode()
        assert amina in listed
        with pytest.raises(Refused, match="was altered"):
            read_list(registry, listed.replace(amina, bilal))
        with pytest.raises(Refused, match="no list of erasures"):
            read_list(registry, listed[:-20])


def test_streams_of_keys_are_no_households(open_, place, household):
    replaced(open_, place)
    with open_() as registry:
        assert not [entry for entry in registry.log.scan(KEYS_FROM, KEYS_END) if is_household(entry.stream)]


def test_a_backup_of_keys_opens_under_its_passphrase_alone():
    content, made_at = KeysBackup(b"keys", b"erasures"), datetime(2026, 3, 14, tzinfo=UTC)
    stored = encrypt_backup(content, PASSPHRASE, "0123456789abcdef", made_at)
    assert decrypt_backup(stored, PASSPHRASE) == (content, "0123456789abcdef")
    assert b"keys" not in stored.partition(b"\n")[2]
    for wrong, says in (
        ((stored, PASSPHRASE + "x"), "passphrase is wrong"),
        ((stored.replace(b"2026", b"2025"), PASSPHRASE), "was altered"),
        ((stored[:-9], PASSPHRASE), "cut short|was altered"),
        ((b"{}", PASSPHRASE), "no backup of keys"),
    ):
        with pytest.raises(Refused, match=says):
            decrypt_backup(*wrong)
    with pytest.raises(Refused, match="at least 15"):
        encrypt_backup(content, "short", "0123456789abcdef", made_at)
