"""Reading a TOML file that an agency supplies, with a sentence for each way in which it may not be one."""

import tomllib
from pathlib import Path

from adapters.faults import Refused

TOML_BYTES_MAX = 1_000_000


def read_toml(path: Path) -> dict[str, object]:
    """Read a small TOML file. Raises Refused where it is missing, too long, not UTF-8 or not TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(TOML_BYTES_MAX + 1)
        if len(content) > TOML_BYTES_MAX:
            raise Refused(f"{path}: such a file has at most {TOML_BYTES_MAX:,} bytes: is this the right file?")
        return tomllib.loads(content.decode("utf-8-sig"))
    except OSError as failure:
        raise Refused(f"{path}: cannot be read ({failure.strerror}): check the name and the rights.") from failure
    except UnicodeDecodeError as failure:
        raise Refused(f"{path}: byte {failure.start} is not UTF-8: save the file as UTF-8.") from failure
    except (ValueError, RecursionError) as failure:
        raise Refused(f"{path}: not a TOML file ({failure}): mend that line.") from failure
