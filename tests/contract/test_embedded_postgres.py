"""The private server: shared by its users, gone with the last of them, and never in the way of the next."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from adapters.database import database as database_of
from adapters.embedded.account import account_for
from adapters.embedded.cluster import memory_settings
from adapters.embedded.layout import Layout
from adapters.embedded.postgres import postgres_server
from adapters.faults import Refused, WorldFailed
from adapters.home import REPOSITORY, registry_home
from tests import debian_postgres
from tests.servers import keeper_is_at_work, remove_home, wait_until_stopped

pytestmark = pytest.mark.postgres

NOBODY_UID = 65534
IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")

USER = """
import sys
from pathlib import Path
import psycopg
from adapters.embedded.postgres import postgres_server
with postgres_server(Path(sys.argv[1])) as dsn, psycopg.connect(dsn, autocommit=True) as connection:
    connection.execute("SELECT pg_advisory_lock(1)")  # two that start at once would both make the table
    connection.execute("CREATE TABLE IF NOT EXISTS visit (by text)")
    connection.execute("SELECT pg_advisory_unlock(1)")
    connection.execute("INSERT INTO visit VALUES (%s)", [sys.argv[2]])
    print("ready", flush=True)
    sys.stdin.read()
"""
"""A process that uses the server, writes down that it was there, and stays until its standard input ends."""


@pytest.fixture
def home():
    folder = Path(tempfile.mkdtemp(prefix="gharana-home-"))
    yield folder
    remove_home(folder)


@contextmanager
def user_process(home, name, *, python=sys.executable, becoming=(), environ=None):
    command = [*becoming, python, "-c", USER, str(home), name]
    found = {**os.environ, **(environ or {}), "PYTHONPATH": os.pathsep.join(import_paths())}
    process = subprocess.Popen(
        command, cwd="/", env=found, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def import_paths():
    return [str(REPOSITORY), sysconfig.get_path("purelib")]


def wait_until_ready(process):
    said = process.stdout.readline()
    assert said == "ready\n", process.stderr.read()


def visits(dsn):
    with psycopg.connect(dsn) as connection:
        return [by for (by,) in connection.execute("SELECT by FROM visit ORDER BY by")]


def postmaster(home):
    return int((Layout(home).data / "postmaster.pid").read_text().splitlines()[0])


def keeper_of(home):
    (parent,) = [
        line.split()[1]
        for line in Path(f"/proc/{postmaster(home)}/status").read_text().splitlines()
        if line.startswith("PPid")
    ]
    return int(parent)


def wait_until_ended(pid):
    give_up_at = time.monotonic() + 30
    with suppress(OSError):  # an ended process works in no folder, though nobody may have taken note of its end
        while Path(f"/proc/{pid}/cwd").readlink():
            assert time.monotonic() < give_up_at, "the server works on without its keeper"
            time.sleep(0.01)


def kill_everything(home):
    """As a power failure would; nobody gets to say goodbye."""
    keeper, server = keeper_of(home), postmaster(home)
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    os.kill(keeper, signal.SIGKILL)
    for pid in (server, *map(int, children)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_two_processes_that_start_at_once_share_one_server(home):
    with user_process(home, "amina") as first, user_process(home, "bilal") as second:
        wait_until_ready(first)
        wait_until_ready(second)

        with postgres_server(home) as dsn:
            assert visits(dsn) == ["amina", "bilal"]


def test_the_server_stops_when_its_last_user_was_killed_and_keeps_the_data(home):
    with user_process(home, "amina") as owner:
        wait_until_ready(owner)
        owner.kill()
        owner.wait()
    wait_until_stopped(home)

    with postgres_server(home) as dsn:
        assert visits(dsn) == ["amina"]


def test_the_server_outlives_the_process_that_started_it_while_another_uses_it(home):
    with user_process(home, "amina") as owner:
        wait_until_ready(owner)
        with postgres_server(home) as dsn, psycopg.connect(dsn) as connection:
            owner.kill()
            owner.wait()
            time.sleep(2)  # longer than a server stays without a user
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_server_killed_with_all_its_processes_recovers(home):
    with user_process(home, "amina") as owner:
        wait_until_ready(owner)
        kill_everything(home)
        owner.kill()

    with postgres_server(home) as dsn:
        assert visits(dsn) == ["amina"]


def test_a_pid_file_whose_number_belongs_to_somebody_else_by_now_is_no_obstacle(home):
    with user_process(home, "amina") as owner:
        wait_until_ready(owner)
        kill_everything(home)
        owner.kill()
    pid_file = Layout(home).data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        try:
            with postgres_server(home) as dsn:
                assert visits(dsn) == ["amina"]
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_server_that_crashes_comes_back_for_those_who_still_use_it(home):
    with postgres_server(home) as dsn:
        crashed = postmaster(home)
        os.kill(crashed, signal.SIGKILL)
        give_up_at = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(dsn).close()
            except psycopg.OperationalError:
                assert time.monotonic() < give_up_at
                time.sleep(0.1)
            else:
                if postmaster(home) != crashed:
                    break


def test_when_its_keeper_is_killed_the_server_shuts_down_and_the_next_user_gets_one(home):
    with user_process(home, "amina") as owner:
        wait_until_ready(owner)
        server = postmaster(home)
        os.kill(keeper_of(home), signal.SIGKILL)
        wait_until_ended(server)

        with postgres_server(home) as dsn:
            assert visits(dsn) == ["amina"]
            assert keeper_is_at_work(home)


def test_two_homes_are_two_registries(home):
    other = Path(tempfile.mkdtemp(prefix="gharana-home-"))
    try:
        with user_process(home, "amina") as first, user_process(other, "bilal") as second:
            wait_until_ready(first)
            wait_until_ready(second)
            with postgres_server(home) as here, postgres_server(other) as there:
                assert (visits(here), visits(there)) == (["amina"], ["bilal"])
    finally:
        remove_home(other)


def test_an_initdb_that_was_interrupted_leaves_nothing_half_made(home):
    half_made = Layout(home).data_in_the_making
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    with postgres_server(home) as dsn:
        psycopg.connect(dsn).close()

    assert not half_made.exists()


def test_a_path_too_long_for_a_socket_is_fine(home):
    deep = home / ("a very long name for a registry's home " * 3) / "گھرانہ"
    try:
        with postgres_server(deep) as dsn:
            psycopg.connect(dsn).close()
        assert not Layout(deep).socket_folder.is_relative_to(deep)
    finally:
        wait_until_stopped(deep)
        shutil.rmtree(Layout(deep).socket_folder)


def test_a_path_with_spaces_quotes_and_commas_is_fine(home):
    odd = home / "a, \"b\" 'c'"
    try:
        with postgres_server(odd) as dsn:
            psycopg.connect(dsn).close()
    finally:
        wait_until_stopped(odd)
        shutil.rmtree(Layout(odd).socket_folder)


def test_the_server_syncs_every_commit_and_listens_on_no_network(postgres_dsn):
    if "GHARANA_TEST_DATABASE_URL" in os.environ:
        pytest.skip("the server is not ours")
    wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "wal_level": "replica"}
    wanted |= {"listen_addresses": "", "jit": "off", "TimeZone": "UTC", "server_encoding": "UTF8"}
    with psycopg.connect(postgres_dsn) as connection:
        found = {name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0] for name in wanted}

    assert found == wanted


@as_root
def test_an_ordinary_user_runs_it_as_himself(home):
    os.chown(home, NOBODY_UID, NOBODY_UID)
    becoming = ("setpriv", f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}", "--clear-groups", "--")
    with user_process(home, "nobody", python=python_for_everybody(becoming), becoming=becoming) as user:
        wait_until_ready(user)

        assert Path(f"/proc/{postmaster(home)}").stat().st_uid == NOBODY_UID
        assert Layout(home).data.stat().st_uid == NOBODY_UID


def python_for_everybody(becoming):
    """This interpreter, or Debian's where this one lies in a folder that is closed to others."""
    for python in (sys.executable, "/usr/bin/python3"):
        # Started twice over, since setpriv itself may still pass through folders that what it starts may not.
        code = "import subprocess, sys, psycopg; subprocess.run([sys.executable, '-c', ''], check=True)"
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(import_paths())}
        done = subprocess.run([*becoming, python, "-c", code], env=environ, cwd="/", check=False, capture_output=True)
        if done.returncode == 0:
            return python
    pytest.skip("no Python on this machine that an ordinary user may run sees the packages of .venv")


