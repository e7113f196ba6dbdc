"""Holding scorecards against what was adopted: the cards in the log by their hashes, and the files that are used."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from adapters.audit.findings import Finding, Kind
from adapters.documents.scorecard import load_scorecard
from adapters.faults import Refused
from domain.event import Recorded
from domain.scorecard.canonical import scorecard_hash
from domain.scorecard_adoption import ScorecardAdopted


def check_adopted(policies: Sequence[Recorded[Any]]) -> Iterator[Finding]:
    """Work out the hash of every card that was adopted from its content as it stands in the log."""
    for recorded in policies:
        event = recorded.event
        if isinstance(event, ScorecardAdopted) and sha256(event.content).digest() != event.content_hash:
            yield Finding(
                Kind.SCORECARD_DIFFERS,
                f"the card {event.scorecard_id}, adopted at position {recorded.position:,}, has another content than"
                f" its hash {event.content_hash.hex()[:16]} says",
                recorded.position,
            )


def check_files(policies: Sequence[Recorded[Any]], folder: Path | None) -> Iterator[Finding]:
    """Hold the files of a folder against the cards that were adopted under their names; others are passed over."""
    adopted: dict[str, set[bytes]] = {}
    for recorded in policies:
        if isinstance(recorded.event, ScorecardAdopted):
            adopted.setdefault(recorded.event.scorecard_id, set()).add(recorded.event.content_hash)
    for file in sorted(folder.glob("*.toml")) if folder is not None else ():
        try:
            card = load_scorecard(file)
        except Refused as fault:
            if file.stem in adopted:
                first = str(fault).splitlines()[0]
                yield Finding(Kind.SCORECARD_DIFFERS, f"{file} is not the card that was adopted: {first}")
            continue
        found, hashes = scorecard_hash(card), adopted.get(card.id)
        if hashes is not None and found not in hashes:
            known = ", ".join(sorted(each.hex()[:16] for each in hashes))
            yield Finding(
                Kind.SCORECARD_DIFFERS,
                f"{file} has the content {found.hex()[:16]}, and adopted under the name {card.id} was {known}",
            )
