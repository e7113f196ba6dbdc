"""What follows from an answer: the next row, another try, the dead-letter list, or a pause until somebody has looked.

A list of households bears no hole that nobody has asked for. So a row is put on the dead-letter list only where its
receiver refuses this very message; whatever else goes wrong is tried again, and in the end the webhook is paused with
nothing skipped.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from adapters.webhooks.posting import Answered, NotReached

BACKOFF_SECONDS = 2.0
BACKOFF_SECONDS_MAX = 3_600.0
TRIES_MAX = 40
"""Eleven tries within the first hour, then one an hour: a receiver may be away for a day and be told by itself."""
RETRY_AFTER_SECONDS_MAX = 4 * 3_600.0
"""A receiver that asks for more time than this is tried all the same."""
REFUSED_IN_A_ROW_MAX = 3
"""Who refuses so many messages one after another refuses all of them, and the list would be full of holes."""

OF_THIS_MESSAGE = frozenset({400, 413, 422})
"""Bad request, too large, cannot be processed. All others of 4xx speak of the address, the rights or the moment."""
GONE = 410
ASKS_FOR_TIME = frozenset({429, 503})


class Accepted(msgspec.Struct, frozen=True):
    """The row was taken: the next one."""


class Dead(msgspec.Struct, frozen=True):
    """This very row was refused: it goes on the dead-letter list."""

    why: str


class Later(msgspec.Struct, frozen=True):
    """The same row again, after so many seconds."""

    seconds: float
    why: str


class Paused(msgspec.Struct, frozen=True):
    """Nothing more until somebody has looked; the row comes next again."""

    why: str


Verdict = Accepted | Dead | Later | Paused


def judge(came: Answered | NotReached, tries: int, refused_in_a_row: int, now: datetime, chance: float) -> Verdict:
    """Say what follows.

    `tries` are those of this row that failed before; `refused_in_a_row` counts the rows refused just before it.
    `chance`, from 0 to 1, spreads the next tries of many receivers that failed at one moment.
    """
    if isinstance(came, Answered):
        if 200 <= came.status < 300:  # noqa: PLR2004 - what HTTP calls success
            return Accepted()
        if came.status == GONE:
            return Paused("The receiver answers 410: it is gone for good.")
        if came.status in OF_THIS_MESSAGE:
            if refused_in_a_row + 1 >= REFUSED_IN_A_ROW_MAX:
                return Paused(f"The receiver has refused {refused_in_a_row + 1} messages in a row, last {_said(came)}.")
            return Dead(f"The receiver refused it, {_said(came)}.")
    why = came.why if isinstance(came, NotReached) else f"The receiver did not take it, {_said(came)}"
    if tries + 1 >= TRIES_MAX:
        return Paused(f"{why}; that was try {tries + 1}, the last one.")
    return Later(_seconds(came, tries, now, chance), f"{why}.")


def _said(came: Answered) -> str:
    redirects = 300 <= came.status < 400  # noqa: PLR2004 - what HTTP calls redirection
    return f"with status {came.status}{', a redirect, which is not followed' if redirects else ''}"


def _seconds(came: Answered | NotReached, tries: int, now: datetime, chance: float) -> float:
    backoff = min(BACKOFF_SECONDS_MAX, BACKOFF_SECONDS * 2.0 ** min(tries, TRIES_MAX)) * (0.5 + chance / 2)
    if isinstance(came, Answered) and came.status in ASKS_FOR_TIME:
        return max(backoff, min(RETRY_AFTER_SECONDS_MAX, _asked_for(came.retry_after, now)))
    return backoff


def _asked_for(retry_after: str | None, now: datetime) -> float:
    """How many seconds a receiver asks for: a number of them or a date (RFC 9110, 10.2.3); 0 where it says nothing."""
    if retry_after is None:
        return 0.0
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the second of numbers that no date has, which a stranger may send
        return 0.0
    return (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
