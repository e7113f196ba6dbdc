"""Where things lie: the repository, the data it ships, and the home of the registry that is being worked on."""

from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / "data"
"""What an agency supplies and may change: scorecards, programmes, places, survey mappings."""


def registry_home(environ: Mapping[str, str]) -> Path:
    """Return the folder GHARANA_HOME names, or var/ under the repository; two homes are two registries.

    It holds what belongs to one registry alone: its embedded server, its keys, its logs. It need not exist yet.
    """
    named = environ.get("GHARANA_HOME")
    return Path(named).expanduser().absolute() if named else REPOSITORY / "var"
