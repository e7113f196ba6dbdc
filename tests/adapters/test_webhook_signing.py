"""A receiver knows by the signature that a message is ours, whole, and for it."""

import base64

import pytest
from cryptography.exceptions import InvalidSignature

from adapters.webhooks.signing import Scheme, for_the_receiver, new_secret, signed_headers, signer
from tests.receiver import Posted, is_signed

STORED = {"ce-id": "4711", "ce-type": "standing.decided.v1", "content-type": "application/json"}
BODY = '{"place":"کوٹ"}'.encode()
NOW_SECONDS = 1_790_000_000


def posted(scheme, secret, body=BODY):
    return Posted("/", signed_headers(STORED, body, signer(scheme, secret), NOW_SECONDS), body)


def test_the_example_that_the_specifications_libraries_are_tested_with_is_signed_as_they_do():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signer(Scheme.HMAC, secret)("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("scheme", Scheme)
def test_a_receiver_finds_the_signature_right_with_the_key_that_it_was_shown(scheme):
    secret = new_secret()
    assert is_signed(posted(scheme, secret), for_the_receiver(scheme, secret))


def test_a_message_that_was_altered_or_is_signed_by_another_is_found():
    secret, key = new_secret(), for_the_receiver(Scheme.HMAC, new_secret())
    assert not is_signed(posted(Scheme.HMAC, secret), key)
    whole = posted(Scheme.HMAC, secret)
    assert not is_signed(whole._replace(body=BODY + b" "), for_the_receiver(Scheme.HMAC, secret))
    with pytest.raises(InvalidSignature):
        is_signed(posted(Scheme.ED25519, secret), for_the_receiver(Scheme.ED25519, new_secret()))


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_id_and_time_are_signed_too(header):
    secret = new_secret()
    whole = posted(Scheme.HMAC, secret)
    moved = whole._replace(headers={**whole.headers, header: "9"})
    assert not is_signed(moved, for_the_receiver(Scheme.HMAC, secret))


def test_the_stored_headers_go_out_as_they_are_and_the_id_is_that_of_the_event():
    headers = posted(Scheme.HMAC, new_secret()).headers
    assert STORED.items() <= headers.items()
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("4711", str(NOW_SECONDS))


def test_the_public_key_does_not_give_the_secret_away():
    secret = new_secret()
    assert base64.b64encode(secret).decode() not in for_the_receiver(Scheme.ED25519, secret)
