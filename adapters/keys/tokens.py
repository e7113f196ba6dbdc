"""Keyed tokens: what the registry compares and searches by, instead of a CNIC, a phone number or a name.

A token is HMAC-SHA-256 over purpose and normalised value, cut to 16 bytes and kept as a UUID. Without the token key
nothing can be learnt from a token by trying all 10^13 numbers; whoever holds the key can do just that, so it is
guarded like the master key.

A B-form number becomes the CNIC of the grown person, so both have the purpose `cnic`: one person keeps one token for
life.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from adapters.uuids import uuid_of
from domain.refusal import Rejected

TOKEN_BYTES = 16
WORDS_REMEMBERED_MAX = 65_536
"""Tokens of whole names and of their words kept in memory: names repeat, so an import looks most of them up."""

Purpose = Literal["cnic", "phone", "name"]

_CNIC_DIGITS = 13
_PHONE = re.compile(r"(?:\+92|0092|92|0)?(3[0-9]{9})")
_BETWEEN_DIGITS = re.compile(r"[\s\-\u2010-\u2015\u200b-\u200f()./]+")
_DIGITS = {start + digit: str(digit) for start in (0x0660, 0x06F0) for digit in range(10)}
"""Arabic-Indic and Extended Arabic-Indic (Urdu) digits."""
_ONE_LETTER = str.maketrans(
    {
        "\u0643": "\u06a9",  # Arabic kaf to keheh
        "\u064a": "\u06cc",  # Arabic yeh to Farsi yeh
        "\u0649": "\u06cc",  # alef maksura to Farsi yeh
        "\u0626": "\u06cc",  # yeh with hamza to Farsi yeh
        "\u06d2": "\u06cc",  # yeh barree to Farsi yeh
        "\u0647": "\u06c1",  # Arabic heh to heh goal
        "\u06be": "\u06c1",  # heh doachashmee to heh goal
        "\u0629": "\u06c1",  # teh marbuta to heh goal
        "\u06c0": "\u06c1",  # heh with yeh above to heh goal
        "\u06c2": "\u06c1",  # heh goal with hamza to heh goal
        "\u06c3": "\u06c1",  # teh marbuta goal to heh goal
        "\u0623": "\u0627",  # alef with hamza above to alef
        "\u0625": "\u0627",  # alef with hamza below to alef
        "\u0622": "\u0627",  # alef with madda to alef
        "\u0671": "\u0627",  # alef wasla to alef
        "\u0624": "\u0648",  # waw with hamza to waw
        "\u0640": "",  # tatweel, a stroke that lengthens
        "'": "",
        "\u2019": "",  # apostrophes stand inside a word
        "\u02bc": "",
        "`": "",
    }
)
_ASCII_WORDS = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)} | {
    ord("'"): "",
    ord("`"): "",
}
"""What `_one_form` does, for the names that need nothing more: half of an import's time for names."""


class TokenKey(msgspec.Struct, frozen=True):
    """The key that tokens are made with, and its version: tokens of two versions cannot be compared."""

    version: int
    key: bytes

    def __repr__(self) -> str:
        return f"TokenKey(version={self.version})"

    def __rich_repr__(self) -> list[tuple[str, int]]:
        return [("version", self.version)]


def token(token_key: TokenKey, purpose: Purpose, normalised: str) -> UUID:
    """Make the token of a value that is normalised already."""
    return _token(token_key.key, purpose, normalised)


def cnic_token(token_key: TokenKey, text: str) -> UUID:
    """Make the token of a CNIC or B-form number as people write it; raises Rejected as `normalise_cnic` does."""
    return cnic_token_of(token_key, normalise_cnic(text))


def cnic_token_of(token_key: TokenKey, digits: str) -> UUID:
    """Make the token of a CNIC or B-form number that is normalised already."""
    return _token(token_key.key, "cnic", digits)


def phone_token(token_key: TokenKey, text: str) -> UUID:
    """Make the token of a mobile number as people write it; raises Rejected as `normalise_phone` does."""
    return _token(token_key.key, "phone", normalise_phone(text))


