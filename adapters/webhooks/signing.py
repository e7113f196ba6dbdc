"""Signatures by which a receiver knows that a message is ours and whole: the Standard Webhooks specification, 1.0.

Signed is `id.timestamp.body`. Of the two schemes the symmetric one is what most receivers know; with the other the
receiver holds nothing by which it could sign itself. https://github.com/standard-webhooks/standard-webhooks
"""

import base64
import hmac
import os
from collections.abc import Callable, Mapping
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_BYTES = 32
"""The specification asks for 24 to 64; an Ed25519 key has 32, and so have the keys that a keyring wraps."""

Sign = Callable[[str, int, bytes], str]
"""Signs a message by its id, the second at which it is sent, and its body; gives the value of the header."""


class Scheme(StrEnum):
    """How a webhook is signed."""

    HMAC = "hmac"
    ED25519 = "ed25519"


def new_secret() -> bytes:
    """Draw what a webhook is signed with."""
    return os.urandom(SECRET_BYTES)


def for_the_receiver(scheme: Scheme, secret: bytes) -> str:
    """What the receiver checks signatures with: the shared secret itself (`whsec_`), or a public key (`whpk_`)."""
    if scheme is Scheme.HMAC:
        return f"whsec_{_base64(secret)}"
    return f"whpk_{_base64(Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw())}"


def signer(scheme: Scheme, secret: bytes) -> Sign:
    """Return what signs by a scheme."""
    if scheme is Scheme.HMAC:
        return lambda *message: f"v1,{_base64(hmac.digest(secret, _signed(*message), 'sha256'))}"
    sign = Ed25519PrivateKey.from_private_bytes(secret).sign
    return lambda *message: f"v1a,{_base64(sign(_signed(*message)))}"


def signed_headers(stored: Mapping[str, str], body: bytes, sign: Sign, now_seconds: int) -> dict[str, str]:
    """The headers of a CloudEvent as they are stored, with id, time of sending and signature beside them."""
    message_id = stored["ce-id"]
    return {
        **stored,
        "webhook-id": message_id,
        "webhook-timestamp": str(now_seconds),
        "webhook-signature": sign(message_id, now_seconds, body),
    }


def _signed(message_id: str, seconds: int, body: bytes) -> bytes:
    return f"{message_id}.{seconds}.".encode() + body


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
