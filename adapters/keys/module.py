"""A token of a PKCS#11 module: opened once a process, and its master keys used as ciphers that never leave it.

A session does not survive a fork: a child begins anew, whichever of its parent's keyrings it uses. A login counts for
a whole process, so a PIN is checked when the first session of a process is opened.
"""

import os
import threading
from typing import Any

import pkcs11
from cryptography.exceptions import InvalidTag
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11 import exceptions as faults

from adapters.faults import Refused, WorldFailed
from adapters.keys.keyring import MASTER_VERSION_MAX
from adapters.keys.module_settings import ModuleSettings
from adapters.keys.sealing import KEY_BYTES, TAG_BYTES

_initialised_in: dict[str, int] = {}
"""In which process each library was begun: that is a state of the process and not of a keyring."""
_opening = threading.Lock()

_KEY_BITS = KEY_BYTES * 8
_NOT_AUTHENTIC = (
    faults.EncryptedDataInvalid,
    faults.EncryptedDataLenRange,
    faults.DataInvalid,
    faults.GeneralError,  # what SoftHSM 2.6.1 says of a wrong tag
)
_NEVER_LEAVES = {
    Attribute.TOKEN: True,
    Attribute.PRIVATE: True,
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.ENCRYPT: True,
    Attribute.DECRYPT: True,
    Attribute.WRAP: False,
    Attribute.UNWRAP: False,
}


class Token:
    """A token that is logged in to. Raises Refused for what an operator can mend, WorldFailed for the rest."""

    def __init__(self, settings: ModuleSettings, pin: str) -> None:
        self._settings = settings
        self._pin = pin
        self._session: Any = None
        self._keys: dict[int, Any] = {}
        self._opened_in = 0

    def versions(self) -> tuple[int, ...]:
        """The versions of the master keys in it, the newest last."""
        self._look()
        return tuple(sorted(self._keys))

    def make_key(self, version: int) -> None:
        """Make a master key inside the module, from where it can never be read."""
        if version > MASTER_VERSION_MAX:
            raise Refused(f"{self._where} has had {MASTER_VERSION_MAX} master keys, the most it can. Take a new label.")
        try:
            self._opened(rw=True).generate_key(
                KeyType.AES,
                _KEY_BITS,
                id=bytes([version]),
                label=self._settings.key,
                store=True,
                template=_NEVER_LEAVES,
            )
        except faults.PKCS11Error as fault:
            raise self._failed("make a master key", fault) from fault

    def destroy_key(self, version: int) -> None:
        """Destroy a master key for good."""
        try:
            for key in self._found(rw=True):
                if key.id == bytes([version]):
                    key.destroy()
        except faults.PKCS11Error as fault:
            raise self._failed("destroy a master key", fault) from fault
        self._keys.pop(version, None)

    def encrypt(self, version: int, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """Encrypt inside the module; the tag stands at the end."""
        try:
            encrypted: bytes = self._key(version).encrypt(
                data, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, associated, TAG_BYTES * 8)
            )
        except faults.PKCS11Error as fault:
            raise self._failed("wrap a key", fault) from fault
        return encrypted

    def decrypt(self, version: int, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """Decrypt inside the module; raises InvalidTag where anything was altered."""
        if len(data) < TAG_BYTES:
            raise InvalidTag
        try:
            opened: bytes = self._key(version).decrypt(
                data, mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(nonce, associated, TAG_BYTES * 8)
            )
        except _NOT_AUTHENTIC as fault:
            raise InvalidTag from fault
        except faults.PKCS11Error as fault:
            raise self._failed("open a wrapped key", fault) from fault
        return opened

    def _key(self, version: int) -> Any:
        if self._opened_in != os.getpid():
            self._look()
        return self._keys[version]

    def _look(self) -> None:
        try:
            found = self._found(rw=False)
            readable = [key for key in found if key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]]
        except faults.PKCS11Error as fault:
            raise self._failed("look for its master keys", fault) from fault
        if readable:
            raise Refused(
                f"A master key in {self._where} can be read out of the module: it must be sensitive and not"
                " extractable. Take another label, and let the first start make the key."
            )
        self._keys = {key.id[0]: key for key in found if len(key.id) == 1}

    def _found(self, *, rw: bool) -> list[Any]:
        wanted = {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.AES,
            Attribute.LABEL: self._settings.key,
        }
        return list(self._opened(rw=rw).get_objects(wanted))

    def _opened(self, *, rw: bool) -> Any:
        """The session of this process; one that may write is opened when a key is made or destroyed."""
        with _opening:
            if self._session is None or self._opened_in != os.getpid() or (rw and not self._session.rw):
                self._session = self._open(rw=rw)
                self._opened_in = os.getpid()
        return self._session

    def _open(self, *, rw: bool) -> Any:
        module, settings = str(self._settings.module), self._settings
        try:
            library: Any = pkcs11.lib(module)
            if _initialised_in.setdefault(module, os.getpid()) != os.getpid():
                library.reinitialize()
                _initialised_in[module] = os.getpid()
            token = library.get_token(token_label=settings.token)
            try:
                return token.open(rw=rw, user_pin=self._pin)
            except faults.UserAlreadyLoggedIn:
                return token.open(rw=rw)
        except faults.NoSuchToken as fault:
            raise Refused(
                f"Module {module} holds no token labelled {settings.token!r}: name the right one, or plug it in."
            ) from fault
        except (faults.PinIncorrect, faults.PinInvalid, faults.PinLenRange) as fault:
            raise Refused(
                f"The PIN for token {settings.token} is wrong. Correct it before you try again: a module locks itself"
                " after some wrong ones."
            ) from fault
        except faults.PinLocked as fault:
            raise Refused(f"Token {settings.token} is locked: its security officer must set a new PIN.") from fault
        except faults.PKCS11Error as fault:
            raise self._failed("open its token", fault) from fault

    @property
    def _where(self) -> str:
        return f"token {self._settings.token} (label {self._settings.key})"

    def _failed(self, doing: str, fault: faults.PKCS11Error) -> WorldFailed:
        said = str(fault) or type(fault).__name__
        return WorldFailed(f"Module {self._settings.module} could not {doing}: {said}. See that it is there and works.")


class ModuleCipher:
    """One master key of a token, as a cipher."""

    def __init__(self, token: Token, version: int) -> None:
        self._token = token
        self._version = version

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Encrypt inside the module."""
        return self._token.encrypt(self._version, nonce, data, associated_data)

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Decrypt inside the module; raises InvalidTag."""
        return self._token.decrypt(self._version, nonce, data, associated_data)
