"""The doors of partners at a real JetStream: each reaches its own feed and nothing else, and gets its door again."""

import asyncio
import json
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime

import nats
import pytest
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError

from adapters.codec import to_store
from adapters.faults import Refused
from adapters.keys.partner_keys import draw_key, hash_of
from adapters.memory.log import MemoryLog
from adapters.memory.outgoing import MemoryOutgoing
from adapters.nats import doors as doors_module
from adapters.nats.consumers import consumer_name, find_consumers, make_consumer
from adapters.nats.doors import KEPT_DAYS, Doors, make_doors, wanted_doors
from adapters.nats.line import Line, open_line
from adapters.nats.relay import Relay
from adapters.nats.stream import STREAM, StreamSettings
from adapters.nats.users import users_of
from adapters.outgoing import Message
from domain.agreement import AgreementEnded, AgreementMade
from domain.event import Envelope
from domain.partner import KeySet
from domain.registry_day import DayOpened
from domain.streams import agreement_stream, partner_stream, policy_stream
from tests.nats_servers import NatsProcess

pytestmark = pytest.mark.nats

OURS, THEIRS = ("food-bank", "kafaalat"), ("red-crescent", "kafaalat")
KEYS = {"food-bank": draw_key(), "red-crescent": draw_key()}
HASHES = {partner: hash_of(key) for partner, key in KEYS.items()}
REGISTRY = {"user": "gharana", "password": draw_key()}
EACH = 5
REFUSED_SECONDS_MAX = 5
QUIET_SECONDS = 0.3
FETCHES = 300


