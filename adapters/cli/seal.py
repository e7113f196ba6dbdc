"""`gharana seal`: seal the log now, state the heads, show what is published, give out the key and single proofs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.options import Workers
from adapters.cli.output import EXIT_REFUSED, Json, Output, verb, write_output
from adapters.cli.seal_resume import resume
from adapters.faults import Refused
from adapters.registry.opening import Registry, open_registry
from adapters.seals.fsck import fsck as fsck_of
from adapters.seals.notes import Signer
from adapters.seals.proof_file import ProofFile
from adapters.seals.published import Published, find_published, sealed_size
from adapters.seals.sealing import seal_all, state_heads
from adapters.seals.settings import open_or_make_signer, seals_folder, trust_file
from adapters.seals.trust import read_trust
from adapters.seals.witnessing import ask_witnesses
from domain.seal import HeadsSealed

app = typer.Typer(help="Seal the log with a signed tree, so that nobody can change it quietly.", no_args_is_help=True)


@app.command("now")
@verb
def now(*, json: Json = False) -> None:
    """Seal everything that stands in the log now."""
    output = Output(json=json)
    with _opened() as (registry, signer):
        _answer(output, _sealed(output, registry, signer), registry.log.last_position())


@app.command("heads")
@verb
def heads(*, json: Json = False) -> None:
    """State in the log where every stream ends, so that no last event can be withheld, and seal that too.

    `run` does it once a day by itself.
    """
    output = Output(json=json)
    with _opened() as (registry, signer):
        published = _sealed(output, registry, signer)
        stated = state_heads(registry.log, published.tree, registry.today(), datetime.now(UTC))
        _sealed(output, registry, signer)
    output.answer(
        {"until_position": stated.until_position, "streams": stated.streams, "root": stated.root.hex()},
        *_heads_words(stated),
    )


@app.command("show")
@verb
def show(*, json: Json = False) -> None:
    """Show the newest seal, and how far the log has gone on since."""
    output = Output(json=json)
    with _opened() as (registry, signer):
        published = find_published(seals_folder(os.environ), signer.verifier)
        if published is None:
            raise Refused("Nothing is sealed yet: `seal now` does it once, `run` goes on doing it.")
        _answer(output, published, registry.log.last_position())


@app.command("key")
@verb
def key(*, json: Json = False) -> None:
    """Print the key by which others know the seals of this registry: the first line of a trust policy."""
    output = Output(json=json)
    with _opened() as (_, signer):
        output.answer({"origin": signer.name, "key": str(signer.verifier)}, f"log {signer.verifier}")


@app.command("witness")
@verb
def witness(*, json: Json = False) -> None:
    """Show the newest seal to the witnesses of the trust policy now; `run` does it by itself."""
    output = Output(json=json)
    place = trust_file(os.environ)
    if place is None:
        raise Refused("No trust policy names witnesses: set GHARANA_TRUST, or put the file `trust` beside the tiles.")
    with _opened() as (registry, signer):
        done = ask_witnesses(_sealed(output, registry, signer), seals_folder(os.environ), read_trust(place))
    output.table(("witness", "outcome", "says"), [(one.witness, str(one.outcome), one.says) for one in done.asked])
    enough = "Enough witnesses signed it." if done.is_witnessed else "Too few witnesses signed it."
    output.answer({"size": done.size, "witnessed": done.is_witnessed}, f"The seal of {done.size:,} events: {enough}")
    if not done.is_witnessed or done.alarms:
        raise typer.Exit(EXIT_REFUSED)


@app.command("fsck")
@verb
def fsck(*, workers: Workers = None, json: Json = False) -> None:
    """Check every file of the tree against the others and against the signed checkpoint; ends with 1 for a fault."""
    output = Output(json=json)
    with _opened() as (_, signer):
        folder = seals_folder(os.environ)
        with output.progress("Checking tiles", sealed_size(folder)) as more:
            found = fsck_of(folder, signer.verifier, more, workers=workers)
    output.table(
        ("fault", "position"), [(fault.says, fault.position) for fault in found.faults]
    ) if found.faults else None
    size = found.checkpoint.size if found.checkpoint else 0
    verdict = f"{len(found.faults):,} faults." if found.faults else "No faults."
    output.answer({"size": size, "faults": len(found.faults)}, f"{size:,} entries under {folder}. {verdict}")
    if found.faults:
        raise typer.Exit(EXIT_REFUSED)


@app.command("proof")
@verb
def proof(
    position: Annotated[int, typer.Argument(min=1, help="The event's position in the log.")],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write (C2SP tlog-proof).")],
    json: Json = False,
) -> None:
    """Write the proof that one event is in the sealed log."""
    output = Output(json=json)
    with _opened() as (registry, signer):
        published = _sealed(output, registry, signer)
        if position > published.tree.size:
            raise Refused(f"The log ends at position {published.tree.size:,}: there is no event {position:,}.")
        entry = published.tree.entries((position - 1) // 256)[(position - 1) % 256]
        written = ProofFile(position - 1, tuple(published.tree.inclusion(position - 1)), published.note, entry)
        write_output(out, written.content)
    output.answer(
        {"position": position, "file": str(out), "hashes": len(written.proof)},
        f"{out} proves event {position:,} with {len(written.proof)} hashes.",
    )


app.command("resume")(resume)


@contextmanager
def _opened() -> Iterator[tuple[Registry, Signer]]:
    with open_registry(os.environ, make=False) as registry:
        yield registry, open_or_make_signer(os.environ, registry.keyring)


def _sealed(output: Output, registry: Registry, signer: Signer) -> Published:
    folder, total = seals_folder(os.environ), registry.log.last_position()
    with output.progress("sealing", total) as advance:
        published = seal_all(registry.dsn, registry.log, folder, signer, advance)
    assert published is not None, "a registry that is open has opened its day"
    return published


def _answer(output: Output, published: Published, last_position: int) -> None:
    checkpoint, waiting = published.checkpoint, max(0, last_position - published.checkpoint.size)
    output.answer(
        {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "waiting": waiting,
            "folder": str(published.tree.folder),
        },
        f"{checkpoint.size:,} events are sealed by {checkpoint.origin}, {waiting:,} wait.",
        f"Root {checkpoint.root.hex()}, under {published.tree.folder}.",
    )


def _heads_words(stated: HeadsSealed) -> Iterator[str]:
    yield f"The heads of {stated.streams:,} streams are stated, up to position {stated.until_position:,}, and sealed."
    yield f"Root {stated.root.hex()}."
