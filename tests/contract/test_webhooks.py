"""What a receiver may rely on: every row, in order, in the bytes of the feed; and what becomes of those not taken."""

import threading
import time
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from msgspec.structs import replace

from adapters.faults import WorldFailed
from adapters.postgres.migrate import migrate
from adapters.postgres.webhooks import Webhooks
from adapters.webhooks import serving
from adapters.webhooks.judging import REFUSED_IN_A_ROW_MAX, TRIES_MAX
from adapters.webhooks.serving import deliver_until_caught_up, keep_delivering
from adapters.webhooks.signing import Scheme, for_the_receiver
from tests.posted_feeds import FEED_OF, KEY, SECRET, Clock, keyring_in, means, tell, webhook_to
from tests.receiver import Reply, is_signed, receiving

pytestmark = pytest.mark.postgres

TURN_SECONDS_MAX = 20


class Desk:
    """Webhooks over a database, with a receiver, a clock, and what was noticed."""

    def __init__(self, dsn, folder, receiver):
        migrate(dsn)
        self.dsn = dsn
        self.receiver = receiver
        self.keyring = keyring_in(folder)
        self.webhooks = Webhooks(dsn)
        self.clock = Clock()
        self.notices = []
        self.ports = [receiver.port]

    def deliver(self):
        deliver_until_caught_up(self.webhooks, self.means(), self.dsn, threading.Event(), self.notices.append)

    def means(self):
        return means(self.keyring, self.clock, *self.ports)

    def add(self, **how):
        return webhook_to(self.webhooks, self.keyring, self.receiver.port, **how)

    def stands(self):
        return self.webhooks.find(FEED_OF)

    def dead(self):
        return [letter.sequence for letter in self.webhooks.dead_letters(self.stands().webhook_id)]

    def answer(self, **statuses):
        """Answer messages by their ids, such as m3=400; all others are taken."""
        self.receiver.answer = lambda posted: Reply(statuses.get(f"m{posted.headers['webhook-id']}", 204))


@pytest.fixture
def desk(database, tmp_path):
    with receiving() as receiver:
        desk = Desk(database, tmp_path, receiver)
        with closing(desk.webhooks):
            yield desk


def wait_until(true):
    give_up_at = time.monotonic() + TURN_SECONDS_MAX
    while not true():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_every_row_arrives_once_in_order_with_its_stored_headers_and_bytes(desk):
    told = tell(desk.dsn, 30)
    desk.add()
    desk.deliver()
    assert [posted.body for posted in desk.receiver.posted] == [payload for _, payload in told]
    for posted, (headers, _) in zip(desk.receiver.posted, told, strict=True):
        assert headers.items() <= posted.headers.items()
        assert posted.headers["webhook-id"] == headers["ce-id"]
    assert desk.stands().sequence == 30
    desk.deliver()
    assert len(desk.receiver.posted) == 30


@pytest.mark.parametrize("scheme", Scheme)
def test_every_row_is_signed_at_the_moment_it_is_sent(desk, scheme):
    tell(desk.dsn, 3)
    desk.add(scheme=scheme)
    desk.deliver()
    assert all(is_signed(posted, for_the_receiver(scheme, SECRET)) for posted in desk.receiver.posted)
    assert {posted.headers["webhook-timestamp"] for posted in desk.receiver.posted} == {
        str(int(desk.clock().timestamp()))
    }


def test_a_webhook_that_begins_behind_a_snapshot_is_sent_what_comes_after_it(desk):
    tell(desk.dsn, 5)
    desk.add(after=3)
    desk.deliver()
    assert desk.receiver.ids == ["4", "5"]


def test_a_feed_has_one_webhook_and_gets_no_rows_of_another_feed(desk):
    webhook = desk.add()
    assert not desk.webhooks.add(replace(webhook, webhook_id=uuid4()))
    tell(desk.dsn, 2)
    tell(desk.dsn, 2, ("school-fund", "kafaalat"))
    desk.deliver()
    assert desk.receiver.ids == ["1", "2"]


