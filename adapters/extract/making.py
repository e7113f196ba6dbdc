"""Making an extract: ranges of households to a few processes, their files into a folder, the manifest last.

Everything is written beside the folder and put in its place as a whole; what an interrupted one left is cleared away.
"""

import shutil
from collections.abc import Callable, Iterator
from itertools import starmap
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Cursor

from adapters import codec
from adapters.cards import compile_card
from adapters.extract.batch import HOUSEHOLDS_MAX
from adapters.extract.manifest import FORMAT, MANIFEST, Manifest, programmes_of, widened, write_manifest
from adapters.extract.worker import Assignment, Task, Written
from adapters.faults import Refused, WorldFailed
from adapters.followers.assessing import ASSESSOR
from adapters.followers.timeline import timeline
from adapters.postgres.log import LAST_POSITION, PostgresLog
from adapters.postgres.shadow import one_moment
from adapters.team import Trade, answers, team, workers_default
from domain.policies import Policies

_TRADE = Trade("adapters.extract.worker", "the extract", "The extract was not made; run it again.")
_NEXT = "SELECT household_id FROM standing WHERE household_id > %s ORDER BY household_id OFFSET %s LIMIT 1"
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)

Report = Callable[[int], None]


class _Moment(msgspec.Struct, frozen=True):
    """What the database was like when the extract began."""

    snapshot: str
    position: int
    log_position: int
    registry: str
    households: int
    ranges: tuple[tuple[int, bytes, bytes], ...]


def make_extract(
    log: PostgresLog,
    folder: Path,
    *,
    workers: int | None = None,
    as_it_stands: bool = False,
    report: Report | None = None,
) -> Manifest:
    """Write an extract of a registry into a folder, in the place of one that is there already.

    Raises Refused for a folder that holds something else, while a change of policy is being brought to the households,
    and, unless it is taken as it stands, where events have not been assessed yet; WorldFailed where a process or the
    disk fails, and then the folder is as it was.
    """
    _refuse_other_folders(folder)
    making = folder.with_name(f"{folder.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    try:
        making.mkdir(parents=True)
        with one_moment(log.datastore.dsn) as cursor:
            moment = _begin(cursor, as_it_stands=as_it_stands)
            written = _written(log.datastore.dsn, making, moment, workers, report)
        manifest = _manifest(log, moment, written)
        write_manifest(making, manifest)
        _put_in_place(making, folder)
    except OSError as failure:
        raise WorldFailed(
            f"{failure.filename or folder}: {failure.strerror or failure}. The extract was not made."
        ) from failure
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return manifest


def _refuse_other_folders(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is a file: name a folder for the extract.")
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise Refused(f"{folder} holds files, and no extract: name another folder, so that nothing is overwritten.")


def _put_in_place(making: Path, folder: Path) -> None:
    before = folder.with_name(f"{folder.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    making.rename(folder)
    shutil.rmtree(before, ignore_errors=True)


def _begin(cursor: Cursor[Any], *, as_it_stands: bool) -> _Moment:
    unfinished = cursor.execute("SELECT policy_position FROM reassessments WHERE NOT done").fetchone()
    if unfinished is not None:
        raise Refused(
            f"The change of policy at position {unfinished[0]} has not been brought to every household yet: let `run` "
            "finish (`run --until-caught-up`), then extract."
        )
    row = cursor.execute("SELECT notification_id FROM checkpoints WHERE application_name = %s", (ASSESSOR,)).fetchone()
    position = row[0] if row else 0
    (log_position,) = cursor.execute(LAST_POSITION).fetchone() or (0,)
    if not as_it_stands:
        _refuse_behind(position, log_position)
    (snapshot,) = cursor.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
    fingerprint = cursor.execute("SELECT key_fingerprint FROM registry").fetchone()
    (households,) = cursor.execute("SELECT count(*) FROM standing").fetchone() or (0,)
    return _Moment(
        snapshot,
        position,
        log_position,
        str(fingerprint[0]) if fingerprint else "",
        households,
        tuple(_ranges(cursor)),
    )


def _refuse_behind(position: int, log_position: int) -> None:
    behind = log_position - position
    if behind:
        raise Refused(
            f"The log is at position {log_position:,}, and households are assessed up to {position:,}: "
            f"events that their standing lacks: {behind:,}. Run `gharana run --until-caught-up` first, or extract "
            "with --as-it-stands."
        )


def _ranges(cursor: Cursor[Any]) -> Iterator[tuple[int, bytes, bytes]]:
    """Divide the households into ranges of ids, one for each part."""
    beyond, number = _FIRST, 0
    while True:
        row = cursor.execute(_NEXT, (beyond, HOUSEHOLDS_MAX - 1)).fetchone()
        until = _LAST if row is None else row[0]
        yield number, beyond.bytes, until.bytes
        if row is None:
            return
        beyond, number = until, number + 1


def _written(dsn: str, folder: Path, moment: _Moment, workers: int | None, report: Report | None) -> list[Written]:
    """Let the workers write the parts; gives them in the order of their numbers."""
    assignment = Assignment(dsn, str(folder), moment.snapshot, moment.position)
    written: dict[int, Written] = {}
    with team(_TRADE, assignment, min(workers or workers_default(), len(moment.ranges))) as hands:
        for one in answers(hands, starmap(Task, moment.ranges)):
            written[one.number] = one
            if report is not None:
                report(one.part.households.rows + one.merged)
    return [written[number] for number in sorted(written)]


def _manifest(log: PostgresLog, moment: _Moment, written: list[Written]) -> Manifest:
    policies = [codec.recorded(entry) for entry in log.policies() if entry.position <= moment.position]
    reached = timeline(policies, compile_card)
    in_force = reached.in_force
    of_households: dict[str, tuple[int, int]] = {}
    of_people: dict[str, tuple[int, int]] = {}
    for one in written:
        of_households = widened(of_households, one.households)
        of_people = widened(of_people, one.people)
    parts = tuple(one.part for one in written)
    return Manifest(
        format=FORMAT,
        registry=moment.registry,
        position=moment.position,
        log_position=moment.log_position,
        policies_position=in_force.position,
        day=in_force.day,
        scorecard=in_force.scorecard.hex() if in_force.scorecard else None,
        scorecards=_contents(reached.policies, in_force.scorecard),
        programmes=programmes_of(in_force),
        households=sum(part.households.rows for part in parts),
        people=sum(part.people.rows for part in parts),
        merged=sum(one.merged for one in written),
        parts=parts,
        ranges_of_households=of_households,
        ranges_of_people=of_people,
    )


def _contents(policies: Policies, current: bytes | None) -> dict[str, bytes]:
    """The cards that were adopted: there are few, and each is a few kilobytes."""
    contents = {card.content_hash.hex(): card.content for card in policies.cards}
    assert current is None or current.hex() in contents, "a card in force was adopted"
    return contents
