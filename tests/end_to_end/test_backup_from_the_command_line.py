"""A registry is backed up and restored elsewhere, and whoever restores it is told what is missing."""

import errno
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from adapters import codec
from adapters.backup import making, restoring
from adapters.backup.manifest import MANIFEST, Measured
from adapters.keys import people
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrate import migrate
from adapters.postgres.own_rights import tables_without_trigger
from adapters.postgres.rights import WRITER
from adapters.postgres.roles import make_roles
from adapters.registry.opening import open_registry
from adapters.seals import anew
from adapters.seals.key_file import open_signer
from adapters.seals.notes import Checkpoint, Signer, VerifierKey, open_note, signed_checkpoint, split_note
from adapters.seals.published import find_published
from adapters.seals.restored import remove_mark
from adapters.seals.trust import Trust
from adapters.witness.judging import Witness
from adapters.witness.state import WitnessState
from domain.seal import SealedAnew
from domain.streams import origins_stream
from tests.end_to_end.backed_up import Place
from tests.households import lone_woman, missed_out
from tests.posted_feeds import tell
from tests.seals.policies import a_witness
from tests.servers import fresh_database, login

pytestmark = pytest.mark.postgres

WITNESS = a_witness()
SEALED = 6
"""Events in the backup: the day, three households, and the heads, twice."""


class Origin(NamedTuple):
    """A registry that was backed up, and its backup."""

    place: Place
    copy: Path
    says: dict
    signer: Signer

    @property
    def policy(self) -> str:
        return f"log {self.signer.verifier}\nwitness w {WITNESS.verifier}\nquorum w\n"

    def witnessed(self, note: bytes | None = None) -> bytes:
        """The newest checkpoint, or this one, as the witness signed it just now."""
        note = note or (self.place.home / "seals" / "checkpoint").read_bytes()
        text, _ = open_note(note, [self.signer.verifier])
        return note + WITNESS.line(text, int(time.time()))


