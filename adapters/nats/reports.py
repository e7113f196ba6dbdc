"""The stream to which partners send what they did, and the registry's one place to read on in it.

It is a queue: a report that was acknowledged is gone from it, since the log holds it. Partners get JetStream's answer
as a receipt for each report that is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nats.aio.msg import Msg

from adapters.nats.line import Line, NotDone
from adapters.nats.stream import NOT_FOUND
from adapters.submissions.partner_report import REPORT_BYTES_MAX

REPORTS = "REPORTS"
REPORT_PREFIX = "report."
"""A partner publishes to `report.<partner>.<programme>`, and may publish nowhere else."""
READER = "registry"
REPORTS_BYTES_MAX = 1024**3
"""Some four million reports that wait; a full stream refuses the next one, and the partner sends it again later."""
HEADERS_BYTES_MAX = 4 * 1024
NO_READER = 10014
WAIT_SECONDS = 0.5
"""How long is waited for a report before the reader looks whether it is to stop."""


@dataclass(frozen=True)
class Sent:
    """One report as it lies in the stream."""

    partner: str
    programme: str
    payload: bytes
    message: Msg


class Intake:
    """Reads reports in the order in which they came. One reader at a time: whoever opens it takes the place over."""

    def __init__(self, line: Line, replicas: int | None = None) -> None:
        """Make the stream where there is none, and begin with the oldest report that was not acknowledged.

        The reader is made anew: one that is merely found would give what its predecessor had in hand only after a
        while, behind newer ones.
        """
        self._line = line
        _make_stream(line, replicas or 1)
        try:
            line.ask(f"CONSUMER.DELETE.{REPORTS}.{READER}")
        except NotDone as answer:
            if answer.code != NO_READER:
                raise
        reader = {"durable_name": READER, "ack_policy": "explicit", "deliver_policy": "all"}
        line.ask(f"CONSUMER.CREATE.{REPORTS}.{READER}", {"stream_name": REPORTS, "config": reader})

    def read(self, limit: int) -> list[Sent]:
        """Read what has come, or nothing after a moment. Raises LineLost."""
        return [_sent(message) for message in self._line.fetch(REPORTS, READER, limit, WAIT_SECONDS)]

    def acknowledge(self, reports: Sequence[Sent]) -> None:
        """Say that these are recorded, so that they do not come again."""
        self._line.acknowledge([report.message for report in reports])


def _sent(message: Msg) -> Sent:
    partner, _, programme = message.subject.removeprefix(REPORT_PREFIX).partition(".")
    return Sent(partner, programme, message.data, message)


def _make_stream(line: Line, replicas: int) -> None:
    try:
        line.ask(f"STREAM.INFO.{REPORTS}")
    except NotDone as answer:
        if answer.code != NOT_FOUND:
            raise
        line.ask(f"STREAM.CREATE.{REPORTS}", {**_NEW, "num_replicas": replicas})


_NEW = {
    "name": REPORTS,
    "subjects": [f"{REPORT_PREFIX}>"],
    "storage": "file",
    "retention": "workqueue",
    "discard": "new",
    "max_bytes": REPORTS_BYTES_MAX,
    "max_msg_size": REPORT_BYTES_MAX + HEADERS_BYTES_MAX,
}
