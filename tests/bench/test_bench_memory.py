"""The peak of memory counts every process of a measurement, and what was given back as well."""

import os
import subprocess
import sys
import time

import pytest

from adapters.bench.memory import family_of, watched

pytestmark = pytest.mark.alone

TAKES_MB = 120
TAKE = f"import time; taken = bytearray({TAKES_MB} << 20); print(flush=True); time.sleep(60)"


def test_what_a_child_takes_for_a_moment_is_counted():
    with watched() as peak, subprocess.Popen([sys.executable, "-c", TAKE], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in family_of({os.getpid()})
        time.sleep(3)
        child.kill()
    with watched() as without:
        pass
    assert peak.mb > without.mb + 0.9 * TAKES_MB
    assert child.pid not in family_of({os.getpid()})
