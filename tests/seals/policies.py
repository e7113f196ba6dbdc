"""Trust policies, and checkpoints that logs and witnesses of the tests sign."""

from collections.abc import Sequence

from adapters.seals.notes import COSIGNATURE, Checkpoint, Signer, signed_checkpoint
from tests.seals.registry_log import a_signer

NOW = 1_796_000_000


def a_witness(name: str = "witness.example/one") -> Signer:
    return a_signer(name, COSIGNATURE)


def two_of_three(log: Signer, witnesses: Sequence[Signer], urls: Sequence[str] = ("", "", "")) -> str:
    """The policy that any two of three witnesses, named first, second and third, are enough."""
    names = ("first", "second", "third")
    lines = [f"witness {name} {one.verifier} {url}" for name, one, url in zip(names, witnesses, urls, strict=True)]
    return "\n".join(
        [f"log {log.verifier}", *lines, "group two-of-three 2 first second third", "quorum two-of-three", ""]
    )


def a_checkpoint(log: Signer, *witnesses: Signer, origin: str = "", time: int = NOW) -> bytes:
    """A checkpoint of some tree, signed by the log, under the name of another if one is given, and by witnesses."""
    checkpoint = Checkpoint(origin or log.name, 12, bytes(range(32)))
    return signed_checkpoint(checkpoint, log) + b"".join(one.line(checkpoint.text, time) for one in witnesses)
