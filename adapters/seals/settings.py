"""Where the seals of a registry lie, by whose name and key they are signed, and whom they are shown to."""

from collections.abc import Mapping
from pathlib import Path

from adapters.home import registry_home
from adapters.keys.keyring import Keyring
from adapters.seals.key_file import SEAL_KEY, make_signer, open_signer
from adapters.seals.notes import Signer


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
        make_signer(place, SEAL_KEY, environ.get("GHARANA_SEAL_ORIGIN") or f"gharana/{keyring.fingerprint()}")
    return open_signer(place)
