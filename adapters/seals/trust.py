"""The trust policy: which logs are known, which witnesses, and how many of these must have signed a checkpoint.

A text file in the format of C2SP tlog-policy (https://c2sp.org/tlog-policy), so that programs of others read it too:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> <number, any or all> <name>...
    quorum <name or none>

A group names only what stands above it, and each name stands in one group at most: so a witness is counted once. A name
is a run of bytes; those that are not UTF-8 are carried through as they are.
"""

import re
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from adapters.faults import Refused, WorldFailed
from adapters.seals.not_proved import NotProved
from adapters.seals.notes import COSIGNATURE, PLAIN, Checkpoint, SignedBy, VerifierKey, open_note, split_note

CLOCK_TOLERANCE_SECONDS = 300
"""A witness's clock may be ahead of the verifier's by so much; beyond it a checkpoint is from the future."""
POLICY_BYTES_MAX = 1_000_000
LINES_MAX = 1_000
"""Lines of a policy that say something; the specification asks for room for 32 logs, 32 witnesses and 32 groups."""
NO_WITNESS = "none"


class KnownLog(NamedTuple):
    """A log whose checkpoints may be believed; its origin is the name of its key."""

    key: VerifierKey
    url: str | None


class KnownWitness(NamedTuple):
    """A witness by its name in the policy, which nobody else need know it by."""

    name: str
    key: VerifierKey
    url: str | None

    def is_met(self, signed: AbstractSet[str]) -> bool:
        """Whether it signed, by the names of all who did."""
        return self.name in signed

    def __str__(self) -> str:
        return self.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Group(NamedTuple):
    """Witnesses, or groups of them, of whom a number is enough."""

    name: str
    needed: int
    members: "tuple[KnownWitness | Group, ...]"

    def is_met(self, signed: AbstractSet[str]) -> bool:
        """Whether enough of its members signed, by the names of all witnesses who did."""
        return sum(member.is_met(signed) for member in self.members) >= self.needed

    def __str__(self) -> str:
        return f"{self.needed} of ({', '.join(map(str, self.members))})"


class Checked(NamedTuple):
    """A checkpoint that may be believed, and whose signatures of the policy's keys are under it."""

    checkpoint: Checkpoint
    signed_by: list[SignedBy]


class Trust(msgspec.Struct, frozen=True):
    """A trust policy, read; without a quorum no witness is asked for."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[KnownWitness, ...]
    quorum: KnownWitness | Group | None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a policy. Raises Refused with the line that is wrong."""
        reader = _Reader()
        for number, line in enumerate(text.split("\n"), 1):
            try:
                reader.take(line)
            except (_Wrong, NotProved) as wrong:
                raise Refused(f"Line {number} of the trust policy is wrong: {wrong}.") from None
        if not reader.has_quorum:
            raise Refused("The trust policy has no quorum line. Say whose signatures are enough, such as: quorum none.")
        return cls(tuple(reader.logs), tuple(reader.witnesses), reader.quorum)

    def check(self, note: bytes, now: float) -> Checked:
        """Check that a log of the policy signed a checkpoint and enough of its witnesses did; the time in seconds.

        Raises NotProved with what is wrong or who is missing.
        """
        checkpoint = Checkpoint.read(split_note(note)[0])
        logs = [log.key for log in self.logs if log.key.name == checkpoint.origin]
        if not logs:
            raise NotProved(
                f"the checkpoint is of {checkpoint.origin!r}, which the trust policy does not know"
                f" (it knows {', '.join(log.key.name for log in self.logs) or 'no log'})"
            )
        _, signed = open_note(note, [*logs, *(witness.key for witness in self.witnesses)])
        if not any(one.key in logs for one in signed):
            raise NotProved(f"no key that the trust policy has for {checkpoint.origin} signed the checkpoint")
        for one in signed:
            check_time(one, now)
        self._check_quorum({one.key for one in signed})
        return Checked(checkpoint, signed)

    def is_enough(self, signed: AbstractSet[VerifierKey]) -> bool:
        """Whether the witnesses among these keys are enough."""
        return self.quorum is None or self.quorum.is_met(self._names(signed))

    def _check_quorum(self, signed: AbstractSet[VerifierKey]) -> None:
        if not self.is_enough(signed):
            names = self._names(signed)
            there = [str(witness) for witness in self.witnesses if witness.name in names]
            missing = [str(witness) for witness in self.witnesses if witness.name not in names]
            raise NotProved(
                f"too few witnesses signed the checkpoint: the policy asks for {self.quorum};"
                f" {', '.join(there) or 'nobody'} signed, and {', '.join(missing)} did not"
            )

    def _names(self, keys: AbstractSet[VerifierKey]) -> set[str]:
        return {witness.name for witness in self.witnesses if witness.key in keys}


def check_time(signed: SignedBy, now: float) -> None:
    """Raise NotProved where a signature states a time that is yet to come."""
    if signed.time > now + CLOCK_TOLERANCE_SECONDS:
        raise NotProved(
            f"the checkpoint is from the future: {signed.key.name} signed it at {signed.time} (seconds since 1970), and"
            f" now is {int(now)}; compare the clocks"
        )


