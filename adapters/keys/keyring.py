"""The port behind which the registry's own keys lie: a file now, a hardware module or a transit service later.

The master key never leaves the keyring: it wraps the random keys of persons and households, which lie wrapped in the
database. The token key and the registry secret do leave it, once, at start: they are used hundreds of thousands of
times a second. A hardware module or a service keeps them wrapped beside its other settings and hands them out
unwrapped.
"""

from collections.abc import Sequence
from typing import Protocol

from adapters.keys.tokens import TokenKey


class Keyring(Protocol):
    """Wraps keys and opens wrapped ones; gives the secrets that tokens and ids are made from."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Wrap a 32-byte key; the same `context` (whose key it is) must be given to unwrap it."""

    def wrap_many(self, keys: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Wrap many (key, context) pairs in one call, in their order: one round trip for a keyring that is far away."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open a wrapped key; raises SealBroken where it was altered, wrapped for another, or by another keyring."""

    def token_key(self) -> TokenKey:
        """The key that CNIC, phone and name tokens are made with."""

    def registry_secret(self) -> bytes:
        """The secret that household ids are derived with."""

    def fingerprint(self) -> str:
        """Name this keyring without giving anything of it away: kept in the database, so that a mismatch is refused.

        It stays the same when the master key is rotated.
        """
