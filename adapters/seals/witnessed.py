"""How far witnesses have signed what is sealed, for whoever looks after a registry."""

from pathlib import Path
from typing import NamedTuple

from adapters.seals.not_proved import NotProved
from adapters.seals.published import WITNESSED, find_note, sealed_size
from adapters.seals.trust import Trust

BEHIND_SECONDS_MAX = 600.0
"""Witnesses are shown a seal every few seconds; so long without enough of them, and somebody should look."""


class Look(NamedTuple):
    """Whether it is well, and why, in a sentence without its end."""

    is_well: bool
    says: str


def look_at_witnessed(folder: Path, trust: Trust, now: float) -> Look:
    """Look at the newest seal that enough witnesses signed, beside the newest there is."""
    note, sealed = find_note(folder / WITNESSED), sealed_size(folder)
    if note is None:
        return Look(not sealed, "no seal is signed by enough witnesses yet; the journal of the sealer says why")
    try:
        checked = trust.check(note, now)
    except NotProved as wrong:
        return Look(is_well=False, says=f"the newest witnessed seal is not one by this policy: {wrong}")
    size, last = checked.checkpoint.size, max(one.time for one in checked.signed_by)
    if trust.quorum is None or not last:
        return Look(is_well=True, says="the trust policy asks for none")
    seconds = now - last
    if size > sealed:
        return Look(
            is_well=False, says=f"witnesses signed {size:,} events, and only {sealed:,} are sealed: rolled back"
        )
    if size == sealed:
        return Look(is_well=True, says=f"enough of them signed the newest seal, of {size:,} events")
    says = f"the newest {sealed - size:,} events are not witnessed, the last time was {seconds:,.0f} s ago"
    return Look(seconds <= BEHIND_SECONDS_MAX, says)
