"""What is held against what afterwards: answers, log, answers kept ready, feed, and the list of the partner."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg

from adapters.cards import compile_card
from adapters.codec import recorded
from adapters.followers.feed_check import compare
from adapters.followers.feeder import ends_of, sender_of
from adapters.postgres.rebuilding import rebuild
from adapters.postgres.webhooks import Webhooks
from adapters.registry.feed_snapshot import open_snapshot
from adapters.registry.opening import Registry
from domain.standing import Decided
from domain.submission import SubmissionRefused
from tests.chaos.feed_world import KEPT, PARTNER, POSTED, PROGRAMMES, World
from tests.posted_feeds import KEY
from tests.receiver import is_signed

_TOLD = "SELECT feed_position FROM feed WHERE partner = %s ORDER BY 1"
_OF_WEBHOOK = "SELECT feed_position, payload FROM feed WHERE partner = %s AND programme = %s ORDER BY 1"
_SUBMISSIONS = "SELECT submission_id, accepted FROM submissions"


class Journal(msgspec.Struct):
    """What a partner applied against what it was told."""

    missing: int
    doubled: int
    out_of_order: int
    seen: dict[str, int]


def is_through(world: World, registry: Registry) -> bool:
    """Whether the followers are at the log's end and the partner at the end of each feed."""
    log, last = registry.log, registry.log.last_position()
    if any(position != last for position in log.checkpoints().values()):
        return False
    with psycopg.connect(registry.dsn) as connection:
        if connection.execute("SELECT 1 FROM reassessments WHERE NOT done").fetchone():
            return False
    ends = {programme: sequence for (_, programme), (sequence, _) in ends_of(registry.tables).items()}
    with closing(Webhooks(registry.dsn)) as webhooks:
        posted = webhooks.find((PARTNER, POSTED))
    if posted is None or posted.sequence != ends[POSTED]:
        return False
    reached = dict(_rows(world.folder / "list.sqlite", "SELECT programme, sequence FROM reached"))
    return reached == ends and _kept_position(world)[0] == ends[KEPT]


def _kept_position(world: World) -> tuple[int, int]:
    """How far the list that the example keeps has come, and how many messages it took in."""
    rows = _rows(world.folder / "kept.db", "SELECT sequence, applied FROM position")
    return rows[0] if rows else (0, 0)


def journal(world: World, registry: Registry) -> Journal:
    """Hold the partner's journal against the feed, row by row in the order in which they were applied."""
    with psycopg.connect(registry.dsn) as connection:
        told = [row[0] for row in connection.execute(_TOLD, (PARTNER,))]
    applied = Counter(row[0] for row in _rows(world.folder / "list.sqlite", "SELECT id FROM journal"))
    reached: dict[str, int] = defaultdict(int)
    outcomes: dict[tuple[str, str], str] = defaultdict(lambda: "ineligible")
    out_of_order = 0
    rows = _rows(
        world.folder / "list.sqlite", "SELECT programme, sequence, household, was, outcome FROM journal ORDER BY rowid"
    )
    for programme, sequence, household, was, outcome in rows:
        follows = sequence == reached[programme] + 1
        if household is not None:
            follows = follows and was == outcomes[programme, household]
            outcomes[programme, household] = outcome
        out_of_order += not follows
        reached[programme] = sequence
    missing = sum((Counter(told) - applied).values())
    doubled = sum((applied - Counter(told)).values())
    return Journal(
        missing, doubled, out_of_order, dict(_rows(world.folder / "list.sqlite", "SELECT what, times FROM seen"))
    )


