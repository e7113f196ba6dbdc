"""Reports that could not be read, or came from somebody without an agreement: kept as refused, like any other."""

from adapters.codec import to_store
from adapters.log import Conflict
from adapters.registry.books import AlreadyRecorded, SubmissionRow
from adapters.registry.door import CONTENT_HASH_BYTES
from adapters.registry.opening import Registry
from adapters.submissions.partner_report import PARTNER_ROLE
from adapters.submissions.sealing import Sealer
from adapters.uuids import uuid_of_digest
from domain.event import Envelope
from domain.streams import submission_stream
from domain.submission import Reason, SubmissionRefused

UNREAD = "partner_report"
"""The kind of what could not be read: which of the two kinds it would have been, nobody knows."""
_ID_BYTES = 16


def keep_unread(registry: Registry, partner: str, programme: str, payload: bytes, why: str) -> None:
    """Record that a report was refused, once for each payload; what it holds is not kept, only its digest."""
    now = registry.clock()
    digest = Sealer(registry.keyring).digest(b"unread report", partner.encode(), programme.encode(), payload)
    submission, content_hash = uuid_of_digest(digest[:_ID_BYTES]), digest[-CONTENT_HASH_BYTES:]
    reasons = (Reason("not_read", why),)
    event = SubmissionRefused(
        registry.today(), submission, UNREAD, f"{partner}/{programme}", content_hash, reasons, household=None
    )
    envelope = Envelope(now, partner, PARTNER_ROLE, None, None, submission)
    entry = to_store(submission_stream(submission), 1, envelope, event)

    def work(transaction: object) -> None:
        position: int = transaction.append([entry]).start  # type: ignore[attr-defined]
        row = SubmissionRow(submission, content_hash, position, None, accepted=False, partner=partner)
        registry.books(transaction).submissions.record([row])

    if registry.log.transact(lambda transaction: registry.books(transaction).submissions.find([submission])):
        return
    try:
        registry.log.transact(work)
    except (Conflict, AlreadyRecorded):
        return  # somebody else kept the same one in between
