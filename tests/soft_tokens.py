"""SoftHSM, Debian's software token, as a PKCS#11 module of the tests' own: its tokens lie in a temporary folder.

The library reads SOFTHSM2_CONF and looks for tokens when it is first begun in a process, so both tokens are made before
that; each test has keys under a label of its own.
"""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PROGRAM = "softhsm2-util"
ABSENT = f"Debian's SoftHSM is not installed (no {LIBRARY})"
TOKEN, NEVER_OPENED = "gharana tests", "gharana never opened"

needs_soft_token = pytest.mark.skipif(not LIBRARY.exists() or shutil.which(PROGRAM) is None, reason=ABSENT)


class SoftToken:
    """A token of the tests, and where its PIN and the settings of keyrings in it lie."""

    def __init__(self, folder: Path, pin: str) -> None:
        self.folder = folder
        self.pin = pin

    def settings(self, key: str, *, token: str = TOKEN, pin: str = "", library: Path = LIBRARY) -> Path:
        """Write settings of a keyring whose master keys have this label, with the PIN in a file of its owner's."""
        pin_file = self.folder / f"{key}.pin"
        pin_file.touch(mode=0o600)
        pin_file.write_text(f"{pin or self.pin}\n")
        settings = self.folder / f"{key}.toml"
        settings.write_text(
            'format = "gharana-keyring/1"\nkind = "pkcs11"\n'
            f'module = "{library}"\ntoken = "{token}"\nkey = "{key}"\npin_file = "{pin_file}"\n'
        )
        return settings


@contextmanager
def soft_token(folder: Path) -> Iterator[SoftToken]:
    """Make the two tokens and name the folder by SOFTHSM2_CONF, for as long as the block lasts."""
    tokens, configuration = folder / "tokens", folder / "softhsm2.conf"
    tokens.mkdir(parents=True)
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    pin = secrets.token_hex(8)
    for label in (TOKEN, NEVER_OPENED):
        command = [PROGRAM, "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", secrets.token_hex(8)]
        done = subprocess.run(command, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
    try:
        yield SoftToken(folder, pin)
    finally:
        del os.environ["SOFTHSM2_CONF"]
