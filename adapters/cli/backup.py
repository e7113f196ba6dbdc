"""`gharana backup` and `restore`: everything but the keys into a folder, and back, with the proof that it is all."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from adapters.backup.making import make_backup, size_of
from adapters.backup.manifest import Manifest, check_manifest, read_manifest
from adapters.backup.proving import Compared, Tell, compare_witnessed, prove_events
from adapters.backup.restoring import check_files, check_signed, refuse_unfit, restore_backup
from adapters.backup.witnessed import Witnessed, read_witnessed
from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.database import database
from adapters.faults import Refused
from adapters.home import registry_home
from adapters.keys.choosing import keyring_place
from adapters.keys.keyring import Keyring
from adapters.log import EventLog
from adapters.postgres.log import PostgresLog
from adapters.registry.opening import open_registry
from adapters.seals.key_file import open_signer
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import Signer, VerifierKey
from adapters.seals.published import Published
from adapters.seals.restored import remove_mark
from adapters.seals.sealing import seal_all
from adapters.seals.settings import open_or_make_signer, seal_key_file, seals_folder
from adapters.seals.trust import read_trust

WitnessedOption = Annotated[
    str | None,
    typer.Option(
        "--witnessed",
        metavar="FILE_OR_URL",
        help="The newest checkpoint that witnesses signed, from outside the backup.",
    ),
]
PolicyOption = Annotated[
    Path | None, typer.Option("--policy", metavar="TRUST", help="The trust policy that names the witnesses.")
]


@verb
def backup(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to; it is made, and must be new.")],
    json: Json = False,
) -> None:
    """Write all tables and seals of one moment into a folder, while everybody works on; the keys do not go with it.

    `keys backup` copies those, to be kept somewhere else.
    """
    output, began = Output(json=json), time.monotonic()
    folder = out.absolute()
    with open_registry(os.environ, make=False) as registry:
        signer = open_or_make_signer(os.environ, registry.keyring)
        published = seal_all(registry.dsn, registry.log, seals_folder(os.environ), signer)
        assert published is not None, "a registry that is open has opened its day"
        with output.progress("Copying, bytes", size_of(registry.dsn)) as more:
            manifest = make_backup(registry.dsn, registry.keyring, published, folder, registry.clock(), more)
    output.answer(
        {
            "folder": str(folder),
            "position": manifest.position,
            "sealed": manifest.seals.size,
            "rows": manifest.rows,
            "bytes": manifest.length,
            "keyring": manifest.keyring,
            "seconds": round(time.monotonic() - began, 3),
        },
        f"{manifest.position:,} events and {manifest.rows - manifest.position:,} other rows are in {folder}"
        f" ({manifest.length:,} bytes), {manifest.seals.size:,} of the events sealed.",
        f"The keys are not: it opens with keyring {manifest.keyring} and its seal key only. Copy those with"
        " `keys backup`, to another place.",
    )


@verb
def restore(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `backup` wrote.")],
    *,
    witnessed: WitnessedOption = None,
    policy: PolicyOption = None,
    json: Json = False,
) -> None:
    """Restore a backup into an empty database, and prove that nothing is missing.

    Without `--witnessed` the backup is compared with its own seal alone. Ends with 1 where something is missing.
    """
    output, began = Output(json=json), time.monotonic()
    folder = folder.absolute()
    manifest = read_manifest(folder)
    keyring = _fitting_keyring(manifest, folder)
    signer = _fitting_signer(manifest)
    seen = read_seen(witnessed, policy, signer.name)
    with output.progress("Checking, bytes", manifest.length) as more:
        check_files(manifest, folder, more)
    seals = seals_folder(os.environ)
    with database(os.environ) as dsn:
        refuse_unfit(manifest, dsn, seals)
        with output.progress("Restoring, bytes", manifest.length) as more:
            published = restore_backup(manifest, folder, dsn, seals, signer, more)
        output.say(
            f"{manifest.position:,} events and {manifest.rows - manifest.position:,} other rows are restored, as they"
            f" were at {manifest.made_at:%Y-%m-%d %H:%M} UTC."
        )
        with closing(PostgresLog(dsn)) as log, output.progress("Proving, events", published.tree.size) as more:
            proof = prove(log, published, signer.verifier, seen, manifest.position, more)
    if proof.is_whole:
        remove_mark(seals)
    output.answer(
        {
            "position": manifest.position,
            "rows": manifest.rows,
            "bytes": manifest.length,
            "keyring": keyring.fingerprint(),
            **proof.value,
            "seconds": round(time.monotonic() - began, 3),
        },
        *proof.words,
        "Before anybody works, erase again whom this backup brought back: bin/gharana erasure repeat LIST --by NAME",
        "(LIST is the newest that `erasure export` or `keys restore` wrote). Then bin/gharana check.",
    )
    if proof.fault:
        raise typer.Exit(EXIT_REFUSED)


class Proof(NamedTuple):
    """What the proof came to."""

    proved: int
    """Events that are those of the tree."""
    unsealed: int
    seen: Witnessed | None
    compared: Compared | None
    sealed: int
    fault: str

    @property
    def is_whole(self) -> bool:
        """Whether witnesses say that nothing is missing: with a checkpoint from before the backup they cannot."""
        return not self.fault and self.seen is not None and self.seen.checkpoint.size >= self.sealed

    @property
    def is_true(self) -> bool:
        """Whether the log is what was sealed and seen, as far as it goes."""
        return not self.fault or (self.compared is not None and self.compared.missing > 0)

    @property
    def value(self) -> dict[str, Any]:
        """For programs."""
        return {
            "proved": self.proved,
            "unsealed": self.unsealed,
            "witnessed": self.seen.checkpoint.size if self.seen else None,
            "missing": self.compared.missing if self.compared else None,
            "missing_from": self.compared.position + 1 if self.compared and self.compared.missing else None,
            "missing_until": self.compared.size if self.compared and self.compared.missing else None,
            "nothing_missing": self.is_whole,
            "fault": self.fault or None,
        }

    @property
    def words(self) -> Iterator[str]:
        """For people."""
        if self.proved:
            yield (
                f"Each of {self.proved:,} events is the one that was sealed, in its place and behind the one before it;"
                f" {self.unsealed:,} were not sealed yet."
            )
        if self.fault:
            yield f"{'MISSING' if self.is_true else 'NOT PROVED'}: {self.fault}"
        elif self.seen is None:
            yield (
                "Only the backup's own seal was compared: whether anything was recorded after it nobody has said yet."
                " Nothing is sealed until `seal resume` says so."
            )
        elif self.is_whole:
            yield (
                f"Nothing is missing of the {self.seen.checkpoint.size:,} events that witnesses signed for, the last"
                f" time at {_instant(self.seen.time)}."
            )
        else:
            yield (
                f"The witnessed checkpoint ({self.seen.checkpoint.size:,} events, {_instant(self.seen.time)}) is older"
                f" than this backup ({self.sealed:,} sealed) and cannot say what came after it. Take the newest one,"
                " with `seal resume`; nothing is sealed until then."
            )


def prove(
    log: EventLog, published: Published, key: VerifierKey, seen: Witnessed | None, position: int, more: Tell
) -> Proof:
    """Compare the log with its seals and, up to the position that was restored, with what witnesses signed."""
    proved, unsealed, compared, fault = 0, 0, None, ""
    try:
        unsealed = prove_events(log, published, key, more)
        proved = published.tree.size
        if seen is not None:
            compared = compare_witnessed(log, published.tree, seen.checkpoint, position)
            if compared.missing:
                fault = _missing_words(compared, seen)
    except NotProved as wrong:
        fault = f"{wrong}. Nothing is sealed until `seal resume` is told; keep this database and run `audit`."
    return Proof(proved, unsealed, seen, compared, published.tree.size, fault)


def read_seen(witnessed: str | None, policy: Path | None, origin: str) -> Witnessed | None:
    """What witnesses signed, where a file or an address of it is named."""
    if (witnessed is None) != (policy is None):
        raise typer.BadParameter("--witnessed and --policy belong together: the policy names whom to believe.")
    return None if witnessed is None or policy is None else read_witnessed(witnessed, read_trust(policy), origin)


def _missing_words(compared: Compared, seen: Witnessed) -> str:
    return (
        f"{compared.missing:,} events are missing, from position {compared.position + 1:,} to {compared.size:,}:"
        f" witnesses signed for {compared.size:,} at {_instant(seen.time)}. Restore a newer backup if there is one. If"
        " there is none, have every submission since this one sent again, and say so with"
        " `seal resume --after-loss REASON`."
    )


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _fitting_keyring(manifest: Manifest, folder: Path) -> Keyring:
    place = keyring_place(registry_home(os.environ), os.environ)
    if not place.exists():
        raise Refused(
            f"There are no keys in {place.name}, and without keyring {manifest.keyring} nobody's names open. Bring them"
            " back first, with `keys restore FILE`, or name their place by GHARANA_KEY_FILE. Nothing was restored."
        )
    keyring = place.open()
    if keyring.fingerprint() != manifest.keyring:
        raise Refused(
            f"This backup opens with keyring {manifest.keyring}, and in {place.name} is {keyring.fingerprint()}: set"
            " GHARANA_KEY_FILE or GHARANA_KEYRING to the right one. Nothing was restored."
        )
    check_manifest(manifest, keyring, folder)
    return keyring


def _fitting_signer(manifest: Manifest) -> Signer:
    place = seal_key_file(os.environ)
    if not place.exists():
        raise Refused(
            f"There is no seal key in {place}, and another one would begin another tree. Bring it back first, with"
            " `keys restore FILE`, or name its place by GHARANA_SEAL_KEY. Nothing was restored."
        )
    signer = open_signer(place)
    check_signed(manifest, signer, place)
    return signer
