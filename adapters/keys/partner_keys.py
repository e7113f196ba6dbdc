"""The key of a partner: drawn here, shown once, and kept as a hash that the message server compares."""

import secrets

import bcrypt

KEY_BYTES = 32
"""Drawn at random, so that nobody guesses it whatever the hash costs; 43 letters, below the 72 that bcrypt reads."""
HASH_ROUNDS = 10
"""2^10 rounds, some 50 ms for each connection: the hash guards a random key, not a word that a person chose."""


def draw_key() -> str:
    """Draw a new key."""
    return secrets.token_urlsafe(KEY_BYTES)


def hash_of(key: str) -> str:
    """The hash that is recorded in its place."""
    return bcrypt.hashpw(key.encode(), bcrypt.gensalt(HASH_ROUNDS)).decode()
