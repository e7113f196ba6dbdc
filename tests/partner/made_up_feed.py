"""A feed as a partner receives it, and the list that follows from it by a few plain lines."""

import hashlib
import json
from random import Random

from kept_list import Told

from adapters.outgoing import Message

KEY = ("food-bank", "kafaalat")
DISTRICTS = ("PK601", "PK602", "PK603")
OUTCOMES = ("ineligible", "eligible", "pending", "blocked")


def made_up(seed: int, number: int, households: int = 40) -> list[Told]:
    """The agreement, then changes of a few households, so that most come and go more than once."""
    draw = Random(seed)
    told = [Told(1, "1", "agreement.made.v1", {"partner": KEY[0], "programme": KEY[1]})]
    for sequence in range(2, number + 1):
        payload = {
            "household": f"00000000-0000-8000-8000-{draw.randrange(households):012d}",
            "to": draw.choice(OUTCOMES),
            "since": f"2026-11-{draw.randrange(1, 30):02d}",
            "place": draw.choice(DISTRICTS),
        }
        told.append(Told(sequence, str(sequence), "standing.decided.v1", payload))
    return told


def as_sent(told: list[Told]) -> list[Message]:
    """As the relay sends it; the feed positions are those of a registry with this feed alone."""
    subject = f"eligibility.{'.'.join(KEY)}"
    return [
        Message(
            one.sequence,
            f"{subject}.{one.payload.get('place', 'agreement')}",
            {"ce-id": one.id, "ce-type": one.type, "ce-sequence": f"{one.sequence:019d}"},
            json.dumps(one.payload).encode(),
        )
        for one in told
    ]


def list_after(told: list[Told]) -> dict[str, tuple[str, str]]:
    """Outcome and place of each household that is listed."""
    listed: dict[str, tuple[str, str]] = {}
    for one in told:
        if one.type != "standing.decided.v1":
            listed = {}
        elif one.payload["to"] == "ineligible":
            listed.pop(one.payload["household"], None)
        else:
            listed[one.payload["household"]] = (one.payload["to"], one.payload["place"])
    return listed


def districts_of(listed: dict[str, tuple[str, str]]) -> dict[str, tuple[int, str]]:
    """Count and hash of each district, as docs/feed.md defines them."""
    found = {}
    for district in sorted({place for _, place in listed.values()}):
        lines = [
            f"{household} {outcome}\n" for household, (outcome, place) in sorted(listed.items()) if place == district
        ]
        found[district] = (len(lines), hashlib.sha256("".join(lines).encode()).hexdigest())
    return found


def snapshot_of(told: list[Told], sequence: int) -> str:
    """What `feed snapshot --json` prints at a sequence."""
    listed = list_after(told[:sequence])
    lines = [
        {"household": household, "outcome": outcome, "since": "2026-11-01", "place": place}
        for household, (outcome, place) in listed.items()
    ]
    sums = [
        {"district": place, "households": count, "sha256": digest}
        for place, (count, digest) in districts_of(listed).items()
    ]
    total = {"partner": KEY[0], "programme": KEY[1], "households": len(listed), "sequence": sequence}
    return "\n".join(map(json.dumps, [*lines, *sums, total]))