@pytest.fixture(scope="module")
def origin(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    folder = tmp_path_factory.mktemp("backed-up")
    with pytest.MonkeyPatch.context() as monkeypatch, fresh_database(postgres_dsn) as database:
        place = Place(monkeypatch, folder / "home", database)
        place.enter()
        with open_registry(os.environ) as registry:
            for number in range(3):
                woman = lone_woman(f"90000000001{number}1")
                assert registry.door.submit(missed_out(date(2022, 3, 1), woman, number=8000 + number)).accepted
        place.done("seal", "heads")
        place.done("seal", "heads")
        tell(database, 2, ("food-bank", "kafaalat"))
        with psycopg.connect(database) as connection:
            connection.execute(
                "INSERT INTO webhooks (webhook_id, partner, programme, url, scheme, wrapped_secret, made_at, made_by,"
                " sequence) VALUES (gen_random_uuid(), 'p', 'k', 'u', 'hmac', 'secret', now(), 'me', 0)"
            )
            connection.execute(
                "INSERT INTO webhook_replays (webhook_id, next_sequence, until_sequence)"
                " SELECT webhook_id, 1, 2 FROM webhooks"
            )
        says = place.done("backup", "-o", folder / "copy")
        yield Origin(place, folder / "copy", says, open_signer(place.keys / "seal.key"))


@pytest.fixture
def there(monkeypatch, tmp_path: Path, empty_database: str, origin: Origin) -> Place:
    """An empty place with the keys."""
    place = Place(monkeypatch, tmp_path / "home", empty_database)
    shutil.copytree(origin.place.keys, place.keys)
    return place


@pytest.fixture
def seen(origin: Origin, tmp_path: Path) -> tuple[object, ...]:
    """What a witness signed, as options."""
    (tmp_path / "policy").write_text(origin.policy)
    (tmp_path / "witnessed").write_bytes(origin.witnessed())
    return ("--witnessed", tmp_path / "witnessed", "--policy", tmp_path / "policy")


def contents(dsn: str) -> dict[str, list]:
    with psycopg.connect(dsn) as connection:
        names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        read = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1")
        found = {name: connection.execute(read.format(sql.Identifier(name))).fetchall() for name in names}
    found.pop("schema_migrations", None)
    return found


def is_empty(place: Place) -> bool:
    return not any(contents(place.database).values()) and not (place.home / "seals").exists()


def test_every_row_comes_back_with_what_guards_it(origin: Origin, there: Place, seen):
    before = contents(origin.place.database)
    restored = there.done("restore", origin.copy, *seen)
    assert contents(there.database) == before
    assert (restored["proved"], restored["unsealed"], restored["missing"]) == (SEALED, 0, 0)
    assert restored["rows"] == origin.says["rows"] == sum(map(len, before.values()))
    assert tables_without_trigger(there.database) == []
    with psycopg.connect(there.database) as connection:
        again = "INSERT INTO webhook_replays (webhook_id, next_sequence, until_sequence) SELECT webhook_id, 1, 2"
        number = connection.execute(f"{again} FROM webhooks RETURNING replay_id").fetchone()
    assert number == (2,)


def test_a_login_that_may_only_write_backs_up_and_one_that_owns_restores(origin, there, monkeypatch, tmp_path):
    make_roles(origin.place.database)
    with login(origin.place.database, WRITER) as dsn:
        writer = Place(monkeypatch, origin.place.home, dsn)
        backed_up = writer.done("backup", "-o", tmp_path / "copy")
    assert backed_up["rows"] == origin.says["rows"]
    assert there.done("restore", tmp_path / "copy")["proved"] == SEALED
    assert contents(there.database) == contents(origin.place.database)


def test_where_witnesses_say_that_nothing_is_missing_sealing_goes_on_by_the_same_name(origin, there, seen):
    assert there.done("restore", origin.copy, *seen)["nothing_missing"]
    sealed = there.done("seal", "now")
    assert (sealed["origin"], sealed["size"], sealed["waiting"]) == (origin.signer.name, SEALED, 0)


def test_without_a_witness_nothing_is_sealed_until_somebody_says_what_is_missing(origin, there, seen):
    restored = there.done("restore", origin.copy)
    assert (restored["nothing_missing"], restored["witnessed"]) == (False, None)
    assert "must not be sealed a second time" in there.refused("seal", "now")
    (looked,) = [one for one in there.ended(1, "check")[0] if one["check"] == "seals"]
    assert not looked["ok"]
    assert there.refused("seal", "resume", code=2)
    assert there.done("seal", "resume", *seen)["nothing_missing"]
    assert there.done("seal", "now")["origin"] == origin.signer.name
    assert "No restore waits" in there.refused("seal", "resume", *seen)


def test_what_was_lost_is_told_by_position_and_the_log_goes_on_under_another_name(origin, there, seen, tmp_path):
    checkpoint = Checkpoint(origin.signer.name, SEALED + 3, bytes(32))
    (tmp_path / "witnessed").write_bytes(origin.witnessed(signed_checkpoint(checkpoint, origin.signer)))
    answers, _ = there.ended(1, "restore", origin.copy, *seen)
    assert (answers[-1]["missing"], answers[-1]["missing_from"], answers[-1]["missing_until"]) == (3, 7, 9)
    assert "3 events are missing, from position 7 to 9" in answers[-1]["fault"]
    with open_registry(os.environ) as registry:  # what is recorded since is none of what was lost
        for number in range(4):
            registry.door.submit(
                missed_out(date(2022, 3, 1), lone_woman(f"90000000002{number}1"), number=8100 + number)
            )
    assert there.ended(1, "seal", "resume", *seen)[0][-1]["missing"] == 3
    lost = ("--after-loss", "disk lost, ticket 12")
    assert "is the former name" in there.refused("seal", "resume", *lost, "--origin", origin.signer.name)
    anew = there.done("seal", "resume", *lost, *seen, "--by", "tariq")
    assert anew["origin"] == f"{origin.signer.name}/after-{SEALED}"
    with closing(PostgresLog(there.database)) as log:
        said = codec.recorded(log.stream(origins_stream())[-1])
    assert isinstance(said.event, SealedAnew)
    assert (said.envelope.by, said.event.lost_until, said.event.reason) == ("tariq", SEALED + 3, lost[1])
    sealed = there.done("seal", "now")
    assert (sealed["origin"], sealed["waiting"]) == (anew["origin"], 0)
    note = (there.home / "seals" / "checkpoint").read_bytes()
    key = VerifierKey.read(there.done("seal", "key")["key"])
    assert Checkpoint.read(open_note(note, [key])[0]).origin == anew["origin"]
    kept = (there.home / "seals" / "checkpoint.former").read_bytes()
    assert Checkpoint.read(split_note(kept)[0]).size == SEALED


def test_a_witness_refuses_what_the_mark_keeps_from_being_sealed(origin, there, tmp_path):
    """Had the restored registry gone on by itself, here is what the world would have seen."""
    seals, policy = there.home / "seals", Trust.read(origin.policy)
    witness = Witness(WITNESS, policy, WitnessState(tmp_path / "state"))
    longer = tmp_path / "longer"
    shutil.copytree(origin.place.home / "seals", longer)
    tree = find_published(longer, origin.signer.verifier).tree.append([bytes(90)])
    first = signed_checkpoint(Checkpoint(origin.signer.name, tree.size, tree.root()), origin.signer)
    assert witness.add_checkpoint(b"old 0\n\n" + first).status == HTTPStatus.OK
    there.done("restore", origin.copy)
    remove_mark(seals)
    with open_registry(os.environ) as registry:
        registry.door.submit(missed_out(date(2022, 3, 1), lone_woman("9000000000301"), number=8301))
    there.done("seal", "now")
    note = (seals / "checkpoint").read_bytes()
    assert Checkpoint.read(split_note(note)[0]).size == tree.size
    refused = witness.add_checkpoint(b"old %d\n\n" % tree.size + note)
    assert (refused.status, "has FORKED" in refused.alarm) == (HTTPStatus.CONFLICT, True)


@pytest.mark.parametrize("moment", ["_record", "publish", "remove_mark"])
def test_going_on_under_another_name_may_be_ended_anywhere_and_done_again(origin, there, monkeypatch, moment):
    there.done("restore", origin.copy)
    does = getattr(anew, moment)

    def ended(*arguments: object) -> None:
        does(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(anew, moment, ended)
    there.ended(130, "seal", "resume", "--after-loss", "disk lost")
    monkeypatch.setattr(anew, moment, does)
    if moment != "remove_mark":
        assert "must not be sealed a second time" in there.refused("seal", "now")
        there.done("seal", "resume", "--after-loss", "disk lost")
    with closing(PostgresLog(there.database)) as log:
        assert len(log.stream(origins_stream())) == 1
    assert there.done("seal", "now")["origin"] == f"{origin.signer.name}/after-{SEALED}"


def test_a_log_that_is_not_what_was_sealed_is_not_sealed_by_any_name(origin, there, seen):
    there.done("restore", origin.copy)
    with psycopg.connect(there.database) as connection:
        connection.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
        connection.execute("UPDATE stored_events SET state = state || '\\x00' WHERE notification_id = 3")
    for told in (seen, ("--after-loss", "disk lost")):
        answers, _ = there.ended(1, "seal", "resume", *told)
        assert "the event at position 3 is not the one that was sealed" in answers[-1]["fault"]
    assert there.refused("seal", "now")


def test_another_history_of_the_same_length_is_called_a_fork(origin, there, seen, tmp_path):
    checkpoint = Checkpoint(origin.signer.name, SEALED, bytes(32))
    (tmp_path / "witnessed").write_bytes(origin.witnessed(signed_checkpoint(checkpoint, origin.signer)))
    answers, _ = there.ended(1, "restore", origin.copy, *seen)
    assert "it is a fork" in answers[-1]["fault"]
    assert there.refused("seal", "now")


def test_a_checkpoint_from_before_the_backup_says_nothing_of_what_came_after(origin, there, seen, tmp_path):
    tree = find_published(origin.place.home / "seals", origin.signer.verifier).tree
    older = Checkpoint(origin.signer.name, 3, tree.root(3))
    (tmp_path / "witnessed").write_bytes(origin.witnessed(signed_checkpoint(older, origin.signer)))
    assert there.done("restore", origin.copy, *seen)["nothing_missing"] is False
    assert there.refused("seal", "now")


def test_the_registrys_own_word_is_no_witness(origin, there, seen, tmp_path):
    (tmp_path / "policy").write_text(f"log {origin.signer.verifier}\nquorum none\n")
    (tmp_path / "witnessed").write_bytes((origin.place.home / "seals" / "checkpoint").read_bytes())
    assert "No witness of the policy signed" in there.refused("restore", origin.copy, *seen)
    assert there.refused("restore", origin.copy, *seen[:2], code=2)


def flip(place: Path, at: int = -1) -> None:
    content = bytearray(place.read_bytes())
    content[at] ^= 1
    place.write_bytes(content)


def cut(place: Path) -> None:
    place.write_bytes(place.read_bytes()[:-1])


def edit(place: Path) -> None:
    written = json.loads(place.read_bytes())
    written["position"] -= 1
    place.write_text(json.dumps(written))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda copy, _: flip(copy / "tables" / "stored_events"), "stored_events was altered: its SHA-256 is"),
        (lambda copy, _: cut(copy / "tables" / "household_keys"), "it is cut short"),
        (lambda copy, _: (copy / "tables" / "feed").unlink(), "feed is missing from the backup"),
        (lambda copy, _: flip(copy / "seals.tar", 600), "seals.tar was altered"),
        (lambda copy, _: edit(copy / MANIFEST), "was altered since it was written"),
        (lambda copy, _: cut(copy / MANIFEST) or cut(copy / MANIFEST), "is damaged"),
        (lambda copy, _: (copy / MANIFEST).write_text('{"format": "gharana-backup/2"}'), "is a backup of format"),
        (lambda copy, _: (copy / MANIFEST).unlink(), "none that was finished"),
        (lambda _, place: (place.keys / "master.key").unlink(), "There are no keys in"),
        (lambda _, place: (place.keys / "seal.key").unlink(), "There is no seal key in"),
        (lambda _, place: migrate(place.database) and fill(place.database), "This database is not empty"),
        (lambda _, place: migrate(place.database) and newer(place.database), "are newer than those of the backup"),
    ],
)
def test_what_cannot_be_restored_is_refused_in_a_sentence_and_nothing_is(origin, there, tmp_path, damage, says):
    copy = shutil.copytree(origin.copy, tmp_path / "copy")
    damage(copy, there)
    before = contents(there.database)
    assert says in there.refused("restore", copy)
    assert contents(there.database) == before
    assert not (there.home / "seals").exists()


