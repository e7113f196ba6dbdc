"""Wrapping keys with AES-256-GCM under numbered master keys, whether these lie in memory or inside a module.

A wrapped key is 61 bytes: version of the master key (1), nonce (12), the encrypted key and its tag (48). Whose key it
is (the context) is the associated data, so a wrapped key that is laid into another person's row does not open. Nonces
are random: a nation of 36 million households and 186 million people is 2^28 wraps under one master key; NIST
SP 800-38D allows 2^32.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag

from adapters.keys.sealing import KEY_BYTES, NONCE_BYTES, SealBroken
from adapters.keys.tokens import TokenKey


class Cipher(Protocol):
    """A master key that encrypts and decrypts, wherever it lies."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Encrypt; the tag stands at the end."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """Decrypt; raises InvalidTag where anything was altered."""


class WrappingKeyring:
    """A keyring over ciphers by version. `look_again` finds master keys that were made since it was opened."""

    def __init__(
        self,
        ciphers: Mapping[int, Cipher],
        token_key: TokenKey,
        registry_secret: bytes,
        look_again: Callable[[], Mapping[int, Cipher]],
        where: str,
    ) -> None:
        self._ciphers = dict(ciphers)
        self._newest = max(self._ciphers)
        self._token_key = token_key
        self._registry_secret = registry_secret
        self._look_again = look_again
        self._where = where

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Wrap under the newest master key."""
        return self.wrap_many([(key, context)])[0]

    def wrap_many(self, keys: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Wrap many keys with one draw of randomness."""
        drawn = os.urandom(NONCE_BYTES * len(keys))
        encrypt, version = self._ciphers[self._newest].encrypt, bytes([self._newest])
        wrapped = []
        for start, (key, context) in zip(range(0, len(drawn), NONCE_BYTES), keys, strict=True):
            nonce = drawn[start : start + NONCE_BYTES]
            wrapped.append(version + nonce + encrypt(nonce, key, context))
        return wrapped

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open a wrapped key, under whichever master key it was wrapped with."""
        cipher = self._cipher_of(wrapped)
        try:
            key = cipher.decrypt(wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :], context)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(
                "A wrapped key does not open: it was altered, belongs to someone else, or to another key file."
            ) from error
        assert len(key) == KEY_BYTES, "a key has 32 bytes"
        return key

    def unwrap_many(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Open many wrapped keys."""
        return [self.unwrap(key, context) for key, context in wrapped]

    def master_versions(self) -> tuple[int, ...]:
        """The versions of the master keys it holds, the newest last."""
        return tuple(sorted(self._ciphers))

    def token_key(self) -> TokenKey:
        """The key that CNIC, phone and name tokens are made with."""
        return self._token_key

    def registry_secret(self) -> bytes:
        """The secret that household ids are derived with."""
        return self._registry_secret

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that name this registry's keys; the same after the master key was rotated."""
        lasting = hashlib.sha256(self._registry_secret + self._token_key.key).digest()
        return hmac.digest(lasting, b"gharana/keyring-fingerprint/1", "sha256")[:8].hex()

    def _cipher_of(self, wrapped: bytes) -> Cipher:
        """The master key that wrapped this; one that another process made since is looked for."""
        version = wrapped[0] if wrapped else 0
        if version > self._newest:
            self._ciphers |= self._look_again()
            self._newest = max(self._ciphers)
        cipher = self._ciphers.get(version)
        if cipher is None:
            raise SealBroken(
                f"A key is wrapped under master key {wrapped[:1].hex() or 'none'}, which {self._where} does not hold."
                " Use the keyring that this registry was made with; a master key that was retired opens nothing again."
            )
        return cipher
