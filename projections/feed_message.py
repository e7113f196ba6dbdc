"""What is told as a partner receives it: the row of a feed, with subject, headers and the bytes of the payload.

Each is a CloudEvent 1.0 in binary mode: what it is stands in headers of plain ASCII, what it says in the payload.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, cast
from uuid import UUID

import msgspec
from msgspec.structs import astuple

from domain.agreement import AgreementEnded, AgreementMade
from domain.household.events import Moved
from domain.questionnaire.codes import Code, DecisionKind, Group, Hazard, Outcome
from domain.registry_day import PAKISTAN_TIME
from domain.standing import Decided
from projections.changes import Column, Row, Table
from projections.feed_shocks import SHOCK_NAMES, ShockTold

FeedKey = tuple[str, str]
"""A partner and a programme: each pair has a feed of its own."""

SUBJECTS = "eligibility"
"""The first word of every subject."""
WITHOUT_DISTRICT = "unknown"
"""Stands in a subject where only the region of a household is known."""
FINGERPRINT_LETTERS = 16
"""A source ends in the fingerprint of its keyring: half of the id of a trace."""
_ALIKE_REMEMBERED_MAX = 65_536
"""Rows differ in few ways beside their numbers: districts, scores and days."""
_INSTANTS_REMEMBERED_MAX = 1_024
SEQUENCE_DIGITS = 19
"""CloudEvents wants a sequence that sorts as a text: as many digits as the largest number of the column."""

FEED = Table(
    "feed",
    "What is each partner told of a programme, in which order, in exactly these bytes?",
    (
        Column("partner", "text"),
        Column("programme", "text"),
        Column("sequence", "int8"),
        Column("feed_position", "int8"),
        Column("log_position", "int8"),
        Column("subject", "text"),
        Column("headers", "text"),
        Column("payload", "bytea"),
    ),
    key_columns=3,
)
FEED_ENDS = Table(
    "feed_ends",
    "How far has each feed come: its last sequence and the feed position of that?",
    (
        Column("partner", "text"),
        Column("programme", "text"),
        Column("sequence", "int8"),
        Column("feed_position", "int8"),
    ),
    key_columns=2,
)


class ChangeTold(msgspec.Struct, frozen=True, gc=False):
    """A household comes to a list, leaves it, or stands on it otherwise. `household` is the number of its id."""

    household: int
    was: Outcome
    outcome: Outcome
    since: date
    reason: str
    place: str
    kind: DecisionKind
    score: str | None


class TermsTold(msgspec.Struct, frozen=True, gc=False):
    """The terms of an agreement that begins or ends: the whole list is new, or is over."""

    places: tuple[str, ...]
    score: bool
    first_day: date
    last_day: date | None

    @classmethod
    def of(cls, made: AgreementMade) -> "TermsTold":
        """What a partner is told of its agreement."""
        return cls(made.places, made.score, made.on, made.until)


class Told(msgspec.Struct, frozen=True, gc=False):
    """One thing that is told in one feed; `position` is the event's in the log, `on` the day it takes effect."""

    feed: FeedKey
    position: int
    recorded_at: datetime
    name: str
    on: date
    what: ChangeTold | TermsTold | ShockTold


def _text(meaning: str, of: type[Code] | None = None) -> msgspec.Meta:
    """What a reader is told of a text, and the words that it can be."""
    words = None if of is None else {"enum": [code.word for code in of]}
    return msgspec.Meta(description=meaning, extra_json_schema=words)


_Programme = Annotated[str, _text("the programme")]
_Effective = Annotated[date, _text("the day in the world on which it takes effect")]


class ChangePayload(msgspec.Struct, frozen=True, omit_defaults=True, rename={"was": "from", "outcome": "to"}):
    """A household came to the partner's list, left it, or stands on it otherwise."""

    household: Annotated[UUID, _text("this partner's token for the household; each partner has another one")]
    programme: _Programme
    was: Annotated[str, _text("the outcome before", Outcome)]
    outcome: Annotated[
        str, _text("the outcome now; as before where only the place, or who is paid, is another", Outcome)
    ]
    since: Annotated[date, _text("the day from which the outcome now holds")]
    reason: Annotated[str, _text("why, in a code: of the decision's rule, or moved_into_area and the like")]
    place: Annotated[str, _text("the district by P-code, or the region where no more is known")]
    effective: _Effective
    kind: Annotated[str, _text("what kind of decision it was", DecisionKind)]
    score: Annotated[str | None, _text("0 to 100, lower is poorer; only where the agreement says so")] = None


class TermsPayload(msgspec.Struct, frozen=True, rename={"first_day": "from", "last_day": "until"}):
    """The terms of an agreement that came into force, so that the list is new, or ended, so that it is over."""

    partner: Annotated[str, _text("the partner")]
    programme: _Programme
    places: Annotated[tuple[str, ...], _text("the agreed places by code; none for everywhere")]
    score: Annotated[bool, _text("whether the partner may see scores")]
    first_day: Annotated[date, _text("the first day of the agreement")]
    last_day: Annotated[date | None, _text("its last day, if one was agreed")]
    effective: _Effective


class ShockPayload(msgspec.Struct, frozen=True, omit_defaults=True):
    """A shock that names the programme for relief, as far as it meets the agreed places; or its end."""

    shock: Annotated[str, _text("the shock's name, such as flood-2026")]
    programme: _Programme
    hazard: Annotated[str, _text("what kind of shock it is", Hazard)]
    impact: Annotated[date, _text("the day it struck; of a widening, the day it struck the new places")]
    places: Annotated[
        tuple[str, ...], _text("codes of the agreed places that it struck; of a widening the new ones, of an end all")
    ]
    resurvey_from: Annotated[date, _text("the first day of the survey afterwards")]
    resurvey_until: Annotated[date, _text("its last day, an earlier one where the shock ended")]
    effective: _Effective
    groups: Annotated[
        tuple[Annotated[str, _text("a group", Group)], ...],
        _text("it struck only households that belonged to one of these; left out where it struck everybody"),
    ] = ()