@as_root
def test_root_without_user_namespaces_runs_it_as_nobody(home, tmp_path):
    with user_process(home, "amina", environ=without_user_namespaces(tmp_path)) as user:
        wait_until_ready(user)

        assert Path(f"/proc/{postmaster(home)}").stat().st_uid == NOBODY_UID
        assert Layout(home).data.stat().st_uid == NOBODY_UID


@as_root
def test_data_made_in_a_user_namespace_serves_on_where_they_are_forbidden_and_back(home, tmp_path):
    for name, environ in (("amina", {}), ("bilal", without_user_namespaces(tmp_path)), ("carim", {})):
        with user_process(home, name, environ=environ) as user:
            wait_until_ready(user)
        wait_until_stopped(home)

    with postgres_server(home) as dsn:
        assert visits(dsn) == ["amina", "bilal", "carim"]


@as_root
def test_a_closed_folder_above_the_home_does_not_stop_nobody(home, tmp_path):
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with user_process(closed / "home", "amina", environ=without_user_namespaces(tmp_path)) as user:
        wait_until_ready(user)
    wait_until_stopped(closed / "home")


def without_user_namespaces(folder):
    """An environment in which `unshare` fails, as it does in a container that forbids it."""
    unshare = folder / "unshare"
    unshare.write_text("#!/bin/sh\nexit 1\n")
    unshare.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


