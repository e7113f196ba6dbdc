"""Seal bytes under a key so that they open under that key and no other: AES-256-GCM with key commitment.

GCM alone does not commit to its key: whoever knows two keys can build one ciphertext that opens under both, to two
different texts (Dodis, Grubbs, Ristenpart and Woodage, "Fast message franking", CRYPTO 2018). In a registry that would
be one sealed identity, proven by the log never to have changed, that is one person today and another tomorrow.

The construction is UtC ("UNAE then commit") of Bellare and Hoang, "Efficient schemes for committing authenticated
encryption", EUROCRYPT 2022, with the associated data inside the committing function as in their HtE, so that key,
associated data and text are all committed to (CMT-4). The committing function is keyed BLAKE2b (RFC 7693) of 64 bytes,
cut in two:

    commitment (32) | subkey (32) = BLAKE2b-512(key, person="gharana/seal/1", nonce | associated)
    sealed = format (1) | nonce (12) | commitment (32) | AES-256-GCM(subkey, nonce, plaintext) with its tag (16)

To open under two keys, two keys must give the same 32-byte commitment: a collision in BLAKE2b cut to 256 bits, 2^128
work. The nonce has a fixed length and so have keys, so no two inputs of the committing function read the same. A
subkey is used once, so the number of texts under one key is limited by the nonce alone (2^32 of them with a risk of
2^-33).

HMAC-SHA-512 would do as well and is what FIPS 140 approves of, but costs 2.8 microseconds against 0.8, a third of the
whole seal; the format byte leaves room for it. Sealed bytes are 61 longer than the text: 11.4 GB for 186 million
identities. 16 bytes of commitment would save 3 GB and leave 2^64 work, which is within reach.
Measured: 3.9 microseconds to seal 120 bytes and 3.6 to open them (one core, Python 3.11).
"""

import hmac
import os
from collections.abc import Sequence
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.faults import WorldFailed

KEY_BYTES = 32
NONCE_BYTES = 12
COMMITMENT_BYTES = 32
TAG_BYTES = 16
OVERHEAD_BYTES = 1 + NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES

_FORMAT = 1
_FORMAT_BYTE = bytes([_FORMAT])
_PURPOSE = b"gharana/seal/1"
_NONCE_END = 1 + NONCE_BYTES
_COMMITMENT_END = _NONCE_END + COMMITMENT_BYTES


class SealBroken(WorldFailed):
    """Sealed bytes that this key, for this owner and section, did not make: altered, exchanged, or of another key."""


def seal(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Seal a text under a 32-byte key; `associated` is not stored and must be given again to open."""
    return seal_with_nonce(key, os.urandom(NONCE_BYTES), plaintext, associated)


def seal_many(texts: Sequence[tuple[bytes, bytes, bytes]]) -> list[bytes]:
    """Seal many texts, each given as (key, text, associated data), with one draw of randomness."""
    drawn = os.urandom(NONCE_BYTES * len(texts))
    nonces = [drawn[start : start + NONCE_BYTES] for start in range(0, len(drawn), NONCE_BYTES)]
    return [
        seal_with_nonce(key, nonce, plaintext, associated)
        for nonce, (key, plaintext, associated) in zip(nonces, texts, strict=True)
    ]


def seal_with_nonce(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Seal with a nonce drawn elsewhere, as golden vectors need. Never use a nonce twice under one key."""
    assert len(key) == KEY_BYTES, "a key has 32 bytes"
    assert len(nonce) == NONCE_BYTES, "a nonce has 12 bytes"
    committed = blake2b(nonce + associated, key=key, person=_PURPOSE).digest()
    ciphertext = AESGCM(committed[COMMITMENT_BYTES:]).encrypt(nonce, plaintext, None)
    return _FORMAT_BYTE + nonce + committed[:COMMITMENT_BYTES] + ciphertext


def open_sealed(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Open what `seal` made with the same key and associated data; raises SealBroken for everything else."""
    assert len(key) == KEY_BYTES, "a key has 32 bytes"
    if len(sealed) < OVERHEAD_BYTES:
        raise SealBroken(f"Sealed bytes are cut short: {len(sealed)} bytes, where {OVERHEAD_BYTES} is the least.")
    if sealed[0] != _FORMAT:
        raise SealBroken(f"Sealed bytes are of format {sealed[0]}, and this program knows format {_FORMAT} only.")
    nonce = sealed[1:_NONCE_END]
    committed = blake2b(nonce + associated, key=key, person=_PURPOSE).digest()
    if not hmac.compare_digest(committed[:COMMITMENT_BYTES], sealed[_NONCE_END:_COMMITMENT_END]):
        raise SealBroken("Sealed bytes were not sealed under this key for this owner and section.")
    try:
        return AESGCM(committed[COMMITMENT_BYTES:]).decrypt(nonce, sealed[_COMMITMENT_END:], None)
    except InvalidTag as error:
        raise SealBroken("Sealed bytes were altered after they were sealed.") from error
