"""A log in memory and a folder of seals over it."""

from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.log import NewEntry
from adapters.memory.log import MemoryLog
from adapters.seals.notes import Signer
from adapters.seals.sealer import Sealer

ORIGIN = "registry.example/seals"
AMINAS, BILALS, CHANDS = (UUID(int=number << 64) for number in (0xA, 0xB, 0xC))


def a_signer(name: str = ORIGIN, algorithm: int = 1) -> Signer:
    return Signer(name, Ed25519PrivateKey.generate(), algorithm)


def an_event(stream: UUID, version: int, state: bytes = b"state") -> NewEntry:
    return NewEntry(stream, version, "household.registered.v1", state + b"%d" % version)


def append(log: MemoryLog, stream: UUID, events: int) -> None:
    """Append so many events to a stream, behind those that it has."""
    first = len(log.stream(stream)) + 1
    log.append([an_event(stream, version) for version in range(first, first + events)])


def seal(log: MemoryLog, folder: Path, signer: Signer, at_once: int = 20_000) -> Sealer:
    """Seal the whole log."""
    sealer = Sealer(log, folder, signer)
    while sealer.step(at_once):
        pass
    return sealer
