"""Where the reference material lies that some tests hold the software against; they skip where it is absent."""

import os
from pathlib import Path

import pytest

from adapters.home import REPOSITORY

REFERENCE = Path(os.environ.get("GHARANA_REFERENCE", REPOSITORY.parent / "shared" / "reference"))

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference material is not here; GHARANA_REFERENCE may name its folder"
)
