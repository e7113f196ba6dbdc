"""What a check is, and what it found."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from domain.questionnaire.codes import Code


class Severity(Code):
    """What becomes of a survey in which a check found something: it is refused, or accepted with a flag."""

    REFUSE = 1
    FLAG = 2


class Check(msgspec.Struct, frozen=True, gc=False):
    """A named contradiction that is looked for in every full survey.

    `remedy` is what the operator is told to do. `source` says where the rule or its number comes from.
    """

    name: str
    severity: Severity
    looks_for: str
    remedy: str
    source: str


class Finding(msgspec.Struct, frozen=True, gc=False):
    """What one check found in one survey: a sentence without any identity, and the members it speaks of."""

    check: str
    severity: Severity
    sentence: str
    members: tuple[UUID, ...] = ()


def refusals(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The sentences for which a survey is refused; none when it may be accepted."""
    return tuple(finding.sentence for finding in findings if finding.severity is Severity.REFUSE)


def flags(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Names of the checks that found something odd but not wrong, each once, as a survey keeps them."""
    return tuple(sorted({finding.check for finding in findings if finding.severity is Severity.FLAG}))
