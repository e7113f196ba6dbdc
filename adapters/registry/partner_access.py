"""Giving a partner access: a key, shown once, and doors at the message server, at once where that can be reached."""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from adapters.faults import Refused, WorldFailed
from adapters.keys.partner_keys import draw_key, hash_of
from adapters.message_server import address_for_partners, letting_in, message_server, stream_settings
from adapters.nats.consumers import consumer_name
from adapters.nats.doors import make_doors
from adapters.nats.line import open_line
from adapters.nats.stream import STREAM
from adapters.nats.users import inbox_prefix
from adapters.registry.feed_door import get_programmes
from adapters.registry.opening import Registry
from domain.partner import SetKey


class Access(msgspec.Struct, frozen=True):
    """Everything with which a partner connects; `password` is its key, which is kept nowhere."""

    server: str
    user: str
    password: str
    inbox_prefix: str
    stream: str
    consumers: dict[str, str]


class Doors(msgspec.Struct, frozen=True):
    """What became of the doors: where the server is, or why it could not be reached."""

    server: str
    trouble: str = ""


def open_doors(registry: Registry, environ: Mapping[str, str]) -> Doors:
    """Make the doors of every partner at the message server; whoever publishes makes them where this cannot."""
    named = environ.get("GHARANA_NATS_URL")
    server = address_for_partners(named) if named else ""
    try:
        with message_server(environ) as url:
            server = address_for_partners(url)
            with open_line(url) as line:
                make_doors(registry.log, line, stream_settings(environ), letting_in(environ))
    except (WorldFailed, Refused) as failure:
        return Doors(server, str(failure))
    return Doors(server)


def set_key(
    registry: Registry, environ: Mapping[str, str], partner: str, by: str, file: Path | None
) -> tuple[Access, Doors]:
    """Give a partner a new key in place of any before, and write it into a file where one is named.

    Raises Refused where there is no such partner, or the file is there or cannot be written: then nothing is recorded.
    """
    programmes = get_programmes(registry, partner)
    key = draw_key()
    begun = _begin(file) if file is not None else None
    try:
        registry.desk.key(SetKey(registry.today(), partner, hash_of(key)), by)
    except BaseException:
        _give_up(file, begun)
        raise
    doors = open_doors(registry, environ)
    access = Access(
        server=doors.server,
        user=partner,
        password=key,
        inbox_prefix=inbox_prefix(partner),
        stream=STREAM,
        consumers={programme: consumer_name((partner, programme)) for programme in programmes},
    )
    if begun is not None:
        with os.fdopen(begun, "w", encoding="utf-8") as out:
            json.dump(msgspec.to_builtins(access), out, indent=2)
            out.write("\n")
    return access, doors


def _begin(file: Path) -> int:
    """Open a new file that only its owner may read: before anything is recorded, since the key is shown once."""
    try:
        return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{file} is there already: name another file for the key.") from None
    except OSError as failure:
        raise Refused(f"{file} cannot be written ({failure.strerror}): name another file for the key.") from failure


def _give_up(file: Path | None, begun: int | None) -> None:
    if file is not None and begun is not None:
        os.close(begun)
        with suppress(OSError):
            file.unlink()


def users_block(users: Sequence[dict[str, Any]]) -> str:
    """The users as a part of a NATS server's configuration, which reads JSON."""
    return ",\n".join(json.dumps(user) for user in users)
