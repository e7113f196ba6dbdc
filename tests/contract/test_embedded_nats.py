"""The private JetStream: kept as the private PostgreSQL is, reached by those who hold its password, on no network."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from adapters.embedded.layout import NatsLayout
from adapters.embedded.nats import nats_server
from adapters.embedded.nats_users import let_in
from adapters.embedded.processes import processes_in
from adapters.faults import Refused, WorldFailed
from adapters.home import REPOSITORY
from adapters.memory.outgoing import MemoryOutgoing
from adapters.message_server import message_server
from adapters.nats import line as lines
from adapters.nats.line import Line, NotDone, open_line
from adapters.nats.relay import Relay
from adapters.nats.stream import STREAM, StreamSettings, make_stream
from tests.nats_servers import as_stored, stored, told
from tests.servers import keeper_is_at_work, remove_home, wait_until_stopped

pytestmark = pytest.mark.nats

NEWCOMER = {"user": "newcomer", "password": "guess"}
USER = """
import sys
from pathlib import Path
from adapters.embedded.nats import nats_server
from adapters.embedded.nats_users import let_in
with nats_server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""
"""A process that uses the server and stays until its standard input ends."""


@pytest.fixture
def home():
    folder = Path(tempfile.mkdtemp(prefix="gharana-home-"))
    yield folder
    remove_home(folder)


def user_process(home):
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(home)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def server_of(home):
    (pid,) = processes_in(NatsLayout(home).store, "nats-server")
    return pid


def tell(url, number):
    relay = Relay(MemoryOutgoing(told(number)), lambda: open_line(url))
    try:
        relay.pass_on()
    finally:
        relay.close()


def test_two_processes_share_one_server(home):
    with user_process(home) as first, user_process(home) as second, nats_server(home) as url:
        try:
            assert first.stdout.readline().strip() == second.stdout.readline().strip() == url
        finally:
            first.kill()
            second.kill()


def test_the_server_stops_when_its_last_user_was_killed_and_keeps_the_stream(home):
    with user_process(home) as owner:
        tell(owner.stdout.readline().strip(), 20)
        owner.kill()
    wait_until_stopped(home)
    assert processes_in(NatsLayout(home).store, "nats-server") == []

    with nats_server(home) as url:
        assert stored(url) == as_stored(told(20))


def test_a_server_that_crashes_comes_back_at_the_same_address_with_what_it_stored(home):
    with nats_server(home) as url:
        tell(url, 20)
        os.kill(server_of(home), signal.SIGKILL)

        tell(url, 30)
        assert stored(url) == as_stored(told(30))


def test_a_server_whose_keeper_was_killed_is_gone_before_the_next_one_starts(home):
    with nats_server(home) as url:
        tell(url, 20)
        server = server_of(home)
        keeper = int(Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(keeper, signal.SIGKILL)
    give_up_at = time.monotonic() + 30
    while keeper_is_at_work(home, NatsLayout) or processes_in(NatsLayout(home).store, "nats-server"):
        assert time.monotonic() < give_up_at
        time.sleep(0.01)

    with nats_server(home) as url:
        assert server_of(home) != server
        assert stored(url) == as_stored(told(20))


def test_a_server_whose_port_was_taken_meanwhile_chooses_another(home):
    with nats_server(home) as before:
        pass
    wait_until_stopped(home)
    port = int(before.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), nats_server(home) as url:
        assert url != before
        tell(url, 1)


def test_the_password_is_for_the_eyes_of_the_owner_only(home):
    with nats_server(home):
        for file in (NatsLayout(home).access, NatsLayout(home).settings):
            assert file.stat().st_mode & 0o077 == 0


def test_it_listens_on_no_network_and_syncs_always_unless_told_otherwise(home):
    with nats_server(home):
        settings = json.loads(NatsLayout(home).settings.read_text())
    assert settings["listen"].startswith("127.0.0.1:")
    assert settings["jetstream"]["sync_interval"] == "always"


def test_a_home_with_spaces_quotes_and_urdu_is_fine(home):
    odd = home / "a \"b\" 'c' گھرانہ"
    try:
        with nats_server(odd) as url:
            tell(url, 1)
    finally:
        wait_until_stopped(odd)


def test_nobody_gets_in_without_the_password(home):
    with nats_server(home) as url:
        port = url.rpartition(":")[2]
        for wrong in (f"nats://127.0.0.1:{port}", f"nats://gharana:guessed@127.0.0.1:{port}"):
            with pytest.raises(
                Refused, match=rf"The NATS server 127.0.0.1:{port} does not take our user and password\."
            ):
                Line(wrong)


def test_a_server_too_old_is_refused_in_a_sentence(home, monkeypatch):
    monkeypatch.setattr(lines, "VERSION_MIN", (99, 0))
    with (
        nats_server(home) as url,
        pytest.raises(Refused, match=r"is 2\.\d+\.\d+; Gharana needs 99\.0 or later") as told_so,
    ):
        Line(url)
    assert "gharana:" not in str(told_so.value), "the sentence must not give the password away"


def test_more_room_than_the_disk_has_is_told_in_the_servers_words(home):
    with nats_server(home) as url, Line(url) as line, pytest.raises(NotDone, match="insufficient storage"):
        make_stream(line, StreamSettings(bytes_max=1 << 60))


def test_settings_that_an_operator_changed_stay_unless_others_are_chosen(home):
    with nats_server(home) as url, Line(url) as line:
        make_stream(line, StreamSettings(bytes_max=5_000_000))
        make_stream(line, StreamSettings())
        assert line.ask(f"STREAM.INFO.{STREAM}")["config"]["max_bytes"] == 5_000_000


def test_without_an_address_the_server_is_the_homes_own(home):
    with message_server({"GHARANA_HOME": str(home)}) as url:
        tell(url, 3)
        assert stored(url) == as_stored(told(3))


def test_a_damaged_access_file_is_told(home):
    NatsLayout(home).folder.mkdir()
    NatsLayout(home).access.write_text("{")
    with pytest.raises(WorldFailed, match=r"access\.json is damaged: delete it"):
        nats_server(home).__enter__()


def test_who_is_turned_away_while_the_server_reads_its_users_tries_again(home, monkeypatch):
    layout = NatsLayout(home)
    sleep = time.sleep

    def let_in_meanwhile(_):
        let_in(layout, [NEWCOMER])
        while not is_let_in(url):
            sleep(0.02)

    with nats_server(home) as ours:
        url = f"nats://newcomer:guess@{ours.rpartition('@')[2]}"
        monkeypatch.setattr(lines.time, "sleep", let_in_meanwhile)
        open_line(url).close()


def is_let_in(url):
    try:
        Line(url).close()
    except (Refused, WorldFailed):
        return False
    return True
