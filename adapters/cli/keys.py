"""`gharana keys`: the master keys, and the destruction of a person's or a household's keys by two people."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID, uuid4

import typer

from adapters.cli.keys_backup import backup, restore
from adapters.cli.options import By, an_id
from adapters.cli.output import Json, Output, verb
from adapters.faults import Refused
from adapters.home import registry_home
from adapters.keys.choosing import keyring_place
from adapters.keys.keyring import KeyringPlace
from adapters.registry import master_keys
from adapters.registry.opening import Registry, open_registry
from adapters.submissions.shape import Erasure

app = typer.Typer(
    help="Replace and back up the master key; destroy the keys of a person or a household, by two people.",
    no_args_is_help=True,
)

Household = Annotated[UUID, typer.Option("--household", parser=an_id, metavar="ID", help="The household's id.")]
Member = Annotated[
    UUID | None,
    typer.Option("--member", parser=an_id, metavar="ID", help="A person's id; without it the whole household's keys."),
]


@app.command("show")
@verb
def show(*, json: Json = False) -> None:
    """Show the master keys and how many key rows and webhooks need each; reads every row and opens none."""
    output = Output(json=json)
    with _counting(output, "Counting, rows") as (registry, more):
        wrapped = master_keys.count_wrapped(registry, more)
        held, known = registry.keyring.master_versions(), registry.reader.master_keys()
        fingerprint = registry.keyring.fingerprint()
    output.answer({"keyring": fingerprint}, f"Keyring {fingerprint}.")
    versions = sorted({*held, *known.retired, *wrapped.households, *wrapped.webhooks})
    output.table(
        ("master_key", "state", "key_rows", "webhooks"),
        [
            (version, _state(version, held), wrapped.households[version], wrapped.webhooks[version])
            for version in versions
        ],
    )
    if lost := [version for version in versions if version not in held and wrapped.under(version)]:
        output.warn(f"What is wrapped under master key {lost[0]} opens for nobody: it came back with an old backup.")


@app.command("rotate")
@verb
def rotate(*, by: By, json: Json = False) -> None:
    """Make a new master key, which wraps from now on; the older ones still open until they are retired."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        version = master_keys.rotate(registry, _place(), by)
    output.answer(
        {"master_key": version},
        f"Master key {version} wraps from now on. Back it up, bring the key file to every machine, then `keys rewrap`.",
    )


@app.command("rewrap")
@verb
def rewrap(*, by: By, json: Json = False) -> None:
    """Wrap every key anew under the newest master key, beside whoever works; run again, it goes on where it was."""
    output = Output(json=json)
    with _counting(output, "Wrapping anew, rows") as (registry, more):
        done = master_keys.rewrap(registry, by, more)
    output.answer(
        {"master_key": done.version, "key_rows": done.households, "webhooks": done.webhooks},
        f"{done.households:,} key rows and {done.webhooks:,} webhooks were brought under master key {done.version}.",
    )


@app.command("retire")
@verb
def retire(*, by: By, json: Json = False) -> None:
    """Destroy all master keys but the newest: what they wrapped opens for nobody, in whatever backup it lies."""
    output = Output(json=json)
    with _counting(output, "Counting, rows") as (registry, more):
        retired = master_keys.retire(registry, _place(), by, more)
    gone = ", ".join(map(str, retired.versions))
    output.answer(
        {"retired": list(retired.versions), "newest": retired.newest},
        f"Master key {gone} is destroyed; {retired.newest} is left. No backup of data from before the rewrap opens any"
        " more: make a new one now, and destroy the copies of the old key file.",
    )


@app.command("propose")
@verb
def propose(
    *,
    household: Household,
    member: Member = None,
    authority: Annotated[str, typer.Option("--authority", help="The request or order upon which it is done.")],
    by: By,
    json: Json = False,
) -> None:
    """Propose to destroy keys; nothing is destroyed before another person approves."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        registry.key_desk.propose(household, member, authority, by)
        until = next(
            one.until for one in registry.key_desk.proposals() if (one.household, one.member) == (household, member)
        )
    output.answer(
        {"household": household, "member": member, "until": until},
        f"Proposed. Another person can approve it until {until}, with `keys approve` or by sending the erasure.",
    )


@app.command("approve")
@verb
def approve(*, household: Household, member: Member = None, by: By, json: Json = False) -> None:
    """Approve what another person proposed: the keys are destroyed with it, for good."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        proposed, _ = registry.reader.destruction(member or household)
        answer = registry.door.submit(
            Erasure(
                submission_id=uuid4(),
                source="keys",
                on=registry.today(),
                operator=by,
                household=household,
                member=member,
                authority=proposed.authority if proposed else "",
            )
        )
    if not answer.accepted:
        raise Refused(" ".join(reason.sentence for reason in answer.reasons))
    output.answer(
        {"household": household, "member": member, "position": answer.position},
        f"Destroyed, at position {answer.position:,}. Copies in backups must go too: `erasure list` says by when.",
    )


@app.command("withdraw")
@verb
def withdraw(
    *,
    household: Household,
    member: Member = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is not to be done; the log keeps it.")],
    by: By,
    json: Json = False,
) -> None:
    """Take back a proposal that was not approved yet."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        registry.key_desk.withdraw(household, member, reason, by)
    output.answer({"household": household, "member": member}, "Withdrawn: nobody can approve it any more.")


@app.command("proposals")
@verb
def proposals(*, json: Json = False) -> None:
    """List what is proposed to be destroyed and can be approved today."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        found = registry.key_desk.proposals()
    columns = ("household", "member", "authority", "proposed_by", "on", "until")
    output.table(columns, [tuple(getattr(one, column) for column in columns) for one in found])
    if not found:
        output.say("Nothing is proposed.")


app.command("backup")(backup)
app.command("restore")(restore)


def _place() -> KeyringPlace:
    return keyring_place(registry_home(os.environ), os.environ)


@contextmanager
def _counting(output: Output, what: str) -> Iterator[tuple[Registry, master_keys.More]]:
    """A registry, and a bar of how many of its key rows were gone through."""
    with open_registry(os.environ, make=False) as registry:
        rows = registry.rows("SELECT count(*) FROM household_keys", {})[0][0]
        with output.progress(what, rows) as more:
            yield registry, more


def _state(version: int, held: tuple[int, ...]) -> str:
    if version == held[-1]:
        return "wraps and opens"
    return "opens" if version in held else "destroyed"
