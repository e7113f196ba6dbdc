"""Which NATS server partners read from: the one GHARANA_NATS_URL names, else a private one under the home."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from adapters.embedded.layout import NatsLayout
from adapters.embedded.nats import find_running_server, nats_server
from adapters.embedded.nats_store import SYNC_ALWAYS, SYNC_LATER
from adapters.embedded.nats_users import let_in
from adapters.faults import Refused
from adapters.home import registry_home
from adapters.nats.frames import Fence
from adapters.nats.stream import REPLICAS_ALLOWED, StreamSettings

_FENCES = {"always": Fence.ATOMIC, "later": Fence.CHAINED}
_INTERVALS = {Fence.ATOMIC: SYNC_ALWAYS, Fence.CHAINED: SYNC_LATER}


@contextmanager
def message_server(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the address of the server, or several with commas between, for as long as the context lasts.

    It holds the password where there is one, so it is not for logs. Raises WorldFailed when the private one does not
    start.
    """
    named = environ.get("GHARANA_NATS_URL")
    if named:
        yield named
    else:
        with nats_server(registry_home(environ), sync_interval=_INTERVALS[fence_of(environ)]) as url:
            yield url


def letting_in(environ: Mapping[str, str]) -> Callable[[Sequence[dict[str, Any]]], None]:
    """Return what lets exactly the given users in besides the registry.

    Only the private server is ours to set up; who operates another one includes what `partner access` prints.
    """
    if is_named(environ):
        return lambda _: None
    layout = NatsLayout(registry_home(environ).resolve())
    return lambda users: let_in(layout, users)


def is_named(environ: Mapping[str, str]) -> bool:
    """Whether GHARANA_NATS_URL names a server that somebody else operates."""
    return bool(environ.get("GHARANA_NATS_URL"))


def address_for_partners(urls: str) -> str:
    """Return the address of the server, or several with commas between, without our own user and password.

    Raises Refused where it cannot be read.
    """
    try:
        parts = [urlsplit(url.strip() if "://" in url else f"nats://{url.strip()}") for url in urls.split(",")]
    except ValueError:
        raise Refused("The address of the NATS server cannot be read: write it as nats://host:4222.") from None
    return ",".join(f"{part.scheme}://{part.netloc.rpartition('@')[2]}" for part in parts)


def find_message_server(environ: Mapping[str, str]) -> str | None:
    """Return the address of a server that is there already; None where the private one is not running."""
    return environ.get("GHARANA_NATS_URL") or find_running_server(registry_home(environ))


def fence_of(environ: Mapping[str, str]) -> Fence:
    """Return how windows are sent to a server that syncs as GHARANA_NATS_SYNC says: `always` unless it says `later`."""
    named = environ.get("GHARANA_NATS_SYNC", "always")
    if named not in _FENCES:
        raise Refused(f"GHARANA_NATS_SYNC is {named!r}; it can be {' or '.join(_FENCES)}.")
    return _FENCES[named]


def stream_settings(environ: Mapping[str, str]) -> StreamSettings:
    """Return what GHARANA_NATS_REPLICAS and GHARANA_NATS_STREAM_BYTES choose for the stream."""
    replicas = _number(environ, "GHARANA_NATS_REPLICAS")
    if replicas is not None and replicas not in REPLICAS_ALLOWED:
        raise Refused(f"GHARANA_NATS_REPLICAS is {replicas}; it can be {' or '.join(map(str, REPLICAS_ALLOWED))}.")
    return StreamSettings(replicas, _number(environ, "GHARANA_NATS_STREAM_BYTES"))


def _number(environ: Mapping[str, str], name: str) -> int | None:
    named = environ.get(name)
    if named is None:
        return None
    if not named.isascii() or not named.isdigit() or int(named) == 0:
        raise Refused(f"{name} is {named!r}; it must be a whole number above 0.")
    return int(named)
