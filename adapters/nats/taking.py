"""Taking what partners send until told to stop: one reader leads, others stand by; nothing is taken twice or lost."""

import time
from collections.abc import Callable, Sequence
from itertools import groupby
from threading import Event

from adapters.faults import Refused, WorldFailed
from adapters.nats.line import Line
from adapters.nats.reports import Intake, Sent
from adapters.nats.serving import AWAY_SECONDS
from adapters.postgres.leading import REPORTS_LOCK, leading
from adapters.registry.feed_door import agreed
from adapters.registry.opening import Registry
from adapters.registry.partner_reports import TOGETHER_MAX, PartnerDesk
from adapters.registry.unread_reports import keep_unread
from adapters.submissions.partner_report import PartnerReport, read_report
from adapters.supervision.condition import Condition, noticed

LOOK_SECONDS = 5.0
"""How long the reports on a new agreement may find nobody who stores them."""


def open_intake(registry: Registry, line: Line, replicas: int | None) -> Intake:
    """Take the reader's place over, for the reports of everybody who ever agreed."""
    return Intake(line, agreed(registry).known, replicas)


def keep_taking_reports(
    registry: Registry,
    dial: Callable[[], Line],
    replicas: int | None,
    stop: Event,
    notice: Callable[[str], None],
    condition: Condition | None = None,
) -> None:
    """Lead, and take what partners report, until told to stop; what fails is tried again for as long as it takes.

    An outage is noticed in a sentence once, and once when it is over; `condition` tells it otherwise. Raises Refused
    when the server does not let us in: somebody must act first.
    """
    condition = condition or noticed(notice)
    while not stop.is_set():
        try:
            with leading(registry.dsn, REPORTS_LOCK, stop, condition.stands_by) as we_lead:
                if stop.is_set():
                    return
                with dial() as line:
                    intake = open_intake(registry, line, replicas)
                    look_at = time.monotonic() + LOOK_SECONDS
                    while not stop.is_set() and we_lead():
                        if time.monotonic() >= look_at:
                            intake.listen_to(agreed(registry).known)
                            look_at = time.monotonic() + LOOK_SECONDS
                        take_next(registry, intake)
                        condition.works()
        except WorldFailed as failure:
            condition.waits(str(failure))
            stop.wait(AWAY_SECONDS)


def take_next(registry: Registry, intake: Intake) -> int:
    """Take the next reports, and say how many came. They are acknowledged once they are recorded, and not before.

    Whoever is killed in between finds them again, and the door knows them by their names.
    """
    reports = intake.read(TOGETHER_MAX)
    for (partner, programme), together in groupby(reports, lambda sent: (sent.partner, sent.programme)):
        sent = list(together)
        _take(registry, partner, programme, sent)
        intake.acknowledge(sent)
    return len(reports)


def _take(registry: Registry, partner: str, programme: str, sent: Sequence[Sent]) -> None:
    try:
        desk = PartnerDesk(registry, partner, programme)
    except Refused as refusal:
        for one in sent:
            keep_unread(registry, partner, programme, one.payload, str(refusal))
        return
    read: list[PartnerReport] = []
    for one in sent:
        try:
            read.append(read_report(one.payload))
        except Refused as refusal:
            keep_unread(registry, partner, programme, one.payload, str(refusal))
    desk.take(read)