def read_trust(path: Path) -> Trust:
    """Read a policy file. Raises Refused with the line that is wrong, or WorldFailed."""
    try:
        with path.open("rb") as file:
            content = file.read(POLICY_BYTES_MAX + 1)
    except OSError as failure:
        raise WorldFailed(f"The trust policy {path} cannot be read ({failure.strerror}).") from failure
    if len(content) > POLICY_BYTES_MAX:
        raise Refused(f"The trust policy {path} has more than {POLICY_BYTES_MAX:,} bytes. Name the right file.")
    try:
        return Trust.read(content.decode("utf-8", "surrogateescape"))
    except Refused as refused:
        raise Refused(f"{path}: {refused}") from None


class _Wrong(Exception):
    """What is wrong with a line."""


class _Reader:
    """What the lines so far have said."""

    def __init__(self) -> None:
        self.logs: list[KnownLog] = []
        self.witnesses: list[KnownWitness] = []
        self.quorum: KnownWitness | Group | None = None
        self.has_quorum = False
        self._named: dict[str, KnownWitness | Group] = {}
        self._in_a_group: set[str] = set()
        self._lines = 0

    def take(self, line: str) -> None:
        if any(letter < " " and letter != "\t" for letter in line) or "\x7f" in line:
            raise _Wrong("it holds a control character; only tabs and line ends are allowed (no carriage returns)")
        match re.split("[ \t]+", line.strip(" \t")):
            case [""]:
                return
            case [word, *_] if word.startswith("#"):
                return
            case ["log", key, *url] if len(url) <= 1:
                self._take_log(key, *url)
            case ["witness", name, key, *url] if len(url) <= 1:
                self._take_witness(name, key, *url)
            case ["group", name, needed, *members] if members:
                self._take_group(name, needed, members)
            case ["quorum", name]:
                self._take_quorum(name)
            case words:
                raise _Wrong(
                    f"{words[0][:30]!r} begins no line of it. A line is one of: log KEY [URL]; witness NAME KEY [URL];"
                    " group NAME NUMBER|any|all NAME...; quorum NAME"
                )
        self._lines += 1
        if self._lines > LINES_MAX:
            raise _Wrong(f"it has more than {LINES_MAX:,} lines, which is more than anybody reads")

    def _take_log(self, key: str, url: str | None = None) -> None:
        log = KnownLog(_read_key(key, PLAIN, "log"), url)
        if log.key.public in {one.key.public for one in self.logs}:
            raise _Wrong(f"the key of {log.key.name} is that of a log above")
        self._check_apart(log.key)
        self.logs.append(log)

    def _take_witness(self, name: str, key: str, url: str | None = None) -> None:
        witness = KnownWitness(name, _read_key(key, COSIGNATURE, "witness"), url)
        for other in self.witnesses:
            if other.key.public == witness.key.public:
                raise _Wrong(f"the key of {name} is that of {other.name} above: one witness is counted once")
        self._check_apart(witness.key)
        self._name(name, witness)
        self.witnesses.append(witness)

    def _check_apart(self, key: VerifierKey) -> None:
        """A log that vouched for itself would be no witness."""
        keys = [log.key for log in self.logs] + [witness.key for witness in self.witnesses]
        if key.public in {one.public for one in keys}:
            raise _Wrong(f"the key of {key.name} is that of a log and of a witness: a log is no witness of itself")

    def _take_group(self, name: str, needed: str, members: list[str]) -> None:
        found = []
        for member in members:
            if member in self._in_a_group:
                raise _Wrong(f"{member!r} stands in a group already: nobody is counted twice")
            found.append(self._get(member))
            self._in_a_group.add(member)
        number = {"any": "1", "all": str(len(found))}.get(needed, needed)
        if not re.fullmatch("[1-9][0-9]{0,3}", number) or int(number) > len(found):
            raise _Wrong(
                f"{needed[:30]!r} of {len(found)} members cannot be needed: say any, all, or 1 to {len(found)}"
            )
        self._name(name, Group(name, int(number), tuple(found)))

    def _take_quorum(self, name: str) -> None:
        if self.has_quorum:
            raise _Wrong("it is the second quorum line, and there is one")
        self.quorum = None if name == NO_WITNESS else self._get(name)
        self.has_quorum = True

    def _name(self, name: str, what: KnownWitness | Group) -> None:
        if name in self._named or name == NO_WITNESS:
            raise _Wrong(f"the name {name!r} is taken")
        self._named[name] = what

    def _get(self, name: str) -> KnownWitness | Group:
        found = self._named.get(name)
        if found is None:
            raise _Wrong(f"no witness and no group above it is named {name!r}")
        return found


def _read_key(text: str, algorithm: int, of_a: str) -> VerifierKey:
    try:
        key = VerifierKey.read(text)
    except UnicodeEncodeError:
        raise _Wrong("the name of its key is not UTF-8") from None
    if key.algorithm != algorithm:
        other = "witness" if of_a == "log" else "log"
        raise _Wrong(f"the key of {key.name} is that of a {other}, and here stands a {of_a}")
    return key