def test_a_row_that_is_not_taken_holds_up_those_behind_it_and_is_tried_again_with_its_id(desk):
    tell(desk.dsn, 3)
    desk.add()
    desk.answer(m2=500)
    desk.deliver()
    assert desk.receiver.ids == ["1", "2"]
    stands = desk.stands()
    assert (stands.sequence, stands.tries, stands.next_try_at) == (1, 1, desk.clock() + timedelta(seconds=2))
    desk.clock.go_on(1.9)
    desk.deliver()
    assert desk.receiver.ids == ["1", "2"], "it is not time yet"
    desk.clock.go_on(0.1)
    desk.answer()
    desk.deliver()
    assert desk.receiver.ids == ["1", "2", "2", "3"]
    stands = desk.stands()
    assert (stands.sequence, stands.tries, stands.next_try_at, stands.last_error) == (3, 0, None, None)


def test_of_many_tries_that_fail_one_notice_is_given(desk):
    tell(desk.dsn, 1)
    desk.add()
    desk.answer(m1=503)
    for _ in range(4):
        desk.deliver()
        desk.clock.go_on(100)
    (notice,) = desk.notices
    assert "sequence 1: The receiver did not take it, with status 503" in notice


def test_a_receiver_that_takes_nothing_for_a_day_is_paused_and_nothing_is_skipped(desk):
    tell(desk.dsn, 2)
    desk.add()
    desk.answer(m1=500)
    for _ in range(TRIES_MAX + 5):
        desk.deliver()
        desk.clock.go_on(3_600)
    assert desk.receiver.ids == ["1"] * TRIES_MAX
    stands = desk.stands()
    assert (stands.sequence, stands.paused_at is not None, desk.dead()) == (0, True, [])
    assert "try 40, the last one" in stands.last_error
    desk.answer()
    assert desk.webhooks.resume(stands.webhook_id)
    desk.deliver()
    assert desk.receiver.ids[TRIES_MAX:] == ["1", "2"]


def test_a_receiver_that_is_gone_is_paused_at_once(desk):
    tell(desk.dsn, 3)
    desk.add()
    desk.answer(m2=410)
    for _ in range(3):
        desk.deliver()
        desk.clock.go_on(86_400)
    assert desk.receiver.ids == ["1", "2"]
    assert desk.stands().last_error == "The receiver answers 410: it is gone for good."
    assert "paused until `webhook resume`" in desk.notices[0]


def test_a_message_that_is_refused_becomes_a_dead_letter_and_the_feed_goes_on(desk):
    tell(desk.dsn, 4)
    desk.add()
    desk.answer(m2=422)
    desk.deliver()
    assert (desk.receiver.ids, desk.dead(), desk.stands().sequence) == (["1", "2", "3", "4"], [2], 4)
    (letter,) = desk.webhooks.dead_letters(desk.stands().webhook_id)
    assert (letter.tries, letter.last_error) == (1, "The receiver refused it, with status 422.")
    assert letter.refused_at == desk.clock()


def test_tries_before_a_refusal_are_counted(desk):
    tell(desk.dsn, 1)
    desk.add()
    desk.answer(m1=500)
    desk.deliver()
    desk.clock.go_on(10)
    desk.answer(m1=422)
    desk.deliver()
    (letter,) = desk.webhooks.dead_letters(desk.stands().webhook_id)
    assert letter.tries == 2


def test_a_receiver_that_refuses_everything_is_paused_with_few_dead_letters(desk):
    tell(desk.dsn, 9)
    desk.add()
    desk.receiver.answer = lambda _: Reply(400)
    desk.deliver()
    assert (desk.dead(), desk.stands().sequence) == ([1, 2], 2)
    assert desk.stands().paused_at is not None
    assert len(desk.receiver.posted) == REFUSED_IN_A_ROW_MAX


