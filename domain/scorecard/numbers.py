"""Exact numbers: what a card prints is what we compute with and what we print again; no float comes near.

A card's whole numbers are ``int``; every other number is kept as the text on the card (``Exact``), so that 100.0 stays
100.0 and one third stays 1/3. Results are ``int``, ``Decimal`` (digits as printed) or ``Fraction`` (no end).
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

import msgspec

DIGITS_MAX: Final = 60
"""Longer numbers than this are mistakes or attacks; no survey or published card comes near it."""

WHOLE_DIGITS_MAX: Final = 18
"""Longer whole numbers are kept as text, because msgpack's integers end at 64 bits."""

_WRITTEN: Final = re.compile(r"[+-]?(\d+/0*[1-9]\d*|(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?)", re.ASCII)
_TEN: Final = 10


class Exact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A number that is not whole, as its card prints it: ``-0.469``, ``1/18``, ``100.0``."""

    text: str


Number = int | Exact
Result = int | Decimal | Fraction


def parsed(text: str) -> Number:
    """Read a number as a card writes it; raises ValueError for anything else."""
    text = text.strip()
    if len(text) > DIGITS_MAX or not _WRITTEN.fullmatch(text):
        raise ValueError(text)
    whole = text.lstrip("+-").isdigit() and len(text) <= WHOLE_DIGITS_MAX
    return int(text) if whole else Exact(text)


def value_of(number: Number) -> int | Fraction:
    """Give the mathematical value: an int where it is whole, else a fraction."""
    return number if isinstance(number, int) else whole_or_fraction(Fraction(number.text))


def whole_or_fraction(value: int | Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def as_printed(number: Number) -> Result:
    """Give the number with the very digits of the card: ``Exact("1.210")`` is ``Decimal("1.210")``."""
    if isinstance(number, int):
        return number
    return Fraction(number.text) if "/" in number.text else Decimal(number.text)


def tidy(value: int | Fraction) -> Result:
    """Give an exact value in its plainest form: whole, else a finite decimal, else a fraction."""
    if value.denominator == 1:
        return value.numerator
    places = _decimal_places(value.denominator)
    return Fraction(value) if places is None else scaled(value, places)


def scaled(value: int | Fraction, places: int) -> Decimal:
    """Write a value as a decimal with exactly that many digits after the point; they must suffice."""
    shifted = value * _TEN**places
    assert shifted.denominator == 1, "the caller chose enough places"
    digits = tuple(int(digit) for digit in str(abs(shifted.numerator)))
    return Decimal((int(shifted < 0), digits, -places))


def _decimal_places(denominator: int) -> int | None:
    """Count the digits a finite decimal with this denominator needs; None where there is none."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None


def number_from(answer: object, *, floats: bool) -> int | Fraction | float | None:
    """Give an answer as a number to compute with, or None where it is not one (a word, a yes or no, infinity)."""
    match answer:
        case bool():
            return None
        case int():
            return answer if abs(answer) < _TEN**DIGITS_MAX else None
        case Decimal():
            small = (
                answer.is_finite()
                and abs(answer.adjusted()) < DIGITS_MAX
                and len(answer.as_tuple().digits) < DIGITS_MAX
            )
            return whole_or_fraction(Fraction(answer)) if small else None
        case Fraction():
            return whole_or_fraction(answer)
        case float():
            return answer if floats and answer - answer == 0.0 else None
        case _:
            return None


def text_of(number: Result) -> str:
    """Print a result with its exact digits: ``60``, ``57.6``, ``7/18``."""
    return format(number, "f") if isinstance(number, Decimal) else str(number)
