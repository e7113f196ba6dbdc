"""What stands for a household where a partner reads it: its id, encrypted under a key of that partner alone.

Two partners see different tokens for one household, and neither can work out the id, so they cannot join their lists.
The registry can: one AES block is a permutation of 16 bytes, so a token is turned back without a table of all of them.
A key is derived from the registry secret, which lasts as long as the ids of households do.
"""

import hmac
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from adapters.keys.keyring import Keyring
from adapters.uuids import uuid_of

PARTNERS_REMEMBERED_MAX = 1024
_BLOCK_BYTES = 16


class PartnerTokens:
    """Makes and resolves the tokens of every partner of one registry."""

    def __init__(self, keyring: Keyring) -> None:
        self._secret = keyring.registry_secret()
        self._encryptor = lru_cache(PARTNERS_REMEMBERED_MAX)(self._new_encryptor)

    def token(self, partner: str, household: int) -> UUID:
        """The token of a household, given as the number of its id, for a partner."""
        return uuid_of(self._encryptor(partner)(household.to_bytes(_BLOCK_BYTES, "big")))

    def household(self, partner: str, token: UUID) -> UUID:
        """The id that a partner's token stands for; a token that was never given leads to an id that nobody has."""
        return uuid_of(self._cipher(partner).decryptor().update(token.bytes))

    def _new_encryptor(self, partner: str) -> Callable[[bytes], bytes]:
        return self._cipher(partner).encryptor().update

    def _cipher(self, partner: str) -> Cipher[ECB]:
        key = hmac.digest(self._secret, f"gharana/partner-tokens/1\0{partner}".encode(), "sha256")
        return Cipher(AES(key), ECB())  # noqa: S305 - a single block each, so that nothing of it can repeat
