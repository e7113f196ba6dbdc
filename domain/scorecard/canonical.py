"""The bytes of a scorecard: stored in the event that adopts it, and hashed so that a decision can name its formula."""

import hashlib
from typing import Final

import msgspec

from domain.scorecard.card import Scorecard

_ENCODER: Final = msgspec.msgpack.Encoder(order="deterministic")
_DECODER: Final = msgspec.msgpack.Decoder(Scorecard)


def encode_card(card: Scorecard) -> bytes:
    """Encode a card canonically: equal cards give equal bytes, look-ups and test vectors included."""
    return _ENCODER.encode(card)


def decode_card(encoded: bytes) -> Scorecard:
    """Rebuild the card that ``encode_card`` wrote."""
    return _DECODER.decode(encoded)


def scorecard_hash(card: Scorecard) -> bytes:
    """Name a card by its contents: SHA-256 of its canonical encoding, 32 bytes."""
    return hashlib.sha256(encode_card(card)).digest()
