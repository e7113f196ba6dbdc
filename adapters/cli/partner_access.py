"""`gharana partner key` and `partner access`: how a partner gets in at the message server."""

import os
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.options import By
from adapters.cli.output import Json, Output, verb
from adapters.faults import Refused
from adapters.message_server import is_named
from adapters.nats.doors import wanted_doors
from adapters.registry.opening import open_registry
from adapters.registry.partner_access import Access, set_key, users_block

KeyFile = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="A new file for the key, which only you may read."),
]


@verb
def key(
    name: Annotated[str, typer.Argument(help="The partner's name.")],
    *,
    output_file: KeyFile = None,
    by: By,
    json: Json = False,
) -> None:
    """Give a partner a new key for the message server, and show it once; the one before lets nobody in any more."""
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        access, doors = set_key(registry, os.environ, name, by, output_file)
    output.answer(access_answer(access, output_file), *access_words(access, output_file))
    if doors.trouble:
        output.warn(f"It holds at the message server from when `publish` runs: {doors.trouble}")


def check_key_file(file: Path | None, *, wanted: bool) -> None:
    """See to it, before anything is recorded, that a file for a key makes sense. Raises Refused where not."""
    if file is None:
        return
    if not wanted:
        raise Refused("The partner has a key already, so no file is written: `partner key` gives it another one.")
    if file.exists():
        raise Refused(f"{file} is there already: name another file for the key.")
    if not file.parent.is_dir():
        raise Refused(f"There is no folder {file.parent}: name another file for the key.")


def access_answer(access: Access, file: Path | None) -> dict[str, object]:
    """The access for programs; without the key where it went into a file."""
    answer: dict[str, object] = {name: getattr(access, name) for name in access.__struct_fields__}
    return answer if file is None else {**answer, "password": None, "file": str(file)}


def access_words(access: Access, file: Path | None) -> list[str]:
    """The access for people, the key once."""
    shown = f"is in {file}" if file is not None else f"is {access.password}"
    server, consumers = access.server or "the message server", ", ".join(access.consumers.values())
    words = [
        f"The key of {access.user} {shown}. It is shown once: hand it over by a way that nobody listens to.",
        f"{access.user} connects to {server} with the inbox prefix {access.inbox_prefix}.",
        f"It pulls from the stream {access.stream} by: {consumers}.",
    ]
    if is_named(os.environ):
        words.append("Include what `partner access` prints in the server's configuration, and reload it.")
    return words


@verb
def access(*, json: Json = False) -> None:
    """Print the users of all partners for the configuration of a NATS server that GHARANA_NATS_URL names.

    The private server of a registry needs none of it: whoever publishes keeps its users.
    """
    output = Output(json=json)
    with open_registry(os.environ, make=False) as registry:
        users = wanted_doors(registry.log).users
    output.answer({"users": users}, *([users_block(users)] if users else ["No partner has a key and an agreement."]))
