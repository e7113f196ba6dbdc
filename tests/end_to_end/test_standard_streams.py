"""What a verb does when standard output is full, or nobody reads it any more."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.home import REPOSITORY
from tests.end_to_end.command_line import CommandLine, Said

GHARANA = shlex.join([sys.executable, str(REPOSITORY / "bin" / "gharana")])
CARD = "pakistan_schreiner_2009"
VERBS = ("submit --schema", "submit --schema --json", f"scorecard check {CARD}", f"scorecard check {CARD} --json")


def shell(home: Path, script: str) -> Said:
    done = subprocess.run(
        ["bash", "-c", script], env=CommandLine(home).environ(), text=True, capture_output=True, check=False, timeout=60
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("verb", [*VERBS, "due", "due --json"])
def test_a_full_standard_output_is_said_in_a_sentence(tmp_path: Path, verb: str):
    said = shell(tmp_path, f"{GHARANA} {verb} > /dev/full")
    assert "Traceback" not in said.err
    if verb == "due":  # no registry stands there, which is said on standard error
        assert said.code == 1
    else:
        assert (said.code, "No space left on device" in said.err) == (3, True)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_whose_output_nobody_reads_ends_quietly(tmp_path: Path, verb: str):
    said = shell(tmp_path, f"{GHARANA} {verb} | true; exit ${{PIPESTATUS[0]}}")
    assert (said.code, said.err) == (141, "")


def test_a_table_into_a_file_is_not_folded(tmp_path: Path):
    script = (
        "from uuid import UUID\nfrom adapters.cli.output import Output\n"
        "Output(json=False).table(('household', 'says'), [(UUID(int=7), 'a word ' * 30)])\n"
    )
    said = shell(tmp_path, f"cd {REPOSITORY} && COLUMNS=20 PYTHONPATH=. {sys.executable} -c {shlex.quote(script)}")
    assert "00000000-0000-0000-0000-000000000007  " + "a word " * 29 in said.out


def test_an_id_is_not_folded_at_a_narrow_terminal(tmp_path: Path):
    script = (
        "import sys\nsys.stdout.isatty = lambda: True\n"
        "from uuid import UUID\nfrom adapters.cli.output import Output\n"
        "Output(json=False).table(('household', 'says'), [(UUID(int=7), 'a word ' * 30)])\n"
    )
    said = shell(tmp_path, f"cd {REPOSITORY} && COLUMNS=20 PYTHONPATH=. {sys.executable} -c {shlex.quote(script)}")
    assert "00000000-0000-0000-0000-000000000007" in said.out
    assert "a word " * 10 not in said.out
