"""`gharana subscribe`: what a partner is told, printed as it comes over JetStream."""

import asyncio
import os
import signal
from typing import Annotated, Any

import msgspec
import typer
from nats.aio.msg import Msg

from adapters.cli.output import EXIT_INTERRUPTED, Json, Output, verb
from adapters.message_server import message_server, stream_settings
from adapters.nats.line import open_line
from adapters.nats.listening import listen
from adapters.nats.stream import make_stream
from adapters.registry.feed_door import get_feed, position_behind
from adapters.registry.opening import open_registry
from domain.agreement import AgreementEnded, AgreementMade
from domain.shock import GroupShockDeclared, ShockDeclared, ShockLifted, ShockRevoked, ShockWidened
from projections.feed_message import FeedKey
from projections.feed_shocks import SHOCK_NAMES

_SHOCK_WORDS = {
    ShockDeclared.name: "is declared",
    GroupShockDeclared.name: "is declared for some groups of households",
    ShockWidened.name: "is widened",
    ShockLifted.name: "is over",
    ShockRevoked.name: "was declared wrongly",
}


@verb
def subscribe(
    *,
    partner: Annotated[str, typer.Option("--partner", help="Whose feed.")],
    programme: Annotated[str, typer.Option("--programme", help="Of which programme.")],
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="SEQUENCE", help="Begin behind this sequence, 0 for all; else with the next."),
    ] = None,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Stop when the stream holds no more of the feed.")
    ] = False,
    json: Json = False,
) -> None:
    """Print what a partner is told as it comes over JetStream, until interrupted. The partner's own place stays."""
    output = Output(json=json)
    environ = os.environ
    with open_registry(environ, make=False) as registry:
        key = get_feed(registry, partner, programme)
        position = None if after is None else position_behind(registry.tables, key, after)
        with message_server(environ) as url:
            with open_line(url) as line:
                make_stream(line, stream_settings(environ))
            output.say(f"Listening to what {partner} is told of {programme}; Ctrl-C ends it.")
            was_stopped = asyncio.run(_print_all(output, url, key, position, until_caught_up=until_caught_up))
    if was_stopped and until_caught_up:
        raise typer.Exit(EXIT_INTERRUPTED)


async def _print_all(output: Output, url: str, key: FeedKey, position: int | None, *, until_caught_up: bool) -> bool:
    """Print until all is printed, or somebody stops it; reports whether somebody did."""
    task = asyncio.current_task()
    assert task is not None, "it runs as a task"
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        async for message in listen(url, key, position, output.warn, until_caught_up=until_caught_up):
            _print(output, message)
    except asyncio.CancelledError:
        return True
    return False


def _print(output: Output, message: Msg) -> None:
    headers = {name: value for name, value in (message.headers or {}).items() if not name.startswith("Nats-")}
    sequence = int(headers["ce-sequence"])
    if output.json:
        told = {"sequence": sequence, "feed_position": int(headers["ce-id"]), "subject": message.subject}
        line = {**told, "headers": headers, "payload": msgspec.Raw(message.data)}
        typer.echo(msgspec.json.encode(line).decode())
    else:
        output.say(f"{sequence:>9,}  {in_plain_words(headers['ce-type'], msgspec.json.decode(message.data))}")


def in_plain_words(name: str, told: dict[str, Any]) -> str:
    """What a message says, in a sentence."""
    if name == AgreementMade.name:
        until = f" until {told['until']}" if told["until"] else ""
        return f"The agreement begins, from {told['from']}{until}: the list is new."
    if name == AgreementEnded.name:
        return "The agreement is over, and so is the list."
    if name in SHOCK_NAMES:
        return f"{told['shock']} ({told['hazard']}) {_SHOCK_WORDS[name]}: {' '.join(told['places'])}"
    turned = told["to"] if told["from"] == told["to"] else f"{told['from']} -> {told['to']}"
    score = f", score {told['score']}" if "score" in told else ""
    why = f"{told['reason'].replace('_', ' ')} ({told['kind']})"
    return f"{told['household']} in {told['place']}: {turned} from {told['effective']}, {why}{score}"
