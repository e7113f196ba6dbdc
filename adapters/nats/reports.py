"""The stream to which partners send what they did, and the registry's one place to read on in it.

It is a queue: a report that was acknowledged is gone from it, since the log holds it. Partners get JetStream's answer
as a receipt for each report that is stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from nats.aio.msg import Msg

from adapters.nats.line import Line, NotDone
from adapters.nats.stream import NOT_FOUND
from adapters.submissions.partner_report import REPORT_BYTES_MAX
from projections.feed_message import FeedKey

REPORTS = "REPORTS"
REPORT_PREFIX = "report."
READER = "registry"
REPORTS_BYTES_MAX = 1024**3
"""Some four million reports that wait; a full stream refuses the next one, and the partner sends it again later."""
HEADERS_BYTES_MAX = 4 * 1024
NO_READER = 10014
DEDUPLICATION_NANOSECONDS = 100_000_000
"""The least that JetStream allows. It compares the header Nats-Msg-Id over all partners, and drops what it takes for a
second one; reports are told apart by their references instead."""
WAIT_SECONDS = 0.5
"""How long is waited for a report before the reader looks whether it is to stop."""


def report_subject(key: FeedKey) -> str:
    """Where a partner publishes what it did for a programme."""
    return f"{REPORT_PREFIX}{'.'.join(key)}"


@dataclass(frozen=True)
class Sent:
    """One report as it lies in the stream."""

    partner: str
    programme: str
    payload: bytes
    message: Msg


class Intake:
    """Reads reports in the order in which they came. One reader at a time: whoever opens it takes the place over."""

    def __init__(self, line: Line, feeds: Iterable[FeedKey], replicas: int | None = None) -> None:
        """Make the stream where there is none, and begin with the oldest report that was not acknowledged.

        `feeds` are those of which partners may report.

        The reader is made anew: one that is merely found would give what its predecessor had in hand only after a
        while, behind newer ones.
        """
        self._line = line
        self._replicas = replicas
        self._subjects: list[str] = []
        self.listen_to(feeds)
        try:
            line.ask(f"CONSUMER.DELETE.{REPORTS}.{READER}")
        except NotDone as answer:
            if answer.code != NO_READER:
                raise
        reader = {"durable_name": READER, "ack_policy": "explicit", "deliver_policy": "all"}
        line.ask(f"CONSUMER.CREATE.{REPORTS}.{READER}", {"stream_name": REPORTS, "config": reader})

    def listen_to(self, feeds: Iterable[FeedKey]) -> None:
        """Store the reports of these feeds, and nothing else.

        A partner can have an answer sent to any subject, also to one that is no text: whoever is handed that reads
        nothing behind it, ever. So the stream names its subjects one by one.
        """
        subjects = sorted(map(report_subject, feeds)) or [REPORTS]  # without any, it would listen to its own name
        if subjects != self._subjects:
            settings = {"subjects": subjects, "duplicate_window": DEDUPLICATION_NANOSECONDS}
            _make_stream(self._line, settings, self._replicas)
            self._subjects = subjects

    def read(self, limit: int) -> list[Sent]:
        """Read what has come, or nothing after a moment. Raises LineLost."""
        return [_sent(message) for message in self._line.fetch(REPORTS, READER, limit, WAIT_SECONDS)]

    def acknowledge(self, reports: Sequence[Sent]) -> None:
        """Say that these are recorded, so that they do not come again."""
        self._line.acknowledge([report.message for report in reports])


def _sent(message: Msg) -> Sent:
    partner, _, programme = message.subject.removeprefix(REPORT_PREFIX).partition(".")
    return Sent(partner, programme, message.data, message)


def _make_stream(line: Line, settings: dict[str, Any], replicas: int | None) -> None:
    chosen = settings if replicas is None else {**settings, "num_replicas": replicas}
    try:
        found = line.ask(f"STREAM.INFO.{REPORTS}")["config"]
    except NotDone as answer:
        if answer.code != NOT_FOUND:
            raise
        line.ask(f"STREAM.CREATE.{REPORTS}", {**_NEW, **chosen})
        return
    wanted = {**found, **chosen}
    if wanted != found:
        line.ask(f"STREAM.UPDATE.{REPORTS}", wanted)


_NEW = {
    "name": REPORTS,
    "storage": "file",
    "retention": "workqueue",
    "discard": "new",
    "num_replicas": 1,
    "max_bytes": REPORTS_BYTES_MAX,
    "max_msg_size": REPORT_BYTES_MAX + HEADERS_BYTES_MAX,
}
