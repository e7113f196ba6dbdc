"""Registries for tests of backups: one that is backed up, and empty places to restore it into."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app_of
from adapters.cli.output import EXIT_DONE

VERBS = ["backup", "restore", "seal", "keys", "erasure", "check", "run", "audit"]


class Place:
    """A home and a database; its verbs run in this process, which is twenty times quicker than one for each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, home: Path, database: str) -> None:
        self._monkeypatch = monkeypatch
        self.home = home
        self.database = database
        self.app = app_of(VERBS)

    def enter(self) -> None:
        """Let the environment name this place."""
        for name in [name for name in os.environ if name.startswith("GHARANA_")]:
            self._monkeypatch.delenv(name)
        self._monkeypatch.setenv("GHARANA_HOME", str(self.home))
        self._monkeypatch.setenv("GHARANA_DATABASE_URL", self.database)

    def ended(self, code: int, *arguments: object) -> tuple[list[dict[str, Any]], str]:
        """Run a verb that must end with this code; its answers, and what it says on standard error."""
        self.enter()
        said = CliRunner().invoke(self.app, [*map(str, arguments), "--json"])
        assert said.exit_code == code, (said.output, said.exception)
        return [json.loads(line) for line in said.stdout.splitlines()], said.stderr

    def done(self, *arguments: object) -> dict[str, Any]:
        """Run a verb that must succeed; its last answer."""
        return self.ended(EXIT_DONE, *arguments)[0][-1]

    def refused(self, *arguments: object, code: int = 1) -> str:
        """Run a verb that must fail; the sentence."""
        return self.ended(code, *arguments)[1]

    @property
    def keys(self) -> Path:
        return self.home / "keys"