PAYLOADS: dict[str, type[ChangePayload | TermsPayload | ShockPayload]] = {
    Decided.name: ChangePayload,
    Moved.name: ChangePayload,
    AgreementMade.name: TermsPayload,
    AgreementEnded.name: TermsPayload,
    **dict.fromkeys(sorted(SHOCK_NAMES), ShockPayload),
}
"""What is told under each stored name, in the form that partners read."""


Token = Callable[[str, int], UUID]
"""Gives what stands for a household (by the number of its id) where one partner reads it."""


def feed_row(told: Told, sequence: int, feed_position: int, source: str, token: Token) -> Row:
    """Write down what is told, under its number in its feed and among all feeds; `source` names the registry.

    What thousands of rows have in common is written once and remembered: numbers and tokens are set into it.
    """
    partner, programme = told.feed
    subject = subject_of(told)
    before, behind = _headers_around(source, told.name, told.on, subject)
    headers = (
        f'{{"ce-specversion":"1.0","ce-id":"{feed_position}",{before}"ce-sequence":"{sequence:0{SEQUENCE_DIGITS}d}",'
        f'"ce-recordedtime":"{_instant(told.recorded_at)}",'
        f'"ce-traceparent":"{traceparent(source, told.position, feed_position)}",{behind}'
    )
    return (partner, programme, sequence, feed_position, told.position, subject, headers, _payload(told, token))


@lru_cache(_ALIKE_REMEMBERED_MAX)
def _headers_around(source: str, name: str, on: date, subject: str) -> tuple[str, str]:
    """The headers between the two numbers, and those behind the instant of recording."""
    common = {
        "ce-source": source,
        "ce-type": name,
        "ce-time": datetime.combine(on, time(), PAKISTAN_TIME).isoformat(),
        "ce-subject": subject,
    }
    written = msgspec.json.encode(common).decode()
    assert written.isascii(), "what is not ASCII belongs into the payload"
    return f"{written[1:-1]},", '"content-type":"application/json"}'


@lru_cache(_INSTANTS_REMEMBERED_MAX)
def _instant(recorded_at: datetime) -> str:
    return recorded_at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def traceparent(source: str, log_position: int, feed_position: int) -> str:
    """The trace that a row belongs to, in the form of W3C Trace Context, not sampled: one trace for each event.

    Its id is the registry's fingerprint and the event's position in the log, that of the parent the feed position: all
    of them can be worked out again, and rows that tell different partners of one event share a trace.
    """
    return f"00-{source[-FINGERPRINT_LETTERS:]}{log_position:016x}-{feed_position:016x}-00"


def subject_of(told: Told) -> str:
    """Partner, programme and place, never a household; `agreement` or `shock` stands where there is none."""
    if isinstance(told.what, ChangeTold):
        return _subject(*told.feed, told.what.place)
    return f"{SUBJECTS}.{'.'.join(told.feed)}.{'agreement' if isinstance(told.what, TermsTold) else 'shock'}"


@lru_cache(_ALIKE_REMEMBERED_MAX)
def _subject(partner: str, programme: str, place: str) -> str:
    feed = f"{SUBJECTS}.{partner}.{programme}"
    region = place[:3]
    return f"{feed}.{region}.{place if place != region else WITHOUT_DISTRICT}"


def _payload(told: Told, token: Token) -> bytes:
    partner, programme = told.feed
    what = told.what
    if isinstance(what, TermsTold):
        terms = what.places, what.score, what.first_day, what.last_day
        return msgspec.json.encode(TermsPayload(partner, programme, *terms, told.on))
    if isinstance(what, ShockTold):
        windows = what.resurvey_from, what.resurvey_until
        groups = tuple([group.word for group in what.groups])
        stated = what.shock, programme, what.hazard.word, what.impact_on, what.places, *windows, told.on, groups
        return msgspec.json.encode(ShockPayload(*stated))
    behind = _behind_household((programme, told.on, *astuple(what)[1:]))
    return b'{"household":"%b"%b' % (str(token(partner, what.household)).encode(), behind)


@lru_cache(_ALIKE_REMEMBERED_MAX)
def _behind_household(alike: tuple[Any, ...]) -> bytes:
    """The payload of a change behind the household's token: of its programme, its day and the rest of a ChangeTold."""
    programme, on, was, outcome, since, reason, place, kind, score = alike
    nobody = UUID(int=0)
    whole = ChangePayload(nobody, programme, was.word, outcome.word, since, reason, place, on, kind.word, score)
    return msgspec.json.encode(whole)[len(f'{{"household":"{nobody}"') :]


def sequence_of(row: Row) -> int:
    """Read a row's number in its feed."""
    return cast("int", row[2])


def feed_position_of(row: Row) -> int:
    """Read a row's number among all feeds."""
    return cast("int", row[3])


def log_position_of(row: Row) -> int:
    """Read where in the log the event stands that a row tells of."""
    return cast("int", row[4])


def in_words(row: Row) -> dict[str, Any]:
    """A row as an object: headers and payload are the stored bytes themselves."""
    _, _, sequence, feed_position, log_position, subject, headers, payload = row
    return {
        "sequence": sequence,
        "feed_position": feed_position,
        "log_position": log_position,
        "subject": subject,
        "headers": msgspec.Raw(cast("str", headers).encode()),
        "payload": msgspec.Raw(cast("bytes", payload)),
    }
