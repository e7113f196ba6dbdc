"""The port behind which the registry's own keys lie: a file, a hardware module, or a transit service.

The master keys never leave the keyring: they wrap the random keys of persons and households, which lie wrapped in the
database. The newest wraps, every one that is not retired opens. The token key and the registry secret do leave the
keyring, once, at start: they are used hundreds of thousands of times a second. A hardware module or a service keeps
them wrapped beside its other settings and hands them out unwrapped.

Every wrapped key begins with the version of its master key, one byte, whatever the keyring: so rows can be counted by
version without being opened. Whoever wraps or opens many keys does so in one call: a service is a round trip away.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from adapters.keys.tokens import TokenKey

MASTER_VERSION_MAX = 255


class Keyring(Protocol):
    """Wraps keys and opens wrapped ones; gives the secrets that tokens and ids are made from."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Wrap a 32-byte key; the same `context` (whose key it is) must be given to unwrap it."""

    def wrap_many(self, keys: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Wrap many (key, context) pairs in one call, in their order: one round trip for a keyring that is far away."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Open a wrapped key; raises SealBroken where it was altered, wrapped for another, or by another keyring."""

    def unwrap_many(self, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Open many (wrapped key, context) pairs in one call, in their order; raises as `unwrap` does."""

    def master_versions(self) -> tuple[int, ...]:
        """The versions of the master keys it holds, the newest last."""

    def token_key(self) -> TokenKey:
        """The key that CNIC, phone and name tokens are made with."""

    def registry_secret(self) -> bytes:
        """The secret that household ids are derived with."""

    def fingerprint(self) -> str:
        """Name this keyring without giving anything of it away: kept in the database, so that a mismatch is refused.

        It stays the same when the master key is rotated.
        """


class KeyringPlace(Protocol):
    """Where a keyring is kept: what opens it, makes it at first start, and changes its master keys."""

    @property
    def name(self) -> str:
        """What people call it in a sentence: the path of its file."""

    def exists(self) -> bool:
        """Whether it was made already."""

    def open(self) -> Keyring:
        """Open one that exists. Raises Refused or WorldFailed, with what to do."""

    def open_or_make(self, made_at: datetime) -> Keyring:
        """Open it, or make it with fresh secrets at first start; of two first starts at once, one wins."""

    def rotate(self, made_at: datetime) -> Keyring:
        """Add a new master key: it wraps from now on, the older ones still open until `retire`."""

    def retire(self, older_than: int) -> Keyring:
        """Destroy all master keys older than one: what they wrapped and was not wrapped anew is lost for good."""

    def export(self) -> bytes:
        """What must be kept to open it elsewhere, or after its loss: to be encrypted before it is written anywhere."""

    def take_back(self, exported: bytes) -> Keyring:
        """Put back what `export` gave. Raises Refused where one stands here already."""
