"""Posting to real servers: over TLS that is checked, to the address that was checked, and never for ever."""

import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address

import pytest

from adapters.faults import Refused
from adapters.webhooks import posting
from adapters.webhooks.posting import REPEATED_CHARACTERS_MAX, RESPONSE_BYTES_MAX, Answered, NotReached, Poster, trusted
from adapters.webhooks.targets import Target
from tests.receiver import Authority, Reply, receiving

HEADERS = {"content-type": "application/json", "webhook-id": "1"}
NAME = "hooks.food-bank.example"
GIVEN_UP_SECONDS_MAX = 3.0
"""Less than the least of the limits that a single wait has."""


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@contextmanager
def posting_to(port, *, host="localhost", trust=None, ask=lambda _: ["127.0.0.1"], seconds_max=5.0):
    target = Target(host, port, "/feed?x=1", is_secure=trust is not None)
    with closing(Poster(target, trust or ssl.create_default_context(), ask, seconds_max)) as poster:
        yield poster


def test_a_message_arrives_with_its_headers_its_body_and_the_name_of_the_host():
    with receiving() as receiver, posting_to(receiver.port) as poster:
        assert poster.post(HEADERS, b'{"a":1}') == Answered(204)
    (posted,) = receiver.posted
    assert (posted.path, posted.body) == ("/feed?x=1", b'{"a":1}')
    assert HEADERS.items() <= posted.headers.items()
    assert posted.headers["host"] == f"localhost:{receiver.port}"


def test_one_connection_serves_for_many_messages():
    with receiving() as receiver, posting_to(receiver.port) as poster:
        assert {poster.post(HEADERS, b"{}").status for _ in range(5)} == {204}
        assert receiver.connections == 1


def test_a_connection_that_the_receiver_has_closed_is_made_anew():
    with receiving() as receiver, posting_to(receiver.port) as poster:
        receiver.answer = lambda _: Reply(headers=(("connection", "close"),))
        assert [poster.post(HEADERS, b"{}") for _ in range(2)] == [Answered(204)] * 2
        assert receiver.connections == 2


def test_a_receiver_whose_certificate_is_of_a_known_authority_is_believed(authority):
    with (
        receiving(authority.certified("localhost")) as receiver,
        posting_to(receiver.port, trust=trusted({"GHARANA_WEBHOOK_CA": str(authority.file)})) as poster,
    ):
        assert poster.post(HEADERS, b"{}") == Answered(204)
    assert len(receiver.posted) == 1


def test_a_receiver_whose_certificate_nobody_vouches_for_gets_nothing(authority):
    with (
        receiving(authority.certified("localhost")) as receiver,
        posting_to(receiver.port, trust=trusted({})) as poster,
    ):
        came = poster.post(HEADERS, b"{}")
    assert isinstance(came, NotReached)
    assert "certificate verify failed" in came.why
    assert receiver.posted == []


def test_a_receiver_whose_certificate_is_for_another_name_gets_nothing(authority):
    with (
        receiving(authority.certified("evil.example", "127.0.0.1")) as receiver,
        posting_to(receiver.port, trust=trusted({"GHARANA_WEBHOOK_CA": str(authority.file)})) as poster,
    ):
        came = poster.post(HEADERS, b"{}")
    assert isinstance(came, NotReached)
    assert "localhost" in came.why
    assert receiver.posted == []


def test_a_file_without_certificates_is_refused(tmp_path):
    for content in (None, "nothing"):
        file = tmp_path / "authority.pem"
        if content is not None:
            file.write_text(content)
        with pytest.raises(Refused, match="holds no certificates"):
            trusted({"GHARANA_WEBHOOK_CA": str(file)})


def test_the_connection_goes_to_the_address_that_was_checked_whatever_the_name_says_next(monkeypatch):
    monkeypatch.setattr(posting, "checked_addresses", lambda _, **__: [ip_address("127.0.0.1")])
    with receiving() as receiver, posting_to(receiver.port, host="nobody.invalid") as poster:
        assert poster.post(HEADERS, b"{}") == Answered(204)
    assert receiver.posted[0].headers["host"] == f"nobody.invalid:{receiver.port}"


def test_a_name_that_leads_inside_by_then_gets_nothing():
    with receiving() as receiver, posting_to(receiver.port, host=NAME) as poster:
        came = poster.post(HEADERS, b"{}")
    assert came == NotReached(f"{NAME} leads to 127.0.0.1, which is this machine itself: nothing is posted there")
    assert receiver.posted == []


