"""A copy of what opens a registry, encrypted under a passphrase, with the list of erasures: kept apart from the data.

The file is two lines of JSON and then the ciphertext in base64. The first line says how the key follows from the
passphrase (scrypt) and is bound to the content as associated data. The erasures go along because a backup of data from
before an erasure does not know of it.
"""

import base64
import os
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from adapters.faults import Refused
from adapters.keys.sealing import KEY_BYTES, NONCE_BYTES

FORMAT: Literal["gharana-keys-backup/1"] = "gharana-keys-backup/1"
PASSPHRASE_CHARACTERS_MIN = 15
"""NIST SP 800-63B-4, section 3.1.1.2, of a password that stands alone."""
SCRYPT_N: int = 2**17
"""With r = 8 and p = 1, 128 MB and half a second a guess: no less, says OWASP's Password Storage Cheat Sheet."""
_SCRYPT_N_MAX = 2**20
"""1 GB: a file that asks for more is not ours, and would take the machine's memory."""
_SALT_BYTES = 16


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["gharana-keys-backup/1"]
    made_at: datetime
    fingerprint: str
    n: Annotated[int, msgspec.Meta(ge=2, le=_SCRYPT_N_MAX)]
    r: Literal[8]
    p: Literal[1]
    salt: bytes
    nonce: bytes


class KeysBackup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a keyring's place exported, the list of erasures of `erasure export`, and the file of the seal key.

    Of a registry that never sealed anything there is no seal key.
    """

    keyring: bytes
    erasures: bytes
    seal_key: bytes = b""

    def __repr__(self) -> str:
        return "KeysBackup(…)"


def encrypt_backup(content: KeysBackup, passphrase: str, fingerprint: str, made_at: datetime) -> bytes:
    """Encrypt. Raises Refused for a passphrase that could be guessed."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise Refused(
            f"The passphrase has {len(passphrase)} characters: whoever guesses it reads everybody, so take at least"
            f" {PASSPHRASE_CHARACTERS_MIN}."
        )
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(NONCE_BYTES)
    header = _Header(FORMAT, made_at, fingerprint, SCRYPT_N, 8, 1, salt, nonce)
    first = msgspec.json.encode(header)
    sealed = AESGCM(_key(header, passphrase)).encrypt(nonce, msgspec.json.encode(content), first)
    return first + b"\n" + base64.b64encode(sealed) + b"\n"


def decrypt_backup(stored: bytes, passphrase: str) -> tuple[KeysBackup, str]:
    """Decrypt; gives the content and the fingerprint of its keyring. Raises Refused."""
    first, _, rest = stored.partition(b"\n")
    try:
        header = msgspec.json.decode(first, type=_Header)
        sealed = base64.b64decode(rest.strip(), validate=True)
        content = AESGCM(_key(header, passphrase)).decrypt(header.nonce, sealed, first)
    except InvalidTag:
        raise Refused("The backup of keys does not open: the passphrase is wrong, or the file was altered.") from None
    except (msgspec.MsgspecError, ValueError):
        raise Refused("This is no backup of keys, or it is cut short: name a file that `keys backup` wrote.") from None
    return msgspec.json.decode(content, type=KeysBackup), header.fingerprint


def _key(header: _Header, passphrase: str) -> bytes:
    return Scrypt(header.salt, KEY_BYTES, header.n, header.r, header.p).derive(passphrase.encode())
