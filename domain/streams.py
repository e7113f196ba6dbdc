"""Where each thing's events stand: the ids of streams, all derived, none drawn by chance."""

from datetime import date
from uuid import UUID, uuid5

from domain.refusal import Rejected

EPOCH = date(1970, 1, 1)
NAMESPACE = UUID("7a0c3f5e-6c1d-5e8a-9f42-6d1f3a7be011")
"""Ours; under it the ids of streams that are named by words are derived (RFC 9562, version 5)."""

DIGEST_BYTES = 13
"""What remains of the 16 bytes of a household's id after the three of the day."""

_KEYS, _SEALS = 0xF9, 0xFA
_PARTNERS, _AGREEMENTS, _DISCLOSURES, _REFUSALS, _POLICIES = 0xFB, 0xFC, 0xFD, 0xFE, 0xFF
"""First bytes of the other streams; a household's are those of a day number, which stays far below them."""
HOUSEHOLDS_END = UUID(int=(_KEYS << 120) - 1)
"""Streams of households and their siblings have ids up to here."""
KEYS_FROM, KEYS_END = UUID(int=_KEYS << 120), UUID(int=(_SEALS << 120) - 1)
"""Streams of what became of keys: the master keys, and the destruction of a person's or a household's."""
PARTNERS_FROM, PARTNERS_END = UUID(int=_PARTNERS << 120), UUID(int=(_AGREEMENTS << 120) - 1)
"""Streams of partners, whatever they agreed on: their keys."""
AGREEMENTS_FROM, AGREEMENTS_END = UUID(int=_AGREEMENTS << 120), UUID(int=(_DISCLOSURES << 120) - 1)
"""Streams of agreements stand together, apart from the policies: whoever assesses never reads them."""
_WITHOUT_FIRST_BYTE = (1 << 120) - 1


def household_stream(on: date, digest: bytes) -> UUID:
    """Id of a household: the day of its interview (24 bits), then a keyed digest; the lowest bit is 0.

    Days grow, so new households stand together at the end of the primary key. The form is RFC 9562, version 8.
    Raises Rejected for a day before 1970.
    """
    assert len(digest) >= DIGEST_BYTES, "a shorter digest would leave bits that anybody can guess"
    day = (on - EPOCH).days
    if day < 0:
        raise Rejected(f"No household was interviewed on {on}, before {EPOCH}: correct the date.")
    value = day << 104 | int.from_bytes(digest[:DIGEST_BYTES], "big")
    value = value & ~(0xF << 76) | 8 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return UUID(int=value & ~1)


def decisions_of(household: UUID) -> UUID:
    """The sibling stream that holds a household's decisions: its neighbour in the primary key."""
    return UUID(int=household.int | 1)


def household_of(stream: UUID) -> UUID:
    """The household that a stream of events or decisions belongs to."""
    return UUID(int=stream.int & ~1)


def policy_stream(kind: str, name: str) -> UUID:
    """The stream of a policy, such as ("programme", "kafaalat"): at the very end of the primary key."""
    return _named(_POLICIES, f"{kind}:{name}")


def agreement_stream(partner: str, programme: str) -> UUID:
    """The stream of what one partner agreed on one programme."""
    return _named(_AGREEMENTS, f"agreement:{partner}:{programme}")


def partner_stream(partner: str) -> UUID:
    """The stream of what concerns a partner whatever it agreed on."""
    return _named(_PARTNERS, f"partner:{partner}")


def master_keys_stream() -> UUID:
    """The stream of the registry's master keys."""
    return _named(_KEYS, "master keys")


def destruction_stream(subject: UUID) -> UUID:
    """The stream of proposals to destroy the keys of a person or of a household."""
    return _named(_KEYS, f"destruction:{subject}")


def heads_stream() -> UUID:
    """The one stream of what was stated of the heads of all streams."""
    return _named(_SEALS, "heads")


def origins_stream() -> UUID:
    """The one stream of the names under which the log was sealed anew."""
    return _named(_SEALS, "origins")


def submission_stream(submission: UUID) -> UUID:
    """The stream that records what became of a submission that was refused."""
    return _named(_REFUSALS, f"submission:{submission}")


def disclosure_stream(household: UUID) -> UUID:
    """The stream of a household's disclosures: kept apart, so that looking changes nothing that is looked at."""
    return _named(_DISCLOSURES, f"disclosures:{household}")


def is_household(stream: UUID) -> bool:
    """Whether a stream is a household's or its sibling, and not one of a policy, a partner, a refusal or the like."""
    return stream <= HOUSEHOLDS_END


def _named(first_byte: int, name: str) -> UUID:
    return UUID(int=first_byte << 120 | uuid5(NAMESPACE, name).int & _WITHOUT_FIRST_BYTE)
