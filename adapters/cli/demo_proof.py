"""The end of `gharana demo`: the log is sealed, a household's history proved by a file, then refused when altered."""

import time
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from adapters.cli.output import Output
from adapters.durable import write_files
from adapters.evidence.deriving import derive
from adapters.evidence.making import Made, make_evidence
from adapters.evidence.verifying import Verified, verify
from adapters.registry.opening import Registry
from adapters.seals.not_proved import NotProved
from adapters.seals.published import Published
from adapters.seals.sealing import seal_all, state_heads
from adapters.seals.settings import open_or_make_signer, seals_folder
from adapters.seals.trust import Trust

EVIDENCE, POLICY = "evidence.jsonl", "trust"


def prove(output: Output, registry: Registry, household: UUID, environ: Mapping[str, str]) -> None:
    """Seal everything, write the evidence of a household, check it, and check it again with a letter altered."""
    signer, folder = open_or_make_signer(environ, registry.keyring), seals_folder(environ)

    def sealed() -> Published:
        published = seal_all(registry.dsn, registry.log, folder, signer)
        assert published is not None, "a year was played"
        return published

    state_heads(registry.log, sealed().tree, registry.today(), registry.clock())
    made = make_evidence(registry.log, sealed(), household, registry.clock())
    policy = f"log {signer.verifier}\nquorum none\n"
    write_files(Path(environ["GHARANA_HOME"]), {EVIDENCE: made.content, POLICY: policy.encode()})
    trust = Trust.read(policy)
    verified = _check(made.content, trust)
    decisions = len(derive(verified).decisions)
    refused = _refused(made, trust)
    output.answer(
        {
            "stage": "proved",
            "sealed": verified.checkpoint.size,
            "file": EVIDENCE,
            "bytes": len(made.content),
            "decisions_derived_again": decisions,
            "altered": refused,
        },
        f"The log is sealed: {verified.checkpoint.size:,} events under one signed root.",
        f"{EVIDENCE} ({len(made.content):,} bytes) holds all {made.events} events and decisions of {household}.",
        f"Checked without the database: they are all there are, unaltered, and each of {decisions} decisions follows.",
        f"With one letter altered in it: refused. {refused}.",
        "",
    )


def _check(content: bytes, trust: Trust) -> Verified:
    return verify(content, lambda note: trust.check(note, time.time()))


def _refused(made: Made, trust: Trust) -> str:
    """What the check says of the same file with one letter of the last event altered."""
    at = made.content.rindex(b'"state":"') + len(b'"state":"')
    letter = b"A" if made.content[at : at + 1] != b"A" else b"B"
    try:
        _check(made.content[:at] + letter + made.content[at + 1 :], trust)
    except NotProved as refusal:
        return str(refusal)
    raise AssertionError("an altered file was believed")
