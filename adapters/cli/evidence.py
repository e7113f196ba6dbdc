"""`gharana household evidence` and `gharana verify`: a history as a file that proves itself, and its check."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.cli.options import By, HouseholdId
from adapters.cli.output import Json, Output, verb, write_output
from adapters.evidence.deriving import Account, Derived, Names, derive, open_names
from adapters.evidence.keys import keys_for
from adapters.evidence.making import Made, make_evidence
from adapters.evidence.verifying import Verified
from adapters.evidence.verifying import verify as verify_file
from adapters.faults import Refused, WorldFailed
from adapters.keys.private_file import replace_file
from adapters.registry.opening import open_registry
from adapters.seals.key_file import open_signer
from adapters.seals.notes import Signer
from adapters.seals.published import WITNESSED, Published, find_published
from adapters.seals.sealing import seal_all, state_heads
from adapters.seals.settings import seal_key_file, seals_folder, trust_file
from adapters.seals.trust import read_trust
from adapters.seals.witnessing import ask_witnesses
from domain.streams import is_household

FILE_BYTES_MAX = 1_000_000_000


@verb
def evidence(
    household: HouseholdId,
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="State the heads anew first, so that today's events are covered as well.")
    ] = False,
    open_for: Annotated[
        str | None,
        typer.Option(
            "--open",
            metavar="PURPOSE",
            help="Put the keys of its people in, so that names can be read by whoever has the file; it is recorded.",
        ),
    ] = None,
    by: By,
    json: Json = False,
) -> None:
    """Write a household's whole history with the proofs that it is all there is, and unaltered.

    For an id that was never registered, the file proves that.
    """
    output = Output(json=json)
    folder = seals_folder(os.environ)
    _check_id(household)
    with open_registry(os.environ, make=False) as registry:
        signer = _signer()
        keys = keys_for(registry, household, open_for, by) if open_for is not None else ()
        published = seal_all(registry.dsn, registry.log, folder, signer)
        if fresh and published is not None:
            state_heads(registry.log, published.tree, registry.today(), datetime.now(UTC))
            published = seal_all(registry.dsn, registry.log, folder, signer)
        assert published is not None, "a registry that is open has opened its day"
        found = _shown_to_witnesses(output, published, signer, fresh=fresh)
        made = make_evidence(registry.log, found, household, datetime.now(UTC), keys)
    _write(out, made.content, is_private=bool(keys))
    output.answer(
        {
            "household": household,
            "file": str(out),
            "bytes": len(made.content),
            "events": made.events,
            "until_position": made.until_position,
            "beyond": made.beyond,
            "size": made.size,
            "names": bool(keys),
        },
        *_made_words(made, out, household),
    )


def _signer() -> Signer:
    """The key that this registry is sealed with; another one is not made on a machine that does not seal."""
    place = seal_key_file(os.environ)
    if not place.exists():
        raise Refused(
            "Nothing is sealed here: `run` or `seal now` does it. Where another machine seals, ask there, or name its"
            " folder and key (GHARANA_SEALS, GHARANA_SEAL_KEY)."
        )
    return open_signer(place)


def _check_id(household: UUID) -> None:
    if not is_household(household) or household.int & 1:
        raise Refused(f"{household} is not the id of a household, registered or not: `household find` gives one.")


def _write(out: Path, content: bytes, *, is_private: bool) -> None:
    """With keys in it, nobody but its owner may read it."""
    if is_private and not out.is_dir():
        replace_file(out.absolute(), content, "The evidence")
    else:
        write_output(out, content)


def _shown_to_witnesses(output: Output, published: Published, signer: Signer, *, fresh: bool) -> Published:
    """The newest seal that enough witnesses signed, which a fresh one must be first; without witnesses the newest."""
    folder, place = published.tree.folder, trust_file(os.environ)
    witnessed = find_published(folder, signer.verifier, WITNESSED)
    if place is None or (witnessed is not None and not fresh):
        return witnessed or published
    done = ask_witnesses(published, folder, read_trust(place))
    for one in done.asked if not done.is_witnessed else ():
        output.warn(f"Witness {one.witness}: {one.says}.")
    if not done.is_witnessed:
        output.warn("Too few witnesses signed the seal, so whoever asks for more will not believe this file.")
        return published._replace(note=published.note + b"".join(one.line for one in done.asked))
    return find_published(folder, signer.verifier, WITNESSED) or published


def _made_words(made: Made, out: Path, household: UUID) -> Iterator[str]:
    what = f"{made.events:,} events" if made.events else "that it was never registered"
    yield f"{out} ({len(made.content):,} bytes) proves of household {household}: {what}."
    yield f"That nothing is left out is proved up to position {made.until_position:,}, where the heads were stated."
    if made.beyond:
        yield f"{made.beyond:,} events came later: run it with --fresh to cover them as well."


@verb
def verify(
    file: Annotated[Path, typer.Argument(help="A file of evidence.")],
    *,
    policy: Annotated[
        Path, typer.Option("--policy", "-p", help="The trust policy: whose signatures are believed (C2SP tlog-policy).")
    ],
    json: Json = False,
) -> None:
    """Check a file of evidence, offline: that the history is whole and unaltered, and that each decision follows."""
    output = Output(json=json)
    trust, content = read_trust(policy), _content(file)
    verified = verify_file(content, lambda note: trust.check(note, time.time()))
    account = derive(verified)
    names = open_names(verified, account.household) if account.household and verified.keys else None
    output.answer(_answer(verified, account, names), *_words(verified, account, names))


def _content(file: Path) -> bytes:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise Refused(f"{file} is larger than {FILE_BYTES_MAX:,} bytes, the most that evidence may be.")
        return file.read_bytes()
    except OSError as failure:
        raise WorldFailed(f"{file} cannot be read ({failure.strerror}).") from failure


def _answer(verified: Verified, account: Account, names: Names | None) -> dict[str, Any]:
    heads = verified.heads
    return {
        "verified": True,
        "household": verified.household,
        "registered": account.household is not None,
        "origin": verified.checkpoint.origin,
        "size": verified.checkpoint.size,
        "root": verified.checkpoint.root.hex(),
        "signed_by": [one.key.name for one in verified.signed_by],
        "complete_until_position": heads.event.until_position,
        "complete_as_of": heads.event.on,
        "events": len(account.history),
        "decisions": [_decision(one) for one in account.decisions],
        "beyond": [entry.position for entry in verified.beyond],
        "names_opened": 0 if names is None else len(names.identities),
    }


def _decision(derived: Derived) -> dict[str, Any]:
    recorded = derived.decision
    conclusion = recorded.event.conclusion
    return {
        "position": recorded.position,
        "on": recorded.event.on,
        "programme": recorded.event.programme,
        "outcome": conclusion.outcome.word,
        "reason": conclusion.reason,
        "score": conclusion.score,
        "scorecard": derived.card_id,
        "rule_version": conclusion.rule_version,
    }


def _words(verified: Verified, account: Account, names: Names | None) -> Iterator[str]:
    heads = verified.heads.event
    yield f"Verified: household {verified.household}."
    witnesses = [one for one in verified.signed_by if one.time]
    by = ", ".join(f"{one.key.name} at {datetime.fromtimestamp(one.time, UTC):%Y-%m-%d %H:%M} UTC" for one in witnesses)
    yield (
        f"Sealed by {verified.checkpoint.origin}, {verified.checkpoint.size:,} events,"
        f" {f'and witnessed by {by}' if by else 'and the policy asks for no witness'}."
    )
    whole = f"up to position {heads.until_position:,}, of {heads.on}"
    if account.household is None:
        yield f"No household of this id was registered, {whole}."
        return
    yield f"{len(account.history):,} events and {len(account.decisions):,} decisions: all there are, {whole}."
    if verified.beyond:
        yield f"{len(verified.beyond):,} of them came later: they stand in the log, and others might too."
    for one in account.decisions:
        yield _decision_words(one)
    if names is not None:
        yield from _name_words(account, names)


def _decision_words(derived: Derived) -> str:
    event, conclusion = derived.decision.event, derived.decision.event.conclusion
    score = f", score {conclusion.score} by {derived.card_id}" if conclusion.score is not None else ""
    return (
        f"  {event.on}  {event.programme}: {conclusion.outcome.word} ({conclusion.reason}){score};"
        f" derived again, rule version {conclusion.rule_version}."
    )


def _name_words(account: Account, names: Names) -> Iterator[str]:
    assert account.household is not None
    yield "Names, opened with the keys in the file; they fit these sealed bytes and no others:"
    for who, identity in names.identities.items():
        yield f"  person {account.household.roster[who].line}: {identity.name or 'without a name'}"
