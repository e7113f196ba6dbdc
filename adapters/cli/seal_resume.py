"""`gharana seal resume`: after a restore, go on sealing, once it is known whether anything is missing."""

import os
from pathlib import Path
from typing import Annotated

import typer

from adapters.backup.witnessed import Witnessed
from adapters.cli.backup import PolicyOption, Proof, WitnessedOption, prove, read_seen
from adapters.cli.options import By
from adapters.cli.output import EXIT_DONE, EXIT_REFUSED, Json, Output, verb
from adapters.faults import Refused
from adapters.log import EventLog
from adapters.registry.opening import open_registry
from adapters.seals.anew import find_said, saying, seal_anew
from adapters.seals.key_file import open_signer
from adapters.seals.notes import Signer
from adapters.seals.published import find_published
from adapters.seals.restored import Restored, find_mark, remove_mark
from adapters.seals.settings import seal_key_file, seals_folder


@verb
def resume(
    *,
    witnessed: WitnessedOption = None,
    policy: PolicyOption = None,
    after_loss: Annotated[
        str | None,
        typer.Option("--after-loss", metavar="REASON", help="Events were lost: seal under a new name; it is recorded."),
    ] = None,
    origin: Annotated[str | None, typer.Option("--origin", metavar="NAME", help="The new name.")] = None,
    by: By,
    json: Json = False,
) -> None:
    """Go on sealing after a restore: witnesses say that nothing is missing, or a new name says that something is."""
    output, folder, key_place = Output(json=json), seals_folder(os.environ), seal_key_file(os.environ)
    if after_loss is None and (witnessed is None or origin is not None):
        raise typer.BadParameter("Say --witnessed and --policy, or --after-loss (which alone takes --origin).")
    restored = find_mark(folder)
    if restored is None:
        raise Refused(f"No restore waits under {folder}: sealing goes on by itself.")
    signer = open_signer(key_place)
    seen = read_seen(witnessed, policy, restored.origin)
    with open_registry(os.environ, make=False) as registry:
        said = find_said(registry.log, restored) if after_loss is not None else None  # recorded, and then broken off
        if said is None:
            proof = _proved(output, registry.log, folder, signer, seen, restored)
            if proof.is_whole:
                remove_mark(folder)
            if after_loss is None or proof.is_whole or not proof.is_true:
                output.answer({**proof.value, "origin": signer.name}, *proof.words)
                raise typer.Exit(EXIT_DONE if proof.is_whole else EXIT_REFUSED)
            lost_until = proof.compared.size if proof.compared and proof.compared.missing else None
            said = saying(restored, registry.today(), lost_until, after_loss, origin)
        changed = seal_anew(registry.log, folder, key_place, restored, said, by, registry.clock())
    output.answer(
        {
            "origin": changed.name,
            "former_origin": restored.origin,
            "sealed": said.sealed,
            "lost_until": said.lost_until,
        },
        f"What comes after position {said.sealed:,} is sealed as {changed.name}, and the log says why.",
        "Give witnesses and auditors its key (`seal key`), and copy it (`keys backup`). The former key and head are"
        " kept beside the new ones.",
    )


def _proved(
    output: Output, log: EventLog, folder: Path, signer: Signer, seen: Witnessed | None, restored: Restored
) -> Proof:
    published = find_published(folder, signer.verifier)
    if published is None:
        raise Refused(f"The checkpoint is gone from {folder}: restore the backup again, into empty places.")
    with output.progress("Proving, events", published.tree.size) as more:
        return prove(log, published, signer.verifier, seen, restored.position, more)