def check_lists(world: World, registry: Registry) -> int:
    """The partner's list of each programme is the registry's; returns how many households stand on them."""
    listed = 0
    for programme in PROGRAMMES:
        with open_snapshot(registry, (PARTNER, programme)) as snapshot:
            entries = [entry for district in snapshot.districts for entry in district.entries]
        expected = {str(one.household): (one.outcome, one.since.isoformat(), one.place) for one in entries}
        rows = _rows(
            world.folder / "list.sqlite",
            "SELECT household, outcome, since, place FROM list WHERE programme = ?",
            programme,
        )
        assert {household: (outcome, since, place) for household, outcome, since, place in rows} == expected, programme
        if programme == KEPT:
            rows = _rows(world.folder / "kept.db", "SELECT household, outcome, since, place FROM households")
            assert {household: (outcome, since, place) for household, outcome, since, place in rows} == expected
            assert _kept_position(world) == (snapshot.sequence, snapshot.sequence), "not each message once"
        listed += len(expected)
    return listed


def check_posted(world: World, registry: Registry) -> int:
    """Each row came to the webhook in its order, none changed; returns how many came again, which kills may cause."""
    with psycopg.connect(registry.dsn) as connection:
        told = {str(position): payload for position, payload in connection.execute(_OF_WEBHOOK, (PARTNER, POSTED))}
    came = world.receiver.posted
    assert list(dict.fromkeys(one.headers["ce-id"] for one in came)) == list(told), "posted is not what was told"
    assert all(told[one.headers["ce-id"]] == one.body and is_signed(one, KEY) for one in came)
    return len(came) - len(told)


def check_feed(registry: Registry) -> None:
    """Partners were told what the log says, and the answers are what a rebuild makes of it."""
    result = compare(registry.log, registry.tables, sender_of(registry.keyring))
    assert result.is_equal, result
    assert rebuild(registry.log, compile_card, workers=1).is_equal


def check_submissions(world: World, registry: Registry, sent: list[UUID]) -> int:
    """Each submission has one outcome, and stands in the log once; returns how many decisions the log holds."""
    answers = [msgspec.json.decode(line) for line in (world.folder / "answers").read_bytes().splitlines()]
    assert [UUID(answer["submission"]) for answer in answers] == sent
    outcomes: dict[UUID, set[bool]] = defaultdict(set)
    for answer in answers:
        outcomes[UUID(answer["submission"])].add(answer["accepted"])
    with psycopg.connect(registry.dsn) as connection:
        rows = connection.execute(_SUBMISSIONS).fetchall()
    assert {submission: {accepted} for submission, accepted in rows} == outcomes
    assert len(rows) == len(outcomes)
    return _check_log(registry, outcomes)


def _check_log(registry: Registry, outcomes: dict[UUID, set[bool]]) -> int:
    """The events of a submission stand together, none of them twice; a refused one has one event, which says so."""
    decisions = 0
    times: Counter[UUID] = Counter()
    for submission, name, states in _runs(registry):
        decisions += len(states) if name == Decided.name else 0
        if submission is not None:
            times[submission] += 1
            assert len(set(states)) == len(states), submission
            assert (name == SubmissionRefused.name) == (outcomes[submission] == {False}), submission
    assert set(times.values()) <= {1}, "a submission is in the log twice"
    refused = {submission for submission, accepted in outcomes.items() if accepted == {False}}
    assert refused <= times.keys()
    return decisions


def _runs(registry: Registry) -> Iterator[tuple[UUID | None, str, list[bytes]]]:
    """Stretches of the log that belong to one submission, or to none and are of one name."""
    for (submission, _), run in groupby(_entries(registry), key=lambda one: (one[0], one[0] is None and one[1])):
        events = list(run)
        yield submission, events[0][1], [state for _, _, state in events]


def _entries(registry: Registry) -> Iterator[tuple[UUID | None, str, bytes]]:
    position = 0
    while entries := registry.log.after(position, 5_000):
        for entry in entries:
            found = recorded(entry)
            submission = found.event.submission if entry.name == SubmissionRefused.name else found.envelope.submission
            yield submission, entry.name, entry.stream.bytes + entry.name.encode() + entry.state
        position = entries[-1].position


def _rows(file: Path, query: str, *parameters: object) -> list[tuple]:
    if not file.exists():
        return []
    with closing(sqlite3.connect(file, timeout=30)) as base:
        try:
            return base.execute(query, parameters).fetchall()
        except sqlite3.OperationalError:  # it was killed before it made its tables
            return []
