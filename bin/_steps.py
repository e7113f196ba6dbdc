"""The steps of the two gates, bin/check and bin/test; every step runs, and one that failed fails the gate."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    is_shown: bool = False
    """Whether its output is shown while it runs; of the others only what failed is shown."""


STATIC = (
    Step("format", (f"{PROGRAMS}/ruff", "format", "--check", ".")),
    Step("lint", (f"{PROGRAMS}/ruff", "check", ".")),
    Step("types", (f"{PROGRAMS}/mypy",)),
    Step("imports", (f"{PROGRAMS}/lint-imports", "--no-cache")),
)
ON_EVERY_CORE = ("--numprocesses=auto", "--dist=loadfile")
"""Tests share nothing, so they may run beside one another; those of a file stay together and start its servers once."""
IN_ORDER = "--no-loadscope-reorder"
"""By name the short files come last, so that no core waits long; by the number of their tests the longest would."""

WITHOUT_SERVERS = "not slow and not postgres and not nats"
NOT_FAST = tuple(f"--ignore=tests/{kind}" for kind in ("simulation", "chaos", "end_to_end", "bench"))


def tests(name: str, marks: str, arguments: Sequence[str]) -> Step:
    """Run every test that the marks choose; durations point at what makes the gate slow."""
    pytest = (sys.executable, "-m", "pytest", "-q", "-m", marks, "--durations=10", "--durations-min=2")
    return Step(name, (*pytest, *arguments), is_shown=True)


def tests_on_debian_postgres() -> Step:
    """Run the contract tests once more, on the oldest PostgreSQL that is supported, where Debian has installed it."""
    return Step("tests on PostgreSQL 15", (sys.executable, "-m", "tests.debian_postgres"), is_shown=True)


def steps_of(gate: str, arguments: Sequence[str]) -> tuple[Step, ...]:
    match gate:
        case "check":
            return (*STATIC, tests("fast tests", WITHOUT_SERVERS, (*ON_EVERY_CORE, *NOT_FAST, *arguments)))
        case "test" if arguments:
            return (*STATIC, tests("chosen tests", "not slow", arguments))
        case "test":
            beside_others = tests("tests", "not slow and not alone", (*ON_EVERY_CORE, IN_ORDER))
            alone = tests("tests that run alone", "alone and not slow", ())
            return (*STATIC, beside_others, alone, tests_on_debian_postgres())
        case _:
            raise SystemExit(f"There is no gate named {gate}; there are check and test.")


def passes(step: Step) -> bool:
    if step.is_shown:
        print(f"--- {step.name}", flush=True)
    begun = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        check=False,
        text=True,
        stdout=None if step.is_shown else subprocess.PIPE,
        stderr=None if step.is_shown else subprocess.STDOUT,
    )
    seconds = time.monotonic() - begun
    if done.returncode and done.stdout:
        print(done.stdout.rstrip())
    print(f"{'failed' if done.returncode else 'passed':8} {step.name:24} {seconds:6.1f} s", flush=True)
    return done.returncode == 0


def main(gate: str, arguments: Sequence[str]) -> int:
    steps = steps_of(gate, arguments)
    begun = time.monotonic()
    failed = [step.name for step in steps if not passes(step)]
    seconds = time.monotonic() - begun
    print(f"bin/{gate}: {'failed: ' + ', '.join(failed) if failed else 'all passed'} ({seconds:.1f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
