"""AES-GCM does not bind a ciphertext to its key, and our seal does: shown with one built to open under two keys.

A tag of GCM is a polynomial in H, the key's encryption of zero, over GF(2^128). Whoever knows two keys can leave one
block of the ciphertext open, set the two tags equal and solve for that block: Dodis, Grubbs, Ristenpart and Woodage,
"Fast Message Franking: From Invisible Salamanders to Encryptment", CRYPTO 2018.
"""

from hashlib import blake2b

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.keys import sealing
from adapters.keys.sealing import COMMITMENT_BYTES, SealBroken, open_sealed, seal, seal_with_nonce

BLOCK = 16
FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
NONCE = bytes(12)
AMINA, BILAL = b"amina", b"bilal"
SAYS = b"Amina was told so"[:BLOCK]


def multiply(a: int, b: int) -> int:
    """The product in GF(2^128) as GCM writes it: the highest bit is the constant term (NIST SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if b >> bit & 1:
            product ^= a
        a = a >> 1 ^ (0xE1 << 120 if a & 1 else 0)
    return product


def power(a: int, exponent: int) -> int:
    result = 1 << 127
    while exponent:
        if exponent & 1:
            result = multiply(result, a)
        a, exponent = multiply(a, a), exponent >> 1
    return result


def encrypted_block(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305 - one block, as inside of GCM


def as_int(block: bytes) -> int:
    return int.from_bytes(block)


def tag_of(key: bytes, blocks: list[int]) -> int:
    """The tag of whole blocks without associated data."""
    h, tag = as_int(encrypted_block(key, bytes(BLOCK))), 0
    for block in [*blocks, len(blocks) * BLOCK * 8]:
        tag = multiply(tag ^ block, h)
    return tag ^ as_int(encrypted_block(key, NONCE + bytes([0, 0, 0, 1])))


def opens_under_both(first: bytes, second: bytes, says: bytes) -> bytes:
    """A ciphertext of two blocks, with its tag, that both keys open; the first key reads these words in it."""
    stream = encrypted_block(first, NONCE + bytes([0, 0, 0, 2]))
    chosen = as_int(stream) ^ as_int(says)
    difference = tag_of(first, [chosen, 0]) ^ tag_of(second, [chosen, 0])
    h1, h2 = (as_int(encrypted_block(key, bytes(BLOCK))) for key in (first, second))
    slope = power(h1, 2) ^ power(h2, 2)  # the second block of two stands before H squared
    solved = multiply(difference, power(slope, 2**128 - 2))
    assert tag_of(first, [chosen, solved]) == tag_of(second, [chosen, solved])
    return b"".join(part.to_bytes(BLOCK) for part in (chosen, solved, tag_of(first, [chosen, solved])))


def committed(key: bytes, associated: bytes) -> tuple[bytes, bytes]:
    """The commitment and the subkey that our format makes of a key, worked out apart from it."""
    digest = blake2b(NONCE + associated, key=key, person=b"gharana/seal/1").digest()
    return digest[:COMMITMENT_BYTES], digest[COMMITMENT_BYTES:]


def test_plain_aes_gcm_opens_one_ciphertext_under_two_keys():
    both = opens_under_both(FIRST, SECOND, SAYS)
    assert AESGCM(FIRST).decrypt(NONCE, both, None)[:BLOCK] == SAYS
    assert AESGCM(SECOND).decrypt(NONCE, both, None)[:BLOCK] != SAYS
    with pytest.raises(InvalidTag):
        AESGCM(bytes(32)).decrypt(NONCE, both, None)


def test_the_format_is_as_this_attack_takes_it_to_be():
    sealed = seal_with_nonce(FIRST, NONCE, SAYS, AMINA)
    commitment, subkey = committed(FIRST, AMINA)
    assert sealed[13:45] == commitment
    assert AESGCM(subkey).decrypt(NONCE, sealed[45:], None) == SAYS


@pytest.mark.parametrize("second_reads_as", [AMINA, BILAL], ids=["her own", "another person's"])
@pytest.mark.parametrize("dressed_for", ["first", "second", "a mixture", "nobody"])
def test_a_seal_never_opens_under_two_keys_however_it_is_dressed(second_reads_as, dressed_for):
    (commits_1, subkey_1), (commits_2, subkey_2) = committed(FIRST, AMINA), committed(SECOND, second_reads_as)
    both = opens_under_both(subkey_1, subkey_2, SAYS)
    for subkey in (subkey_1, subkey_2):
        AESGCM(subkey).decrypt(NONCE, both, None)  # without the commitment each would read it
    half = COMMITMENT_BYTES // 2
    commitment = {
        "first": commits_1, "second": commits_2, "a mixture": commits_1[:half] + commits_2[half:], "nobody": bytes(32)
    }[dressed_for]  # fmt: skip
    sealed = bytes([1]) + NONCE + commitment + both
    opened = [
        reader
        for reader, key, associated in (("first", FIRST, AMINA), ("second", SECOND, second_reads_as))
        if opens(key, sealed, associated)
    ]
    assert opened == ([dressed_for] if dressed_for in {"first", "second"} else [])


@pytest.mark.parametrize("subkeys", [False, True], ids=["of the keys themselves", "of their subkeys"])
def test_a_ciphertext_that_plain_gcm_opens_twice_is_no_seal_in_any_older_or_newer_form(subkeys):
    keys = (committed(FIRST, AMINA)[1], committed(SECOND, AMINA)[1]) if subkeys else (FIRST, SECOND)
    both = opens_under_both(*keys, SAYS)
    honest = seal(FIRST, SAYS * 2, AMINA)
    for form in range(4):
        for sealed in (bytes([form]) + NONCE + both, bytes([form]) + NONCE + honest[13:45] + both):
            assert not opens(FIRST, sealed, AMINA)
            assert not opens(SECOND, sealed, AMINA)


def opens(key: bytes, sealed: bytes, associated: bytes) -> bool:
    try:
        open_sealed(key, sealed, associated)
    except SealBroken:
        return False
    return True


def test_without_the_comparison_the_attack_would_succeed(monkeypatch):
    (commits_1, subkey_1), (_, subkey_2) = committed(FIRST, AMINA), committed(SECOND, AMINA)
    sealed = bytes([1]) + NONCE + commits_1 + opens_under_both(subkey_1, subkey_2, SAYS)
    monkeypatch.setattr(sealing.hmac, "compare_digest", lambda *_: True)
    assert open_sealed(FIRST, sealed, AMINA)[:BLOCK] == SAYS
    assert opens(SECOND, sealed, AMINA)
