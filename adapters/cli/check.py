"""`gharana check`: whether this registry is in order, and what to do where it is not."""

import os
import time
from collections.abc import Iterator
from typing import NamedTuple

import typer
from psycopg.errors import InsufficientPrivilege

from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.codec import decode
from adapters.database import is_private
from adapters.keys.key_table import erasure_window_days
from adapters.postgres.own_rights import excess, tables_without_trigger
from adapters.postgres.rights import WRITER
from adapters.registry.erasures import open_erasures
from adapters.registry.opening import Registry, open_registry
from adapters.seals.restored import find_mark
from adapters.seals.settings import seals_folder, trust_file
from adapters.seals.trust import read_trust
from adapters.seals.witnessed import look_at_witnessed
from domain.catalogue import KEY_NAMES
from domain.registry_day import DayOpened
from domain.seal import HeadsSealed, SealedAnew
from domain.submission import Disclosed, SubmissionRefused

SAMPLE_EVENTS = 1_000
"""How many of the newest events are decoded: enough to notice that a program cannot read what another wrote."""


QUIET = (
    frozenset({DayOpened.name, Disclosed.name, SubmissionRefused.name, HeadsSealed.name, SealedAnew.name}) | KEY_NAMES
)


class Check(NamedTuple):
    """One thing that was looked at."""

    what: str
    is_well: bool
    says: str


@verb
def check(*, json: Json = False) -> None:
    """Look at the log, the followers, the keys and the erasures, and say what needs attention."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        checks = list(_checks(registry))
    for one in checks:
        mark = "ok  " if one.is_well else "LOOK"
        output.answer({"check": one.what, "ok": one.is_well, "says": one.says}, f"{mark}  {one.what}: {one.says}")
    if not all(one.is_well for one in checks):
        raise typer.Exit(EXIT_REFUSED)


def _checks(registry: Registry) -> Iterator[Check]:
    last = registry.log.last_position()
    newest = registry.log.after(max(0, last - SAMPLE_EVENTS))
    for entry in newest:
        decode(entry.name, entry.state)
    yield Check("log", is_well=True, says=f"{last:,} events; the newest {len(newest):,} have no gap and can be read")
    for follower, position in registry.log.checkpoints().items():
        yield _follower(registry, follower, position, last)
    policies = registry.reader.policies()
    waiting = [
        name
        for name, programme in policies.programmes.items()
        if programme.rule.needs_score and programme.find_cutoff(registry.today()) is None
    ]
    says = f"{', '.join(waiting)} without a cut-off in force" if waiting else f"{len(policies.programmes)} open"
    yield Check("programmes", is_well=not waiting, says=says)
    yield _scores(registry)
    yield _erasures(registry)
    yield _seals()
    yield _append_only(registry)
    yield _rights(registry)
    yield _keys(registry)
    yield _witnesses()


def _follower(registry: Registry, follower: str, position: int, last: int) -> Check:
    """A follower is behind when events that can change an answer wait for it; days, disclosures and refusals do not."""
    waiting = [entry for entry in registry.log.after(position, SAMPLE_EVENTS) if entry.name not in QUIET]
    says = (
        f"at {position:,}, {last - position:,} behind: `run` catches up" if waiting else f"at {position:,}, caught up"
    )
    return Check(follower, is_well=not waiting, says=says)


def _keys(registry: Registry) -> Check:
    *older, newest = registry.keyring.master_versions()
    says = f"keyring {registry.keyring.fingerprint()} is the one this registry was made with; master key {newest} wraps"
    if older:
        says += f", {', '.join(map(str, older))} still opens until `keys retire`"
    return Check("keys", is_well=True, says=says)


def _witnesses() -> Check:
    place = trust_file(os.environ)
    if place is None:
        return Check("witnesses", is_well=True, says="none is asked: no trust policy names any (docs/witnesses.md)")
    look = look_at_witnessed(seals_folder(os.environ), read_trust(place), time.time())
    return Check("witnesses", look.is_well, look.says)


def _scores(registry: Registry) -> Check:
    rows = registry.rows("SELECT count(*), count(score) FROM standing WHERE scorecard IS NOT NULL", {})
    households, scored = rows[0]
    says = f"{scored:,} of {households:,} assessed households have one"
    if scored < households:
        says += "; the others lack answers that the card needs (`household explain` names them)"
    return Check("scores", is_well=True, says=says)


def _seals() -> Check:
    restored = find_mark(seals_folder(os.environ))
    says = "no restore is waiting for a word about what was lost"
    if restored is not None:
        says = f"restored up to position {restored.position:,}, and nothing is sealed since: see `seal resume`"
    return Check("seals", is_well=restored is None, says=says)


def _append_only(registry: Registry) -> Check:
    lacking = tables_without_trigger(registry.dsn)
    says = "what is only appended to refuses every change"
    if lacking:
        says = f"{', '.join(lacking)} would not refuse a change: the trigger is gone or switched off"
    return Check("append only", is_well=not lacking, says=says)


def _rights(registry: Registry) -> Check:
    """Rights that are not needed; in the private server there is one login, and it may do everything."""
    if is_private(os.environ):
        says = "everything runs as the one superuser of the private server, which is no set-up for real data"
        return Check("rights", is_well=True, says=says)
    says = "; ".join(found := excess(registry.dsn))
    if found:
        says = f"this login {says}: let what runs come in as a member of {WRITER} (docs/operations.md)"
    return Check("rights", is_well=not found, says=says or "this login may do nothing that a running registry need not")


def _erasures(registry: Registry) -> Check:
    window_days = erasure_window_days(os.environ)
    try:
        found = open_erasures(registry)
    except InsufficientPrivilege:
        return Check(
            "erasures", is_well=True, says=f"not looked at: a login in {WRITER} may, this one may not read keys"
        )
    overdue = found.overdue(registry.clock(), window_days)
    if found.to_repeat:
        says = f"{len(found.to_repeat):,} erasures were undone by a backup: `erasure repeat`"
    elif overdue:
        says = f"{len(overdue):,} are not complete after {window_days} days: see `erasure list`"
    else:
        says = f"{len(found.waiting):,} wait for backups to turn over, none for longer than {window_days} days"
    return Check("erasures", is_well=not found.to_repeat and not overdue, says=says)
