"""Where this registry keeps what belongs to it alone: its embedded servers, its keys, its logs."""

from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def registry_home(environ: Mapping[str, str]) -> Path:
    """Return the folder GHARANA_HOME names, or var/ under the repository; two homes are two registries.

    The folder need not exist yet.
    """
    named = environ.get("GHARANA_HOME")
    return Path(named).expanduser().absolute() if named else REPOSITORY / "var"