def test_refusals_with_a_message_taken_between_them_are_not_in_a_row(desk):
    tell(desk.dsn, 5)
    desk.add()
    desk.answer(m1=400, m2=400, m4=400, m5=400)
    desk.deliver()
    assert (desk.dead(), desk.stands().sequence, desk.stands().paused_at) == ([1, 2, 4, 5], 5, None)


def test_dead_letters_that_are_sent_again_and_taken_are_dead_no_more(desk):
    tell(desk.dsn, 4)
    desk.add()
    desk.answer(m2=400, m3=422)
    desk.deliver()
    tell(desk.dsn, 1, first=5)
    assert desk.webhooks.replay_dead_letters(desk.stands().webhook_id) == 2
    assert desk.webhooks.replay_dead_letters(desk.stands().webhook_id) == 0, "they wait to be sent already"
    desk.answer(m3=422)
    desk.deliver()
    assert desk.receiver.ids == ["1", "2", "3", "4", "2", "3", "5"], "what is sent again comes before what is new"
    (letter,) = desk.webhooks.dead_letters(desk.stands().webhook_id)
    assert (letter.sequence, letter.tries) == (3, 2)


def test_rows_are_sent_again_in_the_same_bytes_with_the_same_ids_and_the_position_stays(desk):
    told = tell(desk.dsn, 6)
    desk.add()
    desk.deliver()
    desk.webhooks.replay(desk.stands().webhook_id, 2, 4)
    desk.deliver()
    assert desk.receiver.ids[6:] == ["2", "3", "4"]
    assert [posted.body for posted in desk.receiver.posted[6:]] == [payload for _, payload in told[1:4]]
    assert desk.stands().sequence == 6


def test_sending_again_goes_on_where_it_was_when_a_row_is_not_taken(desk):
    tell(desk.dsn, 4)
    desk.add()
    desk.deliver()
    desk.webhooks.replay(desk.stands().webhook_id, 1, 4)
    desk.answer(m3=500)
    desk.deliver()
    desk.answer()
    desk.clock.go_on(10)
    desk.deliver()
    assert desk.receiver.ids[4:] == ["1", "2", "3", "3", "4"]


def test_a_webhook_that_is_paused_is_sent_nothing_until_it_is_resumed(desk):
    tell(desk.dsn, 2)
    webhook = desk.add()
    assert desk.webhooks.pause(webhook.webhook_id, "Paused by director.", desk.clock())
    assert not desk.webhooks.pause(webhook.webhook_id, "Paused by another.", desk.clock())
    desk.deliver()
    assert desk.receiver.ids == []
    assert desk.webhooks.resume(webhook.webhook_id)
    assert not desk.webhooks.resume(webhook.webhook_id)
    desk.deliver()
    assert desk.receiver.ids == ["1", "2"]


