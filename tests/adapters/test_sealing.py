"""Sealed bytes open under the key, owner and section they were sealed for, and never to two different texts."""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from adapters.keys import sealing
from adapters.keys.sealing import OVERHEAD_BYTES, SealBroken, open_sealed, seal, seal_with_nonce

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
NONCE = bytes(range(100, 112))
OWNER = b"\x11" * 16 + b"identity"

GOLDEN = bytes.fromhex(
    "016465666768696a6b6c6d6e6f43f5aafe20fb7d1f6a1bb9e2a746f7a2c189f105510862bc1c57c64d12a2c5dc50239a"
    "de87a22909a133fbfa88ea7cb8e2ac5eeb5e47d5cae0040f616a3649"
)
"""Sealed when format 1 was made. Never edited: these bytes must open for as long as the registry lives."""


def test_bytes_sealed_in_the_first_year_still_open():
    assert open_sealed(KEY, GOLDEN, OWNER) == "Bilal, بلال".encode()


def test_sealing_again_with_the_same_nonce_gives_the_stored_bytes():
    assert seal_with_nonce(KEY, NONCE, "Bilal, بلال".encode(), OWNER) == GOLDEN


def test_the_stored_bytes_are_what_the_description_says():
    committed = hashlib.blake2b(NONCE + OWNER, key=KEY, person=b"gharana/seal/1", digest_size=64).digest()
    commitment, subkey = committed[:32], committed[32:]
    assert GOLDEN[:45] == b"\x01" + NONCE + commitment
    assert AESGCM(subkey).decrypt(NONCE, GOLDEN[45:], None) == "Bilal, بلال".encode()


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.binary(max_size=64))
def test_what_is_sealed_opens_again_and_is_61_bytes_longer(key, text, owner):
    sealed = seal(key, text, owner)
    assert open_sealed(key, sealed, owner) == text
    assert len(sealed) == len(text) + OVERHEAD_BYTES == len(text) + 61


@given(st.data())
def test_no_single_bit_can_be_changed(data):
    sealed = bytearray(seal(KEY, b"Amina", OWNER))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        open_sealed(KEY, bytes(sealed), OWNER)


@given(st.integers(0, len(GOLDEN) - 1))
def test_bytes_that_were_cut_short_do_not_open(length):
    with pytest.raises(SealBroken):
        open_sealed(KEY, GOLDEN[:length], OWNER)


def test_another_key_does_not_open():
    with pytest.raises(SealBroken, match="not sealed under this key"):
        open_sealed(OTHER_KEY, GOLDEN, OWNER)


def test_sealed_bytes_do_not_open_for_another_owner_or_section():
    for owner in (b"\x12" * 16 + b"identity", b"\x11" * 16 + b"contact", b""):
        with pytest.raises(SealBroken, match="not sealed under this key"):
            open_sealed(KEY, GOLDEN, owner)


def test_a_format_of_the_future_is_named():
    with pytest.raises(SealBroken, match="format 2"):
        open_sealed(KEY, b"\x02" + GOLDEN[1:], OWNER)


def test_two_seals_of_one_text_share_nothing():
    first, second = seal(KEY, b"Amina", OWNER), seal(KEY, b"Amina", OWNER)
    assert first[1:] != second[1:]
    assert first[13:45] != second[13:45]


def test_plain_gcm_opens_one_ciphertext_under_two_keys():
    """The attack that the commitment is there for: here without it."""
    ciphertext = opens_under_both(KEY, OTHER_KEY, NONCE)
    first = AESGCM(KEY).decrypt(NONCE, ciphertext, None)
    second = AESGCM(OTHER_KEY).decrypt(NONCE, ciphertext, None)
    assert first != second


def test_a_ciphertext_built_for_two_keys_opens_under_one_of_them_at_most():
    sealed = sealed_for_both(KEY, OTHER_KEY)
    assert open_sealed(KEY, sealed, OWNER)
    with pytest.raises(SealBroken):
        open_sealed(OTHER_KEY, sealed, OWNER)


def test_without_comparing_commitments_that_ciphertext_would_open_under_both(monkeypatch):
    monkeypatch.setattr(sealing.hmac, "compare_digest", lambda _first, _second: True)
    sealed = sealed_for_both(KEY, OTHER_KEY)
    assert open_sealed(KEY, sealed, OWNER) != open_sealed(OTHER_KEY, sealed, OWNER)


def sealed_for_both(first: bytes, second: bytes) -> bytes:
    """Our format with the attacker's ciphertext: it authenticates under both subkeys, but names one commitment."""
    commitment, *subkeys = [
        part
        for key in (first, second)
        for part in halves(hashlib.blake2b(NONCE + OWNER, key=key, person=b"gharana/seal/1").digest())
    ]
    return b"\x01" + NONCE + commitment + opens_under_both(subkeys[0], subkeys[2], NONCE)


def halves(committed: bytes) -> tuple[bytes, bytes]:
    return committed[:32], committed[32:]


def opens_under_both(first: bytes, second: bytes, nonce: bytes) -> bytes:
    """Three blocks of which the last is solved for, so that GCM's tag is right under both keys.

    The tag is GHASH(H, blocks, lengths) + E(counter 1); both sides are linear in each block, so
    block * (H1^2 + H2^2) = what the rest of the two tags differs by, in the field of 2^128.
    """
    hashes = [field(encrypt_block(key, bytes(16))) for key in (first, second)]
    masks = [field(encrypt_block(key, nonce + b"\0\0\0\1")) for key in (first, second)]
    known = [field(b"A" * 16), field(b"B" * 16)]
    lengths = field((0).to_bytes(8) + (3 * 128).to_bytes(8))

    def rest(h: int, mask: int) -> int:
        return multiply(known[0], power(h, 4)) ^ multiply(known[1], power(h, 3)) ^ multiply(lengths, h) ^ mask

    difference = rest(hashes[0], masks[0]) ^ rest(hashes[1], masks[1])
    block = multiply(difference, power(power(hashes[0], 2) ^ power(hashes[1], 2), 2**128 - 2))
    tag = rest(hashes[0], masks[0]) ^ multiply(block, power(hashes[0], 2))
    return b"".join(unfield(each) for each in (*known, block, tag))


def encrypt_block(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305 - GCM is built of it


def field(block: bytes) -> int:
    """GCM reads a block with its first bit as the coefficient of 1 (NIST SP 800-38D, 6.3)."""
    return int(f"{int.from_bytes(block):0128b}"[::-1], 2)


def unfield(value: int) -> bytes:
    return int(f"{value:0128b}"[::-1], 2).to_bytes(16)


def multiply(first: int, second: int) -> int:
    product = 0
    for bit in range(128):
        if second >> bit & 1:
            product ^= first << bit
    for bit in range(254, 127, -1):
        if product >> bit & 1:
            product ^= (1 << 128 | 0b10000111) << (bit - 128)
    return product


def power(base: int, exponent: int) -> int:
    result = 1
    for bit in f"{exponent:b}":
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, base)
    return result