@as_root
def test_the_account_follows_who_owns_the_data(tmp_path):
    os.chown(tmp_path, 1234, 1234)

    assert account_for(tmp_path).uid == 1234


def test_a_home_that_cannot_be_written_is_told_in_one_sentence():
    with pytest.raises(WorldFailed, match=r"The registry's home /proc/nowhere cannot be used: .*\(/proc/nowhere\)\."):
        postgres_server(Path("/proc/nowhere")).__enter__()


def test_a_data_folder_that_is_no_data_folder_is_told_with_its_log(home):
    data = Layout(home).data
    data.mkdir(parents=True, mode=0o700)
    (data / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(WorldFailed) as told:
        postgres_server(home, wait_seconds_max=20).__enter__()

    sentence = str(told.value)
    assert sentence.startswith(f"The embedded PostgreSQL of {home} does not start: ")
    assert sentence.endswith(f"(see {Layout(home).server_log}).")
    assert "\n" not in sentence


def test_a_full_disk_at_set_up_is_told_and_leaves_nothing_half_made(home):
    with user_process(home, "amina", becoming=("prlimit", "--fsize=100000", "--")) as user:
        code = user.wait(60)
        said = user.stderr.read()

    assert code != 0
    assert f"The embedded PostgreSQL of {home} could not be set up" in said
    assert f"(see {Layout(home).server_log})." in said
    wait_until_stopped(home)
    with postgres_server(home) as dsn:
        psycopg.connect(dsn).close()


def test_the_home_is_var_unless_the_environment_names_another():
    assert registry_home({}) == REPOSITORY / "var"
    assert registry_home({"GHARANA_HOME": "/srv/registry"}) == Path("/srv/registry")
    assert registry_home({"GHARANA_HOME": "registry"}).is_absolute()


def test_without_an_address_the_database_is_the_homes_own(home):
    with database_of({"GHARANA_HOME": str(home)}) as dsn, psycopg.connect(dsn) as connection:
        assert connection.info.server_version >= 180_000


def test_debians_postgres_15_serves_when_it_is_named():
    if not debian_postgres.is_installed():
        pytest.skip(debian_postgres.ABSENT)
    with (
        debian_postgres.debian_postgres() as named,
        database_of({"GHARANA_DATABASE_URL": named}) as dsn,
        psycopg.connect(dsn) as connection,
    ):
        assert dsn == named
        assert connection.info.server_version // 10_000 == 15


def test_a_server_too_old_or_too_new_is_refused(postgres_dsn, monkeypatch):
    monkeypatch.setattr("adapters.database.VERSION_MAX", 14)

    with pytest.raises(Refused, match=r"is PostgreSQL \d+; Gharana needs 15 to 14\."):
        database_of({"GHARANA_DATABASE_URL": postgres_dsn}).__enter__()


def test_an_address_that_is_none_is_refused():
    with pytest.raises(Refused, match="GHARANA_DATABASE_URL is not an address of PostgreSQL"):
        database_of({"GHARANA_DATABASE_URL": "postgres//wrong"}).__enter__()


def test_a_named_server_that_does_not_answer_is_told(tmp_path):
    with pytest.raises(WorldFailed, match="does not answer"):
        database_of({"GHARANA_DATABASE_URL": f"postgresql:///x?host={tmp_path}"}).__enter__()


@pytest.mark.parametrize(
    ("machine_mb", "buffers"), [(512, "128MB"), (4_096, "512MB"), (24_576, "2048MB"), (1_048_576, "2048MB")]
)
def test_the_server_takes_an_eighth_of_the_memory_within_limits(machine_mb: int, buffers: str):
    assert memory_settings(machine_mb)["shared_buffers"] == buffers
