"""Where the reference material lies that some tests hold the software against; they skip where it is absent."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFERENCE = Path(os.environ.get("GHARANA_REFERENCE", ROOT.parent / "shared" / "reference"))

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference material is not here; GHARANA_REFERENCE may name its folder"
)
