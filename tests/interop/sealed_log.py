"""A log of ours, sealed in many batches, as programs of others are to read it."""

import random
from pathlib import Path

from adapters.memory.log import MemoryLog
from adapters.seals.notes import Signer
from adapters.seals.published import Published
from tests.seals.registry_log import AMINAS, BILALS, CHANDS, a_signer, append, seal

EVENTS = 5_000
EVENTS_A_SEAL = 41
SEED = 20261129


def sealed_log(folder: Path) -> tuple[Signer, Published]:
    """Some five thousand events, of which 41 go into each seal; the last tiles of all levels are partial."""
    log, chance = MemoryLog(), random.Random(SEED)
    while log.last_position() < EVENTS:
        append(log, chance.choice([AMINAS, BILALS, CHANDS]), chance.randint(1, 30))
    signer = a_signer()
    published = seal(log, folder, signer, EVENTS_A_SEAL).published
    assert published is not None
    return signer, published


def some_indexes(size: int, count: int) -> list[int]:
    """Entries at the edges of tiles and of the tree, and others drawn by lot."""
    edges = {0, 1, 254, 255, 256, 257, 4_095, 4_096, size - 2, size - 1}
    return sorted(edges | set(random.Random(SEED).sample(range(size), count)))


def flipped(content: bytes, at: int) -> bytes:
    """The same with one bit changed."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
