"""Bring .venv in line with requirements.lock, then become the program inside it.

Runs on a bare machine, before anything is installed: standard library only. Two processes may start at once (one sets
up, the other waits), and a set-up that was interrupted is begun again from nothing, because the stamp is written last.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
LOCK_FILE = ROOT / "requirements.lock"
VENV = ROOT / ".venv"
STAMP = VENV / "gharana-stamp"
PYTHON = VENV / "bin" / "python"
PYTHON_VERSION_MIN = (3, 11)
EXIT_WORLD_FAILED = 3


class SetupFailed(Exception):
    """The environment could not be made; the sentence says what to do."""


def run_module(module: str, *arguments: str) -> NoReturn:
    """Replace this process by `python -m MODULE ARGUMENTS` inside .venv, with the repository root on the path."""
    python = _python_or_exit()
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    try:
        os.execv(python, [str(python), "-m", module, *arguments])
    except OSError as failure:
        _tell(f"Gharana could not start {python}: {failure.strerror}. Mend its rights, or delete {VENV}.")
        raise SystemExit(EXIT_WORLD_FAILED) from None


def _python_or_exit() -> Path:
    try:
        return python_in_line_with_lock_file()
    except SetupFailed as failure:
        _tell(str(failure))
        raise SystemExit(EXIT_WORLD_FAILED) from None


def python_in_line_with_lock_file() -> Path:
    """Return the interpreter of a .venv that holds exactly what requirements.lock names, setting it up when needed."""
    if sys.version_info < PYTHON_VERSION_MIN:
        found = f"{sys.executable} is {sys.version.split()[0]}"
        raise SetupFailed(f"Gharana needs Python 3.11 or newer; {found}. Start it with a newer python3.")
    try:
        if _is_in_line():
            return PYTHON
        with (ROOT / ".venv.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it even when we are killed
            if not _is_in_line():  # another process may have set it up while we waited
                _set_up()
    except OSError as failure:
        raise SetupFailed(f"Gharana could not read or write its environment in {VENV}: {failure}.") from failure
    return PYTHON


def _is_in_line() -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == _wanted_stamp()


def _wanted_stamp() -> str:
    """Return a fingerprint of the lock file, the place of the repository and the Python that .venv stands on.

    A venv cannot be moved. Which python3 happens to run this does not matter.
    """
    parts = (LOCK_FILE.read_bytes(), os.fsencode(ROOT), os.fsencode(os.path.realpath(PYTHON)))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _set_up() -> None:
    if VENV.is_symlink():  # clearing it would clear what it leads to, which somebody else may be using
        raise SetupFailed(
            f"{VENV} is a link to {VENV.readlink()}, which is not made for this place. Delete the link; then Gharana "
            "makes an environment of its own."
        )
    _tell("Setting up .venv from requirements.lock; this happens once and takes up to a minute.")
    uv = shutil.which("uv")
    if not (uv and _set_up_with_uv(uv)):
        _set_up_with_pip()
    STAMP.write_text(_wanted_stamp())
    _tell("The environment is ready.")


def _set_up_with_uv(uv: str) -> bool:
    """Report whether uv could do it; a machine may have uv and yet tell only pip where packages are to be had."""
    no_downloads = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)]
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCK_FILE)]
    for command in (make, sync):
        if subprocess.run(command, cwd=ROOT, env=no_downloads, check=False, capture_output=True).returncode:
            _tell("uv could not set it up; trying again with pip.")
            return False
    return True


def _set_up_with_pip() -> None:
    _ensure_venv_module()
    # A half-made or outdated environment is cleared: pip would leave packages that the lock file no longer names.
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "make a virtual environment")
    install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    install += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(LOCK_FILE)]
    _run(install, "install the packages that requirements.lock names")


def _ensure_venv_module() -> None:
    if _has_ensurepip():
        return
    apt_get = shutil.which("apt-get")
    if os.geteuid() != 0 or apt_get is None:
        raise SetupFailed("This Python has no venv module. Install it (on Debian: sudo apt-get install python3-venv).")
    _tell("Installing Debian's python3-venv, which this Python lacks.")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt_get, "install", "-y", "-qq", "--no-install-recommends", "python3-venv"]
    if subprocess.run(install, env=quiet, check=False, capture_output=True).returncode:
        subprocess.run([apt_get, "update", "-qq"], env=quiet, check=False, capture_output=True)
        _run(install, "install Debian's python3-venv")
    if not _has_ensurepip():
        raise SetupFailed(f"{sys.executable} has no venv module, nor could apt-get give it one. Use /usr/bin/python3.")


def _has_ensurepip() -> bool:
    return subprocess.run([sys.executable, "-c", "import ensurepip"], check=False, capture_output=True).returncode == 0


def _run(command: list[str], purpose: str) -> None:
    done = subprocess.run(command, cwd=ROOT, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SetupFailed(f"Gharana could not {purpose}: {' '.join(command)}\n{done.stdout.strip()}")


def _tell(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()