def fill(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO event_names VALUES ('a', 1)")


def newer(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO schema_migrations (number, file, sha256) VALUES (9999, '9999_a.sql', '')")


def test_other_keys_and_other_seals_are_refused(origin, there, monkeypatch, tmp_path):
    other = Place(monkeypatch, tmp_path / "other", there.database)
    other.enter()
    with fresh_database(there.database) as elsewhere:
        other.database = elsewhere
        other.enter()
        with open_registry(os.environ):
            pass
        other.done("seal", "now")
    other.database = there.database
    assert "This backup opens with keyring" in other.refused("restore", origin.copy)
    shutil.copy(origin.place.keys / "master.key", other.keys / "master.key")
    assert "signed with another key" in other.refused("restore", origin.copy)
    shutil.copy(origin.place.keys / "seal.key", other.keys / "seal.key")
    assert "Seals lie under" in other.refused("restore", origin.copy)
    assert not any(contents(there.database).values())


def test_a_restore_that_fails_in_its_midst_leaves_nothing(origin, there, monkeypatch, tmp_path):
    copy = shutil.copytree(origin.copy, tmp_path / "copy")
    flip(copy / "tables" / "webhooks", 2)
    monkeypatch.setattr("adapters.cli.backup.check_files", lambda *_: None)
    assert "The server does not take the backup" in there.refused("restore", copy)
    assert is_empty(there)
    monkeypatch.setattr(restoring, "flush_folder", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    assert "full" in there.refused("restore", origin.copy, code=3)
    assert is_empty(there)


def test_a_backup_that_the_disk_does_not_take_leaves_nothing(origin, monkeypatch, tmp_path):
    assert "is there already" in origin.place.refused("backup", "-o", origin.copy)

    def full(self: Measured, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(making.Measured, "write", full)
    assert "No space left on device" in origin.place.refused("backup", "-o", tmp_path / "copy", code=3)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "copy.unfinished").mkdir()
    assert "another backup is being written" in origin.place.refused("backup", "-o", tmp_path / "copy")


def test_what_is_written_while_tables_are_copied_is_in_none_of_them(origin, monkeypatch, tmp_path):
    copy_out = making._copy_out

    def somebody_writes(dsn: str, *arguments: object) -> object:
        with psycopg.connect(dsn) as connection:
            connection.execute("INSERT INTO event_names VALUES ('written.meanwhile.v1', 1) ON CONFLICT DO NOTHING")
        return copy_out(dsn, *arguments)

    monkeypatch.setattr(making, "_copy_out", somebody_writes)
    try:
        assert origin.place.done("backup", "-o", tmp_path / "copy")["rows"] == origin.says["rows"]
    finally:
        with psycopg.connect(origin.place.database) as connection:
            connection.execute("DELETE FROM event_names WHERE name = 'written.meanwhile.v1'")


def test_nobody_but_its_owner_reads_a_backup(origin):
    assert origin.copy.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in origin.copy.rglob("*") if file.is_file()} == {0o600}


def test_who_was_erased_after_the_backup_is_erased_again_by_the_list(postgres_dsn, monkeypatch, tmp_path, database):
    here = Place(monkeypatch, tmp_path / "here", database)
    here.enter()
    with open_registry(os.environ) as registry:
        household = registry.door.submit(missed_out(number=8201)).household
        member = next(one for one in registry.reader.household(household).roster.values() if one.line == 2)
        amina, sealed = member.member_id, member.identity
    here.done("backup", "-o", tmp_path / "copy")
    who = ("--household", household, "--member", amina)
    here.done("keys", "propose", *who, "--authority", "court 7/2026", "--by", "sania")
    here.done("keys", "approve", *who, "--by", "tariq")
    here.done("erasure", "export", "-o", tmp_path / "list")
    with fresh_database(postgres_dsn) as other:
        there = Place(monkeypatch, tmp_path / "there", other)
        shutil.copytree(here.keys, there.keys)
        there.done("restore", tmp_path / "copy")
        assert readable(household, amina, sealed)
        assert there.done("erasure", "repeat", tmp_path / "list", "--by", "tariq")["again"] == 1
        assert not readable(household, amina, sealed)


def readable(household: UUID, member: UUID, sealed: bytes) -> bool:
    """Whether anybody could still open who she is."""
    with open_registry(os.environ) as registry:
        try:
            return people.open_identity(registry.keyring, registry.door.key_row(household), member, sealed).name != ""
        except people.Erased:
            return False


def test_the_seal_key_goes_with_the_backup_of_keys(origin, there, tmp_path):
    passphrase = tmp_path / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text(os.urandom(16).hex())
    origin.place.done("keys", "backup", "-o", tmp_path / "keys", "--passphrase-file", passphrase)
    shutil.rmtree(there.keys)
    there.done("keys", "restore", tmp_path / "keys", "--passphrase-file", passphrase)
    assert (there.keys / "seal.key").read_bytes() == (origin.place.keys / "seal.key").read_bytes()
    assert (there.keys / "seal.key").stat().st_mode & 0o777 == 0o600
    assert there.done("restore", origin.copy)["proved"] == SEALED
