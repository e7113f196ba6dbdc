"""`gharana witness`: sign the seals of others' registries, so that none of them can show two histories."""

import re
import socket
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.output import Json, Output, verb
from adapters.cli.stopping import told_to_stop
from adapters.faults import Refused
from adapters.journal import Journal, JournalForm, journal_form
from adapters.seals.trust import Trust, read_trust
from adapters.witness.judging import Answer, Witness
from adapters.witness.serving import serving
from adapters.witness.state import held, open_or_make_key

LISTEN = "127.0.0.1:8088"
PORT_MAX = 65_535

app = typer.Typer(
    help="Be a witness: sign the seals of somebody else's registry as long as each goes on from the one before.",
    no_args_is_help=True,
)
State = Annotated[
    Path, typer.Option("--state", metavar="DIR", help="Where it keeps its key and what it signed last; made if new.")
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name", help="At its first start: what it is called, such as audit.example.org/witness; else after this host."
    ),
]


@app.command("key")
@verb
def key(*, state: State, name: Name = None, json: Json = False) -> None:
    """Print the witness's verifier key, for the trust policies of others; the key is made if there is none."""
    signer = open_or_make_key(state, name, _default_name())
    Output(json=json).answer({"name": signer.name, "vkey": str(signer.verifier)}, str(signer.verifier))


@app.command("serve")
@verb
def serve(
    *,
    state: State,
    trust: Annotated[
        Path,
        typer.Option("--trust", metavar="FILE", help="A trust policy: its `log` lines say whose seals are signed."),
    ],
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where it listens; port 0 takes a free one.")
    ] = LISTEN,
    name: Name = None,
    log: Annotated[
        JournalForm | None, typer.Option(help="How it tells what happens: plain on a terminal, else json.")
    ] = None,
    json: Json = False,
) -> None:
    """Sign newer seals of the logs of a policy (C2SP tlog-witness); never two histories, never an older one."""
    output = Output(json=json)
    host, port = _address(listen)
    policy = _policy(trust)
    journal = Journal("witness", journal_form(log))
    with held(state) as memory:
        signer = open_or_make_key(state, name, _default_name())
        stop = told_to_stop()
        with serving(host, port, Witness(signer, policy, memory), lambda answer: _tell(journal, answer)) as at:
            logs = [one.key.name for one in policy.logs]
            output.answer(
                {"name": signer.name, "vkey": str(signer.verifier), "host": host, "port": at, "logs": logs},
                f"The witness {signer.name} listens at {host}:{at} and signs the seals of {', '.join(logs)}.",
                f"Its verifier key: {signer.verifier}",
            )
            sys.stdout.flush()  # whoever started it waits for the port
            stop.wait()


def _tell(journal: Journal, answer: Answer) -> None:
    """Tell what is about a known log; what strangers ask is nobody's business."""
    said = answer.body.decode("utf-8", "replace").strip()
    if answer.alarm:
        journal.error("alarm", f"{answer.alarm}.", origin=answer.origin, status=int(answer.status))
    elif answer.status == HTTPStatus.OK:
        journal.info("signed", f"Signed a seal of {answer.origin}.", origin=answer.origin)
    elif answer.status == HTTPStatus.FORBIDDEN:
        journal.warning("refused", f"Signed nothing of {answer.origin}: {said}.", origin=answer.origin)


def _policy(place: Path) -> Trust:
    policy = read_trust(place)
    if not policy.logs:
        raise Refused(f"The trust policy {place} names no log, so there is nothing to sign: give it a line `log VKEY`.")
    return policy


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not re.fullmatch("[0-9]{1,5}", port) or int(port) > PORT_MAX or not host:
        raise Refused(f"{text!r} is no place to listen at: write a host and a port, such as {LISTEN}.")
    return host.strip("[]"), int(port)


def _default_name() -> str:
    return f"{socket.gethostname()}/witness"