def feed_of(*keys, each=EACH):
    rows = [(key, number) for number in range(1, each + 1) for key in keys]
    return [
        Message(position, f"eligibility.{'.'.join(key)}.PK6.PK602", {"ce-sequence": f"{number:019}"}, b"%d" % number)
        for position, (key, number) in enumerate(rows, 1)
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with partners_server(tmp_path_factory.mktemp("nats")) as started:
        yield started


@contextmanager
def partners_server(folder):
    """A server with the two partners as its users, their consumers, and a stream that tells both."""
    users = [REGISTRY, *users_of([OURS, THEIRS], HASHES)]
    with NatsProcess(folder, cluster={"authorization": {"users": users}}) as started:
        url = registry_url(started)
        relay = Relay(MemoryOutgoing(feed_of(OURS, THEIRS)), lambda: open_line(url))
        relay.pass_on()
        relay.close()
        with Line(url) as line:
            make_doors(agreed_log(), line, StreamSettings(), lambda _: None)
        yield started


def registry_url(server):
    return server.url.replace("//", f"//{REGISTRY['user']}:{REGISTRY['password']}@")


ENVELOPE = Envelope(datetime(2026, 11, 25, tzinfo=UTC), "director", "policy")
MADE = {
    key: AgreementMade(date(2026, 11, 1), *key, "A partner", "desk@partner.example", "letter 12")
    for key in (OURS, THEIRS)
}


def agreed_log(*more, today=date(2026, 11, 25)):
    """A log with both agreements and keys, and what else is recorded of the first partner's agreement."""
    log = MemoryLog()
    log.append([to_store(policy_stream("registry", "days"), 1, ENVELOPE, DayOpened(today))])
    for key, made in MADE.items():
        log.append([to_store(agreement_stream(*key), 1, ENVELOPE, made)])
        log.append([to_store(partner_stream(key[0]), 1, ENVELOPE, KeySet(today, key[0], HASHES[key[0]]))])
    for version, event in enumerate(more, 2):
        log.append([to_store(agreement_stream(*OURS), version, ENVELOPE, event)])
    return log


# What a partner reaches


class Visitor:
    """A partner at the server, with whatever the server complains about."""

    def __init__(self):
        self.complaints = []
        self.client = None

    async def heard(self, complaint):
        self.complaints.append(str(complaint))

    async def refusal_of(self, subject):
        """Wait for the server's word that it does not permit something."""
        for _ in range(int(REFUSED_SECONDS_MAX / 0.01)):
            for complaint in self.complaints:
                if "permissions violation" in complaint and subject.lower() in complaint:
                    return complaint
            await asyncio.sleep(0.01)
        raise AssertionError(f"{subject} was not refused: {self.complaints}")


@asynccontextmanager
async def visiting(server, partner):
    visitor = Visitor()
    visitor.client = await nats.connect(
        server.url,
        user=partner,
        password=KEYS[partner],
        inbox_prefix=f"_INBOX_{partner}",
        allow_reconnect=False,
        error_cb=visitor.heard,
    )
    try:
        yield visitor
    finally:
        await visitor.client.close()


def fingerprint(server):
    """All that a partner might have changed: the stream's messages and settings, and the other's consumer."""
    with Line(registry_url(server)) as line:
        info = line.ask(f"STREAM.INFO.{STREAM}")
        theirs = line.ask(f"CONSUMER.INFO.{STREAM}.{consumer_name(THEIRS)}")
    state = {name: info["state"][name] for name in ("messages", "first_seq", "last_seq", "consumer_count")}
    return info["config"], state, theirs["config"], theirs["delivered"], theirs["ack_floor"]


def test_a_partner_pulls_its_own_feed_and_nothing_else_and_acknowledges_it(server):
    async def pull():
        async with visiting(server, "food-bank") as visitor:
            door = await visitor.client.jetstream().pull_subscribe_bind(consumer_name(OURS), STREAM)
            messages = await door.fetch(EACH * 2, timeout=REFUSED_SECONDS_MAX)
            await messages[-1].ack_sync()
            info = await door.consumer_info()
            return [(message.subject, message.data) for message in messages], info.ack_floor.consumer_seq

    told, acknowledged = asyncio.run(pull())
    assert told == [("eligibility.food-bank.kafaalat.PK6.PK602", b"%d" % number) for number in range(1, EACH + 1)]
    assert acknowledged == EACH


def test_a_partner_may_report_what_it_did(server):
    async def report():
        async with visiting(server, "food-bank") as visitor:
            await visitor.client.publish("report.food-bank.kafaalat", b"{}")
            await visitor.client.flush()
            await asyncio.sleep(QUIET_SECONDS)
            return visitor.complaints

    assert asyncio.run(report()) == []


_THEIRS = f"{STREAM}.{consumer_name(THEIRS)}"
_OTHER = {"stream_name": STREAM, "config": {"durable_name": "spy", "filter_subject": "eligibility.>"}}
WAYS = {
    "pull from another's consumer": (f"$JS.API.CONSUMER.MSG.NEXT.{_THEIRS}", {"batch": 1}),
    "look at another's consumer": (f"$JS.API.CONSUMER.INFO.{_THEIRS}", {}),
    "make a durable consumer": (f"$JS.API.CONSUMER.CREATE.{STREAM}.spy.eligibility.>", _OTHER),
    "make a durable consumer in the old way": (f"$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.spy", _OTHER),
    "make a passing consumer": (f"$JS.API.CONSUMER.CREATE.{STREAM}", {**_OTHER, "config": {"ack_policy": "none"}}),
    "change its own consumer": (
        f"$JS.API.CONSUMER.CREATE.{STREAM}.{consumer_name(OURS)}.eligibility.>",
        {"stream_name": STREAM, "config": {"durable_name": consumer_name(OURS), "filter_subject": "eligibility.>"}},
    ),
    "remove another's consumer": (f"$JS.API.CONSUMER.DELETE.{_THEIRS}", {}),
    "halt another's consumer": (f"$JS.API.CONSUMER.PAUSE.{_THEIRS}", {"pause_until": "2099-01-01T00:00:00Z"}),
    "publish into another's feed": ("eligibility.red-crescent.kafaalat.PK6.PK602", {}),
    "publish into its own feed": ("eligibility.food-bank.kafaalat.PK6.PK602", {}),
    "read the stream by number": (f"$JS.API.STREAM.MSG.GET.{STREAM}", {"seq": 2}),
    "read the stream directly": (f"$JS.API.DIRECT.GET.{STREAM}.eligibility.red-crescent.kafaalat.PK6.PK602", {}),
    "look at the stream": (f"$JS.API.STREAM.INFO.{STREAM}", {}),
    "change the stream": (f"$JS.API.STREAM.UPDATE.{STREAM}", {"name": STREAM, "allow_direct": True}),
    "copy the stream": ("$JS.API.STREAM.CREATE.COPY", {"name": "COPY", "mirror": {"name": STREAM}}),
    "purge the stream": (f"$JS.API.STREAM.PURGE.{STREAM}", {}),
    "delete the stream": (f"$JS.API.STREAM.DELETE.{STREAM}", {}),
    "acknowledge another's messages": (f"$JS.ACK.{_THEIRS}.1.2.1.1795639279638407077.0", {}),
    "report in another's name": ("report.red-crescent.kafaalat", {}),
    "answer into another's inbox": ("_INBOX_red-crescent.made-up", {}),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_partner_asks_for_and_may_not_is_refused_by_the_server(server, way):
    subject, document = WAYS[way]
    before = fingerprint(server)

    async def ask():
        async with visiting(server, "food-bank") as visitor:
            with pytest.raises((NatsTimeoutError, NatsError)):
                await visitor.client.request(subject, json.dumps(document).encode(), timeout=QUIET_SECONDS)
            await visitor.refusal_of(subject)

    asyncio.run(ask())
    assert fingerprint(server) == before


@pytest.mark.parametrize(
    "subject",
    [
        "eligibility.>",
        "eligibility.red-crescent.>",
        ">",
        "_INBOX_red-crescent.>",
        "_INBOX.>",
        "$JS.>",
        "$SYS.>",
        "report.>",
    ],
)
def test_where_a_partner_listens_and_may_not_is_refused_by_the_server(server, subject):
    async def listen():
        async with visiting(server, "food-bank") as visitor:
            await visitor.client.subscribe(subject)
            await visitor.refusal_of(subject)

    asyncio.run(listen())


ANSWERED_TO = [
    "eligibility.red-crescent.kafaalat.PK6.PK602",
    "eligibility.food-bank.kafaalat.PK6.PK602",
    f"$JS.API.STREAM.PURGE.{STREAM}",
    f"$JS.API.STREAM.DELETE.{STREAM}",
    f"$JS.API.CONSUMER.DELETE.{_THEIRS}",
    f"$JS.ACK.{_THEIRS}.1.2.1.1795639279638407077.0",
]


@pytest.mark.parametrize("to", ANSWERED_TO)
def test_a_partner_that_has_its_answers_sent_elsewhere_changes_nothing_there(tmp_path, to):
    """The server lets everybody choose where answers go, so no permission helps here."""
    with partners_server(tmp_path) as server:
        before = fingerprint(server)

        async def ask():
            async with visiting(server, "food-bank") as visitor:
                for what in ("MSG.NEXT", "INFO"):
                    subject = f"$JS.API.CONSUMER.{what}.{STREAM}.{consumer_name(OURS)}"
                    await visitor.client.publish(subject, b'{"batch": 1, "no_wait": true}', reply=to)
                await visitor.client.flush()
                await asyncio.sleep(QUIET_SECONDS)

        asyncio.run(ask())
        assert fingerprint(server) == before


@pytest.mark.parametrize(
    "who",
    ["", "food-bank:guessed@", f"food-bank:{KEYS['red-crescent']}@", "nobody:x@"],
    ids=["without a name", "a guess", "another's key", "a stranger"],  # keys are drawn anew in each process
)
def test_nobody_gets_in_without_a_key_of_its_own(server, who):
    with pytest.raises(Refused, match="does not take our user and password"):
        Line(server.url.replace("//", f"//{who}"))


# Keeping the doors


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A server to do as one likes with, without users."""
    monkeypatch.setattr(doors_module, "LOOK_SECONDS", 0)
    with NatsProcess(tmp_path) as started:
        yield started


@pytest.fixture
def keep(bare):
    """Look after the doors of a log at the bare server; hang up when the test is over."""
    made = []

    def doors_of(log, notice=lambda _: None, let_in=lambda _: None):
        with Line(bare.url) as line:
            make_doors(log, line, StreamSettings(), let_in)
        doors = Doors(log, lambda: open_line(bare.url), let_in, notice)
        made.append(doors)
        doors.look_after()
        return doors

    yield doors_of
    for doors in made:
        doors.close()


def consumers(server):
    with Line(server.url) as line:
        return find_consumers(line)


BOTH = {consumer_name(OURS), consumer_name(THEIRS)}


def test_each_agreement_has_its_consumer(bare, keep):
    keep(agreed_log())
    assert consumers(bare) == BOTH


def test_a_consumer_that_was_lost_is_made_again_and_it_is_said(bare, keep):
    notices = []
    doors = keep(agreed_log(), notices.append)
    with Line(bare.url) as line:
        line.ask(f"CONSUMER.DELETE.{STREAM}.{consumer_name(OURS)}")

    doors.look_after()

    assert consumers(bare) == BOTH
    assert notices == [f"Consumers were missing and were made again: {consumer_name(OURS)}."]


def test_a_consumer_that_somebody_changed_gets_its_settings_back_and_keeps_its_place(bare, keep):
    keep(agreed_log())
    name = consumer_name(OURS)
    with Line(bare.url) as line:
        config = line.ask(f"CONSUMER.INFO.{STREAM}.{name}")["config"]
        line.ask(f"CONSUMER.CREATE.{STREAM}.{name}.eligibility.>", changed(config, filter_subject="eligibility.>"))
        keep(agreed_log())
        assert line.ask(f"CONSUMER.INFO.{STREAM}.{name}")["config"] == config


def changed(config, **settings):
    return {"stream_name": STREAM, "config": {**config, **settings}}


def test_while_the_server_is_away_it_is_said_and_then_it_goes_on(bare, keep):
    notices = []
    doors = keep(agreed_log(), notices.append)
    bare.kill()
    doors.look_after()
    assert [notice for notice in notices if "could not be looked after" in notice] == notices != []

    bare.start()
    doors.look_after()
    assert consumers(bare) == BOTH


OVER = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("today", "is_open"),
    [(date(2026, 12, 1), True), (date(2026, 12, KEPT_DAYS), True), (date(2026, 12, KEPT_DAYS + 1), False)],
)
@pytest.mark.parametrize("how", ["ended", "run out"])
def test_a_door_is_kept_some_days_after_the_end_so_that_the_end_can_be_read(how, today, is_open):
    log = agreed_log(AgreementEnded(OVER, *OURS), today=today) if how == "ended" else run_out_log(today)
    assert (OURS in wanted_doors(log).open, OURS in wanted_doors(log).closed) == (is_open, not is_open)
    assert ("food-bank" in [user["user"] for user in wanted_doors(log).users]) == is_open


def run_out_log(today):
    log = MemoryLog()
    made = AgreementMade(date(2026, 11, 1), *OURS, "A", "desk", "letter", until=date(2026, 11, 30))
    for stream, event in (
        (policy_stream("registry", "days"), DayOpened(today)),
        (agreement_stream(*OURS), made),
        (partner_stream("food-bank"), KeySet(today, "food-bank", HASHES["food-bank"])),
    ):
        log.append([to_store(stream, 1, ENVELOPE, event)])
    return log


def test_a_partner_that_agreed_anew_keeps_its_door(bare):
    again = AgreementMade(date(2026, 12, 5), *OURS, "A", "desk", "letter")
    log = agreed_log(AgreementEnded(OVER, *OURS), again, today=date(2027, 6, 1))
    assert OURS in wanted_doors(log).open


def test_a_door_long_over_is_removed_and_those_of_others_stay(bare, keep):
    keep(agreed_log())
    with Line(bare.url) as line:
        line.ask(f"CONSUMER.CREATE.{STREAM}.audit", {"stream_name": STREAM, "config": {"durable_name": "audit"}})

    keep(agreed_log(AgreementEnded(OVER, *OURS), today=date(2027, 6, 1)))

    assert consumers(bare) == {consumer_name(THEIRS), "audit"}


def test_a_partner_without_a_key_is_no_user():
    assert users_of([OURS, THEIRS], {"food-bank": HASHES["food-bank"]}) == users_of([OURS], HASHES)


def test_a_new_key_takes_the_place_of_the_old_one():
    log = agreed_log()
    log.append([to_store(partner_stream("food-bank"), 2, ENVELOPE, KeySet(OVER, "food-bank", hash_of("another")))])
    (user,) = (user for user in wanted_doors(log).users if user["user"] == "food-bank")
    assert user["password"] != HASHES["food-bank"]


def test_time_that_is_up_at_whatever_step_of_a_fetch_means_that_nothing_came(server):
    quiet = ("nobody", "kafaalat")
    with Line(registry_url(server)) as line:
        make_consumer(line, quiet)
        for number in range(FETCHES):
            assert line.fetch(STREAM, consumer_name(quiet), 10, 0.0002 * (1 + number % 10)) == []
