"""Submissions ready to be sent: when each arrives, and its id, which follows from seed, household and number alone.

A household is named by its key in the population, not by its id: the same seed makes the same lives in every registry.
"""

from collections import Counter
from datetime import date
from hashlib import blake2b
from uuid import UUID

import msgspec

from adapters.submissions.shape import AnySubmission

SOURCE = "lives"
FIRST, AFTERWARDS = 0, 1
"""Weddings go first on their day, so that no survey of that day finds the bride in neither household."""


class Sent(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """One submission in its place: by day of arrival, then weddings before the rest, then household and number.

    `arrives` is the ordinal of the day; `written` the submission as MessagePack.
    """

    arrives: int
    rank: int
    key: bytes
    number: int
    written: bytes


class Happened(msgspec.Struct):
    """What has happened in a part of the population, whether or not the registry heard of it."""

    counts: Counter[str] = msgspec.field(default_factory=Counter)
    person_years: float = 0.0
    household_years: float = 0.0
    homes: int = 0

    def add(self, other: "Happened") -> None:
        """Add what happened elsewhere."""
        self.counts.update(other.counts)
        self.person_years += other.person_years
        self.household_years += other.household_years
        self.homes += other.homes


def submission_id(seed: int, key: bytes, number: int) -> UUID:
    """The id of a household's submission: the same each time, so that sending again adds nothing."""
    digest = blake2b(key + b"\0%d/%d" % (seed, number), digest_size=16, person=b"gharana lives")
    return UUID(bytes=digest.digest(), version=4)


def sent(arrives: date, rank: int, key: bytes, number: int, submission: AnySubmission) -> Sent:
    """A submission in its place."""
    return Sent(arrives.toordinal(), rank, key, number, _encode(submission))


def read_again(one: Sent) -> AnySubmission:
    """The submission itself."""
    submission: AnySubmission = _decode(one.written)
    return submission


_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode = msgspec.msgpack.Decoder(AnySubmission).decode
