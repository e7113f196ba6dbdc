"""`gharana keys backup` and `keys restore`: what opens the registry, apart from its data and under a passphrase."""

import os
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.faults import Refused
from adapters.home import registry_home
from adapters.keys.backup import KeysBackup, decrypt_backup, encrypt_backup
from adapters.keys.choosing import keyring_place
from adapters.keys.private_file import read_private, write_new
from adapters.registry.erasure_list import export_erasures
from adapters.registry.opening import open_registry
from adapters.seals.settings import seal_key_file

ERASURES_FILE = "erasures.json"
LIST_BYTES_MAX = 256_000_000
"""A list of more than a million erasures."""

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="Where the passphrase stands; else it is asked for."),
]


@verb
def backup(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where to; not beside the data.")],
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Copy what opens this registry, its seal key and list of erasures into one file, encrypted under a passphrase."""
    output = Output(json=json)
    home = registry_home(os.environ)
    if out.absolute().resolve().is_relative_to(home.resolve()):
        raise Refused(f"{out} lies in {home}, beside the data that the keys open: name a place on another disk.")
    passphrase = _passphrase(passphrase_file, confirm=True)
    with open_registry(os.environ, make=False) as registry:
        exported = keyring_place(home, os.environ).export()
        content = KeysBackup(exported, export_erasures(registry), _seal_key())
        fingerprint = registry.keyring.fingerprint()
        written = encrypt_backup(content, passphrase, fingerprint, registry.clock())
    if not write_new(out.absolute(), written, "The backup of keys"):
        raise Refused(f"{out} is there already: name another file, so that no backup is lost.")
    output.answer(
        {"file": str(out), "keyring": fingerprint},
        f"Keyring {fingerprint} is in {out}. Without the passphrase nobody opens it: keep that elsewhere.",
    )


@verb
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `keys backup` wrote.")],
    *,
    passphrase_file: PassphraseFile = None,
    json: Json = False,
) -> None:
    """Put back what opens a registry, where it was lost; the list of erasures is laid beside it."""
    output = Output(json=json)
    home = registry_home(os.environ)
    stored = read_private(file, "The backup of keys", "Name the file that `keys backup` wrote.", LIST_BYTES_MAX)
    content, fingerprint = decrypt_backup(stored, _passphrase(passphrase_file, confirm=False))
    place = keyring_place(home, os.environ)
    erasures = Path(place.name).with_name(ERASURES_FILE)
    if erasures.exists() and erasures.read_bytes() != content.erasures:
        raise Refused(
            f"Another list of erasures lies in {erasures}: move it away, and repeat the erasures of both lists. Nothing"
            " was put back."
        )
    place.take_back(content.keyring)
    write_new(erasures, content.erasures, "The list of erasures")
    if content.seal_key and not write_new(seal_key_file(os.environ), content.seal_key, "The seal key"):
        output.warn(f"The seal key that stands in {seal_key_file(os.environ)} was left as it is.")
    output.answer(
        {"keyring": fingerprint, "place": place.name, "erasures": str(erasures)},
        f"Keyring {fingerprint} is back in {place.name}. If the data is from a backup too, repeat the erasures before"
        f" anybody works: bin/gharana erasure repeat {erasures}",
    )


def _seal_key() -> bytes:
    place = seal_key_file(os.environ)
    return read_private(place, "The seal key", "Name its place by GHARANA_SEAL_KEY.") if place.exists() else b""


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    """The passphrase: never an argument, since others could read that."""
    if file is None:
        asked: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
        return asked
    return read_private(file, "The passphrase file", "Write the passphrase into it.").decode(errors="replace").strip()
