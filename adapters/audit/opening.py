"""Opening a registry only to look at it: nothing is made, migrated or recorded, as every other opening would.

An event recorded by the audit itself could take the place of one that was deleted at the end of the log.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from adapters.audit.auditing import Seals
from adapters.codec import refuse_newer
from adapters.database import database
from adapters.faults import Refused, WorldFailed
from adapters.followers.feeder import Sender, sender_of
from adapters.home import registry_home
from adapters.keys.choosing import keyring_place
from adapters.postgres.datastore import one_line
from adapters.postgres.migrate import MIGRATIONS, migrations_in
from adapters.seals.fsck import Seen
from adapters.seals.key_file import open_signer
from adapters.seals.notes import NOTE_BYTES_MAX, VerifierKey
from adapters.seals.settings import seal_key_file, seals_folder, trust_file
from adapters.seals.trust import Trust, read_trust


class Opened(NamedTuple):
    """What an audit works on: the database, the seals if a key for them is known, and who tells partners."""

    dsn: str
    seals: Seals | None
    sender: Sender | None


@contextmanager
def open_for_audit(
    environ: Mapping[str, str], key: str | None = None, policy: Path | None = None, against: Sequence[Path] = ()
) -> Iterator[Opened]:
    """Open the registry that the environment names. Raises Refused where there is none, or it is of another version.

    The key of the seals is the one given, else that of the seal key file, which a policy that is given must know, else
    the one log of the policy. The registry's own keys need not be there.
    """
    keyring = keyring_place(registry_home(environ), environ)
    if not keyring.exists() and not environ.get("GHARANA_DATABASE_URL"):
        raise Refused(
            f"No registry stands in {registry_home(environ)}: set GHARANA_HOME to the one that is meant, or"
            " GHARANA_DATABASE_URL to its database."
        )
    place = policy or trust_file(environ)
    trust = None if place is None else read_trust(place)
    verifier = _verifier(environ, key, trust, is_told=policy is not None)
    wants_witnesses = policy is not None and trust is not None and trust.quorum is not None
    seen = Seen(tuple(map(_read_note, against)), trust, wants_witnesses)
    seals = None if verifier is None else Seals(seals_folder(environ), verifier, seen)
    with database(environ) as dsn:
        _check_version(dsn)
        yield Opened(dsn, seals, sender_of(keyring.open()) if keyring.exists() else None)


def _verifier(environ: Mapping[str, str], key: str | None, trust: Trust | None, *, is_told: bool) -> VerifierKey | None:
    """A policy that the auditor brought stands above the registry's own word."""
    if key is not None:
        return VerifierKey.read(key.removeprefix("log "))
    logs = [] if trust is None else [log.key for log in trust.logs]
    place = seal_key_file(environ)
    own = open_signer(place).verifier if place.exists() else None
    if is_told and own is not None and own not in logs:
        raise Refused(
            f"The trust policy does not know the key that seals this registry as {own.name}: it knows"
            f" {', '.join(log.name for log in logs) or 'no log'}. Compare it with what `seal key` prints."
        )
    return own or (logs[0] if len(logs) == 1 else None)


def _read_note(place: Path) -> bytes:
    try:
        with place.open("rb") as file:
            return file.read(NOTE_BYTES_MAX + 1)
    except OSError as failure:
        raise WorldFailed(f"The checkpoint {place} cannot be read ({failure.strerror}): check the name.") from failure


def _check_version(dsn: str) -> None:
    """The tables must be those that this program knows, and the events as well."""
    newest = migrations_in(MIGRATIONS)[-1].number
    try:
        with psycopg.connect(dsn) as connection:
            row = connection.execute("SELECT max(number) FROM schema_migrations").fetchone()
            known: dict[str, int] = dict(connection.execute("SELECT name, fields FROM event_names").fetchall())
    except psycopg.errors.UndefinedTable:
        raise Refused("The database holds no registry: name the one that is meant (GHARANA_DATABASE_URL).") from None
    except psycopg.OperationalError as failure:
        raise WorldFailed(f"Postgres did not answer ({one_line(failure)}): try again when it is back.") from failure
    if row is None or row[0] != newest:
        raise Refused(
            f"The database has tables of version {row[0] if row else 0}, and this program looks at version {newest}:"
            " audit with the program that runs the registry."
        )
    refuse_newer(known)
