"""The keyring in a hardware module: the master keys never leave it; token key and registry secret lie wrapped beside.

They lie in a small file of JSON, each wrapped under a master key of the module, and are unwrapped once, at start. That
file without the module opens nothing, and the module without that file opens names and no tokens: keep a copy of both.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from adapters.faults import Refused
from adapters.keys.module import ModuleCipher, Token
from adapters.keys.module_settings import ModuleSettings, find_pin
from adapters.keys.private_file import alone, read_private, replace_file, write_new
from adapters.keys.sealing import KEY_BYTES, SealBroken
from adapters.keys.tokens import TokenKey
from adapters.keys.wrapping import Cipher, WrappingKeyring

FORMAT = "gharana-wrapped-secrets/1"
WHAT = "The file of wrapped secrets"
_TOKEN_KEY, _REGISTRY_SECRET = b"token key", b"registry secret"


class _Wrapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    wrapped: bytes


class _WrappedSecrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: str
    made_at: datetime
    tokens: _Wrapped
    registry: _Wrapped


class ModulePlace:
    """The place of a keyring whose master keys lie in a module."""

    def __init__(self, settings: ModuleSettings, secrets: Path, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._secrets = secrets
        self._environment = environment
        self._opened: Token | None = None

    @property
    def name(self) -> str:
        """The path of the file of wrapped secrets."""
        return str(self._secrets)

    def exists(self) -> bool:
        """Whether there is a file of wrapped secrets."""
        return self._secrets.exists()

    def open(self) -> WrappingKeyring:
        """Open it. Raises Refused or WorldFailed."""
        return self._keyring(self._read())

    def open_or_make(self, made_at: datetime) -> WrappingKeyring:
        """Open it, or make master key 1 in the module and draw the two secrets."""
        if not self.exists():
            with alone(self._secrets, WHAT):
                if not self.exists():
                    self._make(made_at)
        return self.open()

    def rotate(self, made_at: datetime) -> WrappingKeyring:  # noqa: ARG002 - the log says when
        """Make a new master key in the module."""
        with alone(self._secrets, WHAT):
            self._read()
            self._token().make_key(max(self._versions()) + 1)
        return self.open()

    def retire(self, older_than: int) -> WrappingKeyring:
        """Destroy all master keys in the module older than one; the two secrets are wrapped anew before that."""
        with alone(self._secrets, WHAT):
            secrets = self._read()
            self._write(secrets.made_at, self._keyring(secrets))
            for version in self._versions():
                if version < older_than:
                    self._token().destroy_key(version)
        return self.open()

    def export(self) -> bytes:
        """The file of wrapped secrets: the master keys cannot leave, so the module has its own ways of being copied."""
        self._read()
        return self._stored()

    def take_back(self, exported: bytes) -> WrappingKeyring:
        """Put the file of wrapped secrets back, once it is sure that this module opens it."""
        if self.exists():
            raise Refused(f"{WHAT} {self._secrets} is there already: name another in the settings, or move it.")
        self._keyring(self._decoded(exported))
        write_new(self._secrets, exported, WHAT)
        return self.open()

    def _make(self, made_at: datetime) -> None:
        token = self._token()
        if not token.versions():
            token.make_key(1)
        fresh = WrappingKeyring(
            self._ciphers(), TokenKey(1, os.urandom(KEY_BYTES)), os.urandom(KEY_BYTES), self._ciphers, "the module"
        )
        self._write(made_at, fresh)

    def _write(self, made_at: datetime, keyring: WrappingKeyring) -> None:
        tokens = keyring.token_key()
        wrapped = keyring.wrap_many([(tokens.key, _TOKEN_KEY), (keyring.registry_secret(), _REGISTRY_SECRET)])
        secrets = _WrappedSecrets(FORMAT, made_at, _Wrapped(tokens.version, wrapped[0]), _Wrapped(1, wrapped[1]))
        replace_file(self._secrets, msgspec.json.format(msgspec.json.encode(secrets)) + b"\n", WHAT)

    def _keyring(self, secrets: _WrappedSecrets) -> WrappingKeyring:
        unopened = WrappingKeyring(self._ciphers(), TokenKey(1, b""), b"", self._ciphers, "the module")
        try:
            token_key, registry_secret = unopened.unwrap_many(
                [(secrets.tokens.wrapped, _TOKEN_KEY), (secrets.registry.wrapped, _REGISTRY_SECRET)]
            )
        except SealBroken as broken:
            raise Refused(
                f"{WHAT} {self._secrets} was not made with the master keys of token {self._settings.token}: name the "
                "token and the label it was made with, or restore the file from its copy."
            ) from broken
        key = TokenKey(secrets.tokens.version, token_key)
        return WrappingKeyring(self._ciphers(), key, registry_secret, self._ciphers, "the module")

    def _ciphers(self) -> dict[int, Cipher]:
        return {version: ModuleCipher(self._token(), version) for version in self._versions()}

    def _versions(self) -> tuple[int, ...]:
        versions = self._token().versions()
        if not versions:
            raise Refused(
                f"Token {self._settings.token} holds no master key labelled {self._settings.key!r}. Restore the module "
                "from its own copy, or name the label that the keys have."
            )
        return versions

    def _token(self) -> Token:
        if self._opened is None:
            self._opened = Token(self._settings, find_pin(self._settings, self._environment))
        return self._opened

    def _read(self) -> _WrappedSecrets:
        return self._decoded(self._stored())

    def _stored(self) -> bytes:
        return read_private(self._secrets, WHAT, "Without it no CNIC is found again: restore it from its copy.")

    def _decoded(self, stored: bytes) -> _WrappedSecrets:
        try:
            secrets = msgspec.json.decode(stored, type=_WrappedSecrets)
        except msgspec.MsgspecError as error:
            raise Refused(f"{WHAT} {self._secrets} is damaged or cut short. Restore it from its copy.") from error
        if secrets.format != FORMAT:
            raise Refused(f"{WHAT} {self._secrets} is not of format {FORMAT}. Use the program it was made with.")
        return secrets