def name_tokens(token_key: TokenKey, name: str) -> tuple[UUID, ...]:
    """Make a token of each word of a name, and last one of the whole name written as one word; nothing for no letters.

    Case, spacing, punctuation and vowel signs do not count, and Arabic forms of Urdu letters count as the Urdu ones.

    What this gives away: people who share a word share a token. Whoever reads the tokens sees, without any key, which
    people share names, and can guess the commonest tokens from how common names are; rare names stay hidden. Searching
    by name without opening every identity is bought with that, so name tokens are for registry staff and leave with no
    export.
    """
    return _name_tokens(token_key.key, name)


def normalise_cnic(text: str) -> str:
    """Bring a CNIC or B-form number to its 13 digits; raises Rejected, without repeating what was given."""
    digits = _digits(text)
    if not (digits.isascii() and digits.isdigit()):
        raise Rejected("A CNIC or B-form number holds digits and dashes only. Check the card and type it again.")
    if len(digits) != _CNIC_DIGITS:
        raise Rejected(f"A CNIC or B-form number has 13 digits, and this one has {len(digits)}. Check the card again.")
    if digits[0] == "0" or digits == digits[0] * _CNIC_DIGITS:
        raise Rejected(
            "This CNIC or B-form number was never issued: it begins with 0 or repeats one digit. Check the card."
        )
    return digits


def normalise_phone(text: str) -> str:
    """Bring a Pakistani mobile number to the form +923xxxxxxxxx; raises Rejected, without repeating what was given."""
    found = _PHONE.fullmatch(_digits(text))
    if found is None:
        raise Rejected("A mobile number is written 03xx xxxxxxx or +92 3xx xxxxxxx. Check it with the respondent.")
    return "+92" + found[1]


def normalise_name(name: str) -> tuple[str, ...]:
    """Break a name into comparable words: letters and digits only, one form for each letter."""
    if name.isascii():
        if name.replace(" ", "").isalpha():
            return tuple(name.lower().split())
        return tuple(name.translate(_ASCII_WORDS).split())
    return tuple("".join([letter if letter.isalnum() else " " for letter in _one_form(name)]).split())


def _digits(text: str) -> str:
    """Drop what people write between digits; the plain cases first, since an import holds hardly any other."""
    plain = text.replace("-", "").replace(" ", "")
    if plain.isascii() and plain.isdigit():
        return plain
    return _BETWEEN_DIGITS.sub("", text.translate(_DIGITS))


def _one_form(name: str) -> str:
    """Drop marks of vowels and accents; letters that carry hamza or madda are mapped before they come apart."""
    letters = unicodedata.normalize("NFKC", name).translate(_ONE_LETTER).translate(_DIGITS)
    decomposed = unicodedata.normalize("NFKD", letters.casefold())
    return "".join([letter for letter in decomposed if unicodedata.category(letter) not in {"Mn", "Cf"}])


def _token(key: bytes, purpose: Purpose, normalised: str) -> UUID:
    begun = _begun(key, purpose).copy()
    begun.update(normalised.encode())
    return uuid_of(begun.finalize()[:TOKEN_BYTES])


@lru_cache(maxsize=16)
def _begun(key: bytes, purpose: Purpose) -> HMAC:
    """The part that all tokens of a purpose share, computed once: a token takes 0.8 microseconds instead of 2.2."""
    begun = HMAC(key, SHA256())
    begun.update(f"gharana/token/1\0{purpose}\0".encode())
    return begun


@lru_cache(maxsize=WORDS_REMEMBERED_MAX)
def _name_tokens(key: bytes, name: str) -> tuple[UUID, ...]:
    words = normalise_name(name)
    if not words:
        return ()
    written = words if len(words) == 1 else (*words, "".join(words))
    return tuple([_name_token(key, word) for word in dict.fromkeys(written)])


@lru_cache(maxsize=WORDS_REMEMBERED_MAX)
def _name_token(key: bytes, word: str) -> UUID:
    return _token(key, "name", word)