@pytest.mark.parametrize("addresses", [["127.9.9.9", "127.0.0.1"], ["127.0.0.1", "127.9.9.9"]])
def test_of_several_addresses_the_first_that_answers_is_posted_to(addresses):
    with receiving() as receiver, posting_to(receiver.port, ask=lambda _: addresses) as poster:
        assert poster.post(HEADERS, b"{}") == Answered(204)


def test_a_redirect_is_answered_and_not_followed():
    with receiving() as other, receiving() as receiver, posting_to(receiver.port) as poster:
        receiver.answer = lambda _: Reply(302, (("location", f"http://127.0.0.1:{other.port}/"),))
        assert poster.post(HEADERS, b"{}") == Answered(302)
    assert other.posted == []


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    with receiving() as proxy, receiving() as receiver, posting_to(receiver.port) as poster:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert poster.post(HEADERS, b"{}") == Answered(204)
    assert (len(proxy.posted), len(receiver.posted)) == (0, 1)


def test_how_long_a_receiver_asks_to_be_left_alone_is_heard():
    with receiving() as receiver, posting_to(receiver.port) as poster:
        receiver.answer = lambda _: Reply(503, (("retry-after", "120"),))
        assert poster.post(HEADERS, b"{}") == Answered(503, "120")


def test_nobody_listening_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with posting_to(port) as poster:
        assert poster.post(HEADERS, b"{}") == NotReached(
            f"localhost:{port}: Failed to establish a new connection: [Errno 111] Connection refused"
        )


@contextmanager
def speaking(behave):
    """A server that does as it likes with the connections it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            try:
                with server.accept()[0] as line:
                    behave(line)
            except OSError:
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def dribble(line):
    line.recv(65_536)
    while True:
        line.sendall(b"x")
        time.sleep(0.05)


def say_nothing(line):
    while line.recv(65_536):
        pass


@pytest.mark.parametrize("behave", [dribble, say_nothing], ids=["slowly", "never"])
def test_a_receiver_that_answers_slowly_or_never_is_given_up_in_time(behave):
    with speaking(behave) as port, posting_to(port, seconds_max=0.3) as poster:
        begun = time.monotonic()
        came = poster.post(HEADERS, b"{}")
        assert time.monotonic() - begun < GIVEN_UP_SECONDS_MAX
    assert isinstance(came, NotReached)


def test_a_receiver_that_never_ends_its_handshake_is_given_up_in_time():
    with speaking(say_nothing) as port, posting_to(port, trust=trusted({}), seconds_max=0.3) as poster:
        begun = time.monotonic()
        came = poster.post(HEADERS, b"{}")
        assert time.monotonic() - begun < GIVEN_UP_SECONDS_MAX
    assert isinstance(came, NotReached)


def test_what_is_no_answer_of_http_is_not_taken_for_one():
    def babble(line):
        line.recv(65_536)
        line.sendall(b"220 mail.example ESMTP\r\n")

    with speaking(babble) as port, posting_to(port) as poster:
        assert isinstance(poster.post(HEADERS, b"{}"), NotReached)


def test_on_an_answer_that_is_longer_than_the_limit_it_hangs_up():
    hung_up = threading.Event()

    def talk(line):
        line.recv(65_536)
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n" + b"x" * (RESPONSE_BYTES_MAX + 1))
        with suppress(ConnectionResetError):  # what was not read is answered so
            say_nothing(line)
        hung_up.set()

    with speaking(talk) as port, posting_to(port) as poster:
        assert poster.post(HEADERS, b"{}") == Answered(200)
        assert hung_up.wait(GIVEN_UP_SECONDS_MAX)


def test_what_a_receiver_sends_that_is_no_answer_is_repeated_in_plain_letters_and_cut():
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer():
            line, _ = door.accept()
            with line:
                line.recv(65_536)
                line.sendall(b"HTTP/1.1 \0\x1b[2J" + b"x" * 5_000 + b"\r\n\r\n")

        receiver = threading.Thread(target=answer)
        receiver.start()
        target = Target("127.0.0.1", door.getsockname()[1], "/", is_secure=False)
        with closing(Poster(target, ssl.create_default_context())) as poster:
            came = poster.post({"webhook-id": "1"}, b"{}")
        receiver.join()
    assert isinstance(came, NotReached)
    assert came.why.isprintable()
    assert len(came.why) < REPEATED_CHARACTERS_MAX + 50
