"""The mark that a restore leaves among the seals: until it is known what is missing, nothing is sealed.

A registry restored from an older backup that went on sealing would sign two trees of one size: a fork, by which every
witness and auditor must take it for a forgery.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from adapters.durable import flush_folder, write_file
from adapters.faults import Refused, WorldFailed

MARK = "restored.json"


class Restored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From a backup of when the registry was restored, up to which position of the log; and how far it was sealed."""

    backup_made_at: datetime
    position: int
    sealed: int
    origin: str


def mark_restored(folder: Path, restored: Restored) -> None:
    """Keep the seals in a folder from being gone on with."""
    write_file(folder / MARK, msgspec.json.encode(restored))


def find_mark(folder: Path) -> Restored | None:
    """What the mark says, where there is one."""
    try:
        return msgspec.json.decode((folder / MARK).read_bytes(), type=Restored)
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise WorldFailed(f"{folder / MARK} cannot be read ({failure.strerror}).") from failure
    except msgspec.MsgspecError as error:
        raise Refused(f"{folder / MARK} is damaged ({error}): restore the seals from the backup again.") from None


def remove_mark(folder: Path) -> None:
    """Let the seals be gone on with."""
    (folder / MARK).unlink()
    flush_folder(folder)


def refuse_after_restore(folder: Path) -> None:
    """Raise Refused where nobody has said yet what a restore has lost."""
    restored = find_mark(folder)
    if restored is not None:
        raise Refused(
            f"This registry was restored from a backup of {restored.backup_made_at:%Y-%m-%d %H:%M} UTC, up to position"
            f" {restored.position:,}, and what was sealed after that must not be sealed a second time. Nothing is"
            " sealed until `seal resume` is told by a checkpoint of the witnesses that nothing is missing, or that"
            " something was lost."
        )
