"""Delivering until told to stop: one process leads, others stand by; a slow receiver holds up no other one."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Self
from uuid import UUID

from adapters.faults import WorldFailed
from adapters.postgres.leading import leading
from adapters.postgres.tail import FEED_CHANNEL, Listener
from adapters.postgres.webhooks import Webhooks
from adapters.supervision.condition import Condition, noticed
from adapters.webhooks.delivering import Delivery, Means

WEBHOOK_LOCK = 29106690341301881
"""The advisory lock of whoever delivers webhooks; the relay's lies ten before it."""
POLL_SECONDS = 0.1
"""How often is looked whether everybody has everything; looking costs less than a millisecond."""
AWAY_SECONDS = 2.0
RECEIVERS_AT_ONCE_MAX = 32
"""Each of them is one thread that mostly waits."""

Notice = Callable[[str], None]


def keep_delivering(
    webhooks: Webhooks, means: Means, dsn: str, stop: Event, notice: Notice, condition: Condition | None = None
) -> None:
    """Lead, and deliver what there is, until told to stop; what fails is tried again for as long as it takes.

    An outage is noticed in a sentence once, and once when it is over; `condition` tells it otherwise.
    """
    condition = condition or noticed(notice)
    while not stop.is_set():
        try:
            with (
                leading(dsn, WEBHOOK_LOCK, stop, condition.stands_by) as we_lead,
                _Crowd(webhooks, means, stop, notice) as crowd,
                Listener(dsn, FEED_CHANNEL) as listener,
            ):
                while not stop.is_set() and we_lead():
                    crowd.look_after_all()
                    condition.works()
                    listener.wait(stop)
        except WorldFailed as failure:
            condition.waits(str(failure))
            stop.wait(AWAY_SECONDS)


def deliver_until_caught_up(webhooks: Webhooks, means: Means, dsn: str, stop: Event, notice: Notice) -> None:
    """Lead, and deliver until no webhook is due: each has everything, or is paused, or waits for its next try.

    Raises WorldFailed when Postgres does not answer.
    """
    with leading(dsn, WEBHOOK_LOCK, stop) as we_lead, _Crowd(webhooks, means, stop, notice) as crowd:
        while not stop.is_set() and we_lead() and not crowd.look_after_all():
            stop.wait(POLL_SECONDS)


class _Crowd:
    """The deliveries that are at work, each with a connection of its own that outlives a turn."""

    def __init__(self, webhooks: Webhooks, means: Means, stop: Event, notice: Notice) -> None:
        self._webhooks = webhooks
        self._means = means
        self._asked_to_stop = stop
        self._end = Event()
        self._notice = notice
        self._deliveries: dict[UUID, Delivery] = {}
        self._turns: dict[UUID, Future[int]] = {}
        self._threads = ThreadPoolExecutor(RECEIVERS_AT_ONCE_MAX, "webhook")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._threads.shutdown(cancel_futures=True)
        for delivery in self._deliveries.values():
            delivery.close()

    def look_after_all(self) -> bool:
        """Give a turn to everyone who is due and not at work; says whether nobody is. Raises WorldFailed."""
        for webhook_id in [each for each, turn in self._turns.items() if turn.done()]:
            self._turns.pop(webhook_id).result()
        due = self._webhooks.due(self._means.clock())
        for webhook_id in due:
            if webhook_id not in self._turns:
                self._turns[webhook_id] = self._threads.submit(self._turn, webhook_id)
        return not due and not self._turns

    def _turn(self, webhook_id: UUID) -> int:
        if webhook_id not in self._deliveries:
            self._deliveries[webhook_id] = Delivery(self._webhooks, webhook_id, self._means)
        return self._deliveries[webhook_id].go_on(self._is_over, self._notice)

    def _is_over(self) -> bool:
        return self._end.is_set() or self._asked_to_stop.is_set()
