"""`gharana submit`: submissions of all kinds, one JSON object a line, answered with a line each."""

import json as jsonlib
import os
import sys
from typing import Annotated, Any

import typer

from adapters.cli.output import EXIT_REFUSED, Json, Output, opened, verb
from adapters.faults import Refused
from adapters.registry.door import Answer
from adapters.registry.opening import Registry, open_registry
from adapters.submissions.read import read_submission, submission_schema


@verb
def submit(
    file: Annotated[
        str | None, typer.Argument(help="A file of submissions, one JSON object a line; - is standard input.")
    ] = None,
    *,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of a submission, and stop.")] = False,
    json: Json = False,
) -> None:
    """Take submissions; each is answered on a line of its own. Sent twice, one changes nothing the second time."""
    if schema:
        sys.stdout.write(jsonlib.dumps(submission_schema(), indent=None if json else 2, ensure_ascii=False) + "\n")
        return
    if file is None:
        raise typer.BadParameter("name a file of submissions, or - for standard input (or ask for --schema).")
    output = Output(json=json)
    refused = 0
    with opened(file) as lines, open_registry(os.environ) as registry:
        for number, line in enumerate(lines, 1):
            if line.strip():
                refused += not _take(registry, line, number, output)
    if refused:
        raise typer.Exit(EXIT_REFUSED)


def _take(registry: Registry, line: bytes, number: int, output: Output) -> bool:
    try:
        submission = read_submission(line)
    except Refused as refusal:
        sentence = f"line {number}: {refusal}"
        output.answer({"line": number, "outcome": "not_read", "error": sentence}, f"not read: {sentence}")
        return False
    answer = registry.door.submit(submission)
    output.answer({"line": number, **shown(answer)}, in_words(answer))
    return answer.accepted


def shown(answer: Answer) -> dict[str, Any]:
    """An answer as programs read it."""
    return {
        "submission_id": answer.submission,
        "outcome": "accepted" if answer.accepted else "refused",
        "again": answer.again,
        "household": answer.household,
        "others": list(answer.others),
        "position": answer.position,
        "flags": list(answer.flags),
        "reasons": [{"check": reason.check, "sentence": reason.sentence} for reason in answer.reasons],
    }


def in_words(answer: Answer) -> str:
    """An answer as an operator reads it."""
    outcome = "accepted" if answer.accepted else "refused"
    if answer.again:
        outcome += " (as before; nothing was added)"
    about = f" household {answer.household}" if answer.household else ""
    about += f" and {', '.join(map(str, answer.others))}" if answer.others else ""
    why = "".join(f"\n  - {reason.sentence}" for reason in answer.reasons)
    odd = f"\n  flagged: {', '.join(answer.flags)}" if answer.flags else ""
    return f"{answer.submission} {outcome}{about}{odd}{why}"
