"""Where the seals of a registry lie, by whose name and key they are signed, and whom they are shown to."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.embedded.private_file import write_privately
from adapters.faults import Refused, WorldFailed
from adapters.home import registry_home
from adapters.keys.keyring import Keyring
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import KEY_BYTES, PLAIN, Signer, VerifierKey, from_base64, to_base64

KEY_FORMAT = "gharana-seal-key/1"
ORIGIN_LETTERS_MAX = 100


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    origin: str
    private: str

    def __repr__(self) -> str:
        return f"_KeyFile(origin={self.origin!r})"


def seals_folder(environ: Mapping[str, str]) -> Path:
    """Where the tree lies: the folder that GHARANA_SEALS names, else seals/ under the home. Anybody may see it."""
    named = environ.get("GHARANA_SEALS")
    return Path(named).expanduser().absolute() if named else registry_home(environ) / "seals"


def seal_key_file(environ: Mapping[str, str]) -> Path:
    """Where the key lies that seals are signed with: GHARANA_SEAL_KEY, else keys/seal.key under the home.

    It is not in the key file of the registry: whoever seals need not be able to open anybody's names.
    """
    named = environ.get("GHARANA_SEAL_KEY")
    return Path(named).expanduser().absolute() if named else registry_home(environ) / "keys" / "seal.key"


def trust_file(environ: Mapping[str, str]) -> Path | None:
    """The trust policy that names the witnesses to be shown each seal: GHARANA_TRUST, else trust beside the seals."""
    named = environ.get("GHARANA_TRUST")
    if named:
        return Path(named).expanduser().absolute()
    beside = seals_folder(environ) / "trust"
    return beside if beside.is_file() else None


def open_or_make_signer(environ: Mapping[str, str], keyring: Keyring) -> Signer:
    """Open the seal key, or make it at first start, under GHARANA_SEAL_ORIGIN or a name made of the keyring's.

    The name in the file lasts: a tree that changed its name would be another tree to everybody who knows it.
    """
    place = seal_key_file(environ)
    if not place.exists():
        name = environ.get("GHARANA_SEAL_ORIGIN") or f"gharana/{keyring.fingerprint()}"
        _check_origin(name)
        private = Ed25519PrivateKey.generate().private_bytes_raw()
        _write_new(place, _KeyFile(KEY_FORMAT, name, to_base64(private)))
    return open_signer(place)


def open_signer(place: Path) -> Signer:
    """Open a seal key that exists. Raises Refused where it is readable by others, damaged, or not one."""
    try:
        if place.stat().st_mode & 0o077:
            raise Refused(f"The seal key {place} can be read by others than its owner. Run: chmod 600 {place}")
        content = place.read_bytes()
    except OSError as failure:
        raise WorldFailed(f"The seal key {place} cannot be read ({failure.strerror}).") from failure
    try:
        stored = msgspec.json.decode(content, type=_KeyFile)
        private = from_base64(stored.private, KEY_BYTES)
    except (msgspec.MsgspecError, NotProved) as failure:
        raise Refused(f"The seal key {place} is damaged. Restore it from its copy.") from failure
    if stored.format != KEY_FORMAT:
        raise Refused(f"The seal key {place} is not of format {KEY_FORMAT}.")
    _check_origin(stored.origin)
    return Signer(stored.origin, Ed25519PrivateKey.from_private_bytes(private))


def _check_origin(name: str) -> None:
    """An origin is the first line of each checkpoint and the name of its key, and must read as one in both."""
    try:
        VerifierKey.read(str(VerifierKey(name, PLAIN, bytes(KEY_BYTES))))
    except NotProved:
        name = ""
    if not 0 < len(name) <= ORIGIN_LETTERS_MAX or not name.isprintable():
        raise Refused(
            f"An origin of seals has no spaces and no plus signs, and at most {ORIGIN_LETTERS_MAX} letters:"
            " set GHARANA_SEAL_ORIGIN to such as registry.example.org/seals."
        )


def _write_new(place: Path, key: _KeyFile) -> None:
    """Of two first starts at once, one key stands: it is linked into its place."""
    part = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_privately(part, msgspec.structs.asdict(key))
        os.link(part, place)
    except FileExistsError:
        pass
    except OSError as failure:
        raise WorldFailed(f"The seal key {place} cannot be made ({failure.strerror}).") from failure
    finally:
        part.unlink(missing_ok=True)
