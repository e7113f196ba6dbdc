"""A file that only its owner may read. Standard library only, as the keeper needs it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path


def write_privately(file: Path, document: Mapping[str, object]) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    making = file.with_suffix(".new")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(document, out, ensure_ascii=False, indent=2)  # the server reads JSON, but knows no \u escapes
        out.flush()
        os.fsync(out.fileno())
    making.replace(file)