def test_a_webhook_that_is_removed_is_sent_nothing_and_leaves_nothing(desk):
    tell(desk.dsn, 2)
    webhook = desk.add()
    desk.answer(m1=400)
    desk.deliver()
    desk.webhooks.replay_dead_letters(webhook.webhook_id)
    desk.webhooks.remove(webhook.webhook_id)
    desk.deliver()
    assert desk.receiver.ids == ["1", "2"]
    with psycopg.connect(desk.dsn) as connection:
        for table in ("webhooks", "webhook_dead_letters", "webhook_replays"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_of_two_workers_that_sent_the_same_row_one_writes_it_down(desk):
    tell(desk.dsn, 2)
    webhook = desk.add()
    _, row = desk.webhooks.next_of(webhook.webhook_id)
    assert desk.webhooks.take(webhook, row)
    assert not desk.webhooks.take(webhook, row)
    assert not desk.webhooks.bury(webhook, row, "refused", desk.clock())
    assert (desk.stands().sequence, desk.dead()) == (1, [])


def test_a_host_that_is_allowed_no_more_gets_nothing_and_is_waited_for(desk):
    tell(desk.dsn, 1)
    desk.add()
    desk.ports = []
    desk.deliver()
    assert desk.receiver.posted == []
    assert "is not allowed" in desk.stands().last_error
    desk.ports = [desk.receiver.port]
    desk.clock.go_on(10)
    desk.deliver()
    assert desk.receiver.ids == ["1"]


def test_a_secret_that_does_not_open_sends_nothing(desk, tmp_path):
    tell(desk.dsn, 1)
    desk.add()
    (tmp_path / "another").mkdir()
    desk.keyring = keyring_in(tmp_path / "another")
    desk.deliver()
    assert desk.receiver.posted == []
    assert "wrapped key does not open" in desk.stands().last_error


def test_the_secret_does_not_stand_in_the_database(desk):
    desk.add()
    with psycopg.connect(desk.dsn) as connection:
        stored = str(connection.execute("SELECT webhooks::text FROM webhooks").fetchall())
    assert SECRET.hex() not in stored
    assert KEY.removeprefix("whsec_") not in stored


class Following:
    """A worker that delivers until the block ends."""

    def __init__(self, desk):
        self.stop = threading.Event()
        arguments = (desk.webhooks, desk.means(), desk.dsn, self.stop, desk.notices.append)
        self.thread = threading.Thread(target=keep_delivering, args=arguments)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


def test_what_is_told_meanwhile_is_delivered_within_a_moment(desk):
    desk.add()
    with Following(desk):
        for number in range(1, 4):
            tell(desk.dsn, 1, first=number)
            wait_until(lambda: len(desk.receiver.posted) == number)  # noqa: B023 - asked within this turn
    wait_until(lambda: desk.stands().sequence == 3)


def test_of_two_workers_one_delivers_and_the_other_takes_over(desk):
    tell(desk.dsn, 50)
    desk.add()
    with Following(desk) as first, Following(desk):
        wait_until(lambda: desk.stands().sequence == 50)
        assert len(desk.receiver.posted) == 50
        first.stop.set()
        first.thread.join()
        tell(desk.dsn, 5, first=51)
        wait_until(lambda: desk.stands().sequence == 55)
    assert desk.receiver.ids == [str(number) for number in range(1, 56)]


def test_a_slow_receiver_holds_up_no_other_one(desk):
    other = ("school-fund", "kafaalat")
    tell(desk.dsn, 20)
    tell(desk.dsn, 20, other)
    let_go = threading.Event()
    with receiving() as slow:

        def wait(_):
            let_go.wait(TURN_SECONDS_MAX)
            return Reply()

        slow.answer = wait
        desk.ports.append(slow.port)
        desk.add(feed=other)
        webhook_to(desk.webhooks, desk.keyring, slow.port)
        with Following(desk):
            try:
                wait_until(lambda: desk.webhooks.find(other).sequence == 20)
                assert desk.stands().sequence == 0
            finally:
                let_go.set()
            wait_until(lambda: desk.stands().sequence == 20)


def test_postgres_going_away_is_noticed_and_waited_for(desk, monkeypatch):
    monkeypatch.setattr(serving, "AWAY_SECONDS", 0.1)
    desk.add()
    with Following(desk):
        tell(desk.dsn, 1)
        wait_until(lambda: desk.receiver.ids == ["1"])
        with psycopg.connect(desk.dsn, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        tell(desk.dsn, 1, first=2)
        wait_until(lambda: desk.receiver.ids[-1] == "2")


def test_without_postgres_nothing_is_delivered(tmp_path):
    dsn = f"host={tmp_path}"
    with closing(Webhooks(dsn)) as webhooks, pytest.raises(WorldFailed, match="Postgres does not answer"):
        deliver_until_caught_up(webhooks, means(keyring_in(tmp_path), Clock()), dsn, threading.Event(), print)
