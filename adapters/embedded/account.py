"""As whom the embedded PostgreSQL runs; it refuses to run as root.

A user other than root runs it as himself. For root there are two ways, and no account is made for either:

- As `nobody` of a fresh user namespace, in which root's own files look like nobody's. Outside, everything stays root's.
- Where user namespaces are forbidden (many containers), as the real account `nobody`, which then owns the data folder.
  It keeps the right to pass through folders that are closed to others, because the repository may lie under /root.

Both satisfy PostgreSQL's rule and neither is a sandbox: whoever takes over that server can reach root's files. A real
deployment brings its own server and names it in GHARANA_DATABASE_URL.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT_UID = 0
NOBODY_UID = 65534
PROBE_SECONDS_MAX = 10


@dataclass(frozen=True)
class Account:
    """A user id (of this machine, not of a namespace) that owns the server's files, and how to become it."""

    uid: int
    gid: int
    becoming: tuple[str, ...] = ()

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line that runs a program as this account and ends it when its parent ends."""
        return [*self.becoming, *_ending_with_parent(), *map(str, arguments)]

    def own(self, folder: Path) -> None:
        """Make a folder and everything in it belong to this account; a no-op where it already does."""
        if os.geteuid() != ROOT_UID or folder.stat().st_uid == self.uid:
            return
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(Path(parent, name), self.uid, self.gid, follow_symlinks=False)
        os.chown(folder, self.uid, self.gid)  # last, so that an interrupted run begins again


def account_for(data: Path) -> Account:
    """Choose the account for a data folder, which may not exist yet; what some user made keeps running as that user."""
    if os.geteuid() != ROOT_UID:
        return Account(os.geteuid(), os.getegid())
    owner = data.stat() if data.exists() else None
    if owner is not None and owner.st_uid != ROOT_UID:
        return _other_account(owner.st_uid, owner.st_gid)
    namespace = ("unshare", "--user", f"--map-user={NOBODY_UID}", f"--map-group={NOBODY_UID}", "--")
    if _works(namespace):
        return Account(ROOT_UID, ROOT_UID, namespace)
    return _other_account(NOBODY_UID, NOBODY_UID)


def _other_account(uid: int, gid: int) -> Account:
    become = ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    passing = (*become, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--")
    return Account(uid, gid, passing if _works(passing) else (*become, "--"))


def _works(becoming: tuple[str, ...]) -> bool:
    if shutil.which(becoming[0]) is None:
        return False
    probe = subprocess.run([*becoming, "true"], check=False, capture_output=True, timeout=PROBE_SECONDS_MAX)
    return probe.returncode == 0


def _ending_with_parent() -> tuple[str, ...]:
    return ("setpriv", "--pdeathsig=INT", "--") if shutil.which("setpriv") else ()
