"""`gharana webhook`: post partners' feeds to addresses of theirs, and look after what was not taken."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from typing import Annotated
from uuid import uuid4

import msgspec
import typer

from adapters.cli.options import By
from adapters.cli.output import Json, Output, verb
from adapters.cli.stopping import told_to_stop
from adapters.faults import Refused, WorldFailed
from adapters.followers.feeder import ends_of, sender_of
from adapters.postgres.webhooks import Webhook, Webhooks
from adapters.registry.feed_door import end_of, get_feed
from adapters.registry.opening import Registry, open_registry
from adapters.webhooks.addresses import checked_addresses
from adapters.webhooks.delivering import Delivery, key_context, means_of
from adapters.webhooks.posting import Answered
from adapters.webhooks.serving import deliver_until_caught_up, keep_delivering
from adapters.webhooks.signing import Scheme, for_the_receiver, new_secret
from adapters.webhooks.targets import allowed_hosts, get_target

TEST_NAME = "webhook.tested.v1"
"""The type of the message that `webhook test` sends; it stands in no feed."""

app = typer.Typer(
    help="Post a partner's feed, signed, to an address of the partner's; look after what was not taken.",
    no_args_is_help=True,
)
Partner = Annotated[str, typer.Option("--partner", help="Whose feed.")]
Programme = Annotated[str, typer.Option("--programme", help="Of which programme.")]


@contextmanager
def _opened() -> Iterator[tuple[Registry, Webhooks]]:
    with open_registry(os.environ, make=False) as registry, closing(Webhooks(registry.dsn)) as webhooks:
        yield registry, webhooks


def _get(registry: Registry, webhooks: Webhooks, partner: str, programme: str) -> Webhook:
    webhook = webhooks.find(get_feed(registry, partner, programme))
    if webhook is None:
        raise Refused(f"The feed of {partner} on {programme} has no webhook: `webhook add` makes one.")
    return webhook


@app.command("add")
@verb
def add(
    *,
    partner: Partner,
    programme: Programme,
    url: Annotated[str, typer.Option("--url", help="Where to post to: https://host/path, on a host that is allowed.")],
    scheme: Annotated[Scheme, typer.Option("--scheme", help="How messages are signed.")] = Scheme.HMAC,
    after: Annotated[
        int, typer.Option("--after", metavar="SEQUENCE", help="Begin behind this sequence, such as a snapshot's.")
    ] = 0,
    by: By,
    json: Json = False,
) -> None:
    """Begin to post a feed to an address; what the receiver checks signatures with is shown this once."""
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        key = get_feed(registry, partner, programme)
        end = end_of(registry.tables, key)
        if not 0 <= after <= end:
            raise Refused(
                f"The feed of {partner} on {programme} has the sequences 1 to {end}; {after} is none of them."
            )
        target = get_target(url, allowed_hosts(os.environ))
        checked_addresses(target.host, is_loopback=target.is_loopback)
        webhook_id, secret = uuid4(), new_secret()
        webhook = Webhook(
            webhook_id=webhook_id, partner=partner, programme=programme, url=url, scheme=scheme.value,
            wrapped_secret=registry.keyring.wrap(secret, key_context(webhook_id)), made_at=registry.clock(),
            made_by=by, sequence=after,
        )  # fmt: skip
        if not webhooks.add(webhook):
            raise Refused(f"The feed of {partner} on {programme} has a webhook already: `webhook remove` it first.")
    shown = for_the_receiver(scheme, secret)
    what = "The secret, which is shown this once" if scheme is Scheme.HMAC else "The public key"
    output.answer(
        {"partner": partner, "programme": programme, "url": url, "scheme": scheme, "after": after, "key": shown},
        f"The feed of {partner} on {programme} is posted to {url} from sequence {after + 1:,} on.",
        f"{what}; the receiver checks signatures with it: {shown}",
    )


COLUMNS = (
    "partner", "programme", "url", "scheme", "state", "sequence", "end", "dead", "tries", "next_try_at", "last_error",
)  # fmt: skip


@app.command("list")
@verb
def list_(*, json: Json = False) -> None:
    """List the webhooks: how far each has come, what it waits for, and how many rows were refused."""
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        ends = ends_of(registry.tables)
        rows = []
        for each in webhooks.all():
            end, _ = ends.get((each.partner, each.programme), (0, 0))
            dead = len(webhooks.dead_letters(each.webhook_id))
            stands = (_state(each, end), each.sequence, end, dead, each.tries, each.next_try_at, each.last_error)
            rows.append((each.partner, each.programme, each.url, each.scheme, *stands))
    output.table(COLUMNS, rows)


def _state(webhook: Webhook, end: int) -> str:
    if webhook.paused_at is not None:
        return "paused"
    if webhook.next_try_at is not None:
        return "waiting"
    return "delivering" if webhook.sequence < end else "all taken"


@app.command("pause")
@verb
def pause(*, partner: Partner, programme: Programme, by: By, json: Json = False) -> None:
    """Post nothing more until resumed; the feed goes on and nothing is skipped."""
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        webhook = _get(registry, webhooks, partner, programme)
        changed = webhooks.pause(webhook.webhook_id, f"Paused by {by}.", registry.clock())
    output.answer(
        {"partner": partner, "programme": programme, "changed": changed, "sequence": webhook.sequence},
        f"Nothing is posted behind sequence {webhook.sequence:,} until `webhook resume`."
        if changed
        else "It is paused already.",
    )


@app.command("resume")
@verb
def resume(*, partner: Partner, programme: Programme, json: Json = False) -> None:
    """Post on at once from where it was paused, or without waiting for the next try."""
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        webhook = _get(registry, webhooks, partner, programme)
        changed = webhooks.resume(webhook.webhook_id)
    output.answer(
        {"partner": partner, "programme": programme, "changed": changed, "sequence": webhook.sequence},
        f"It is posted on behind sequence {webhook.sequence:,}." if changed else "It was neither paused nor waiting.",
    )


@app.command("remove")
@verb
def remove(*, partner: Partner, programme: Programme, json: Json = False) -> None:
    """Forget a webhook with its secret and its dead letters; the feed stays and can be read at the other doors."""
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        webhook = _get(registry, webhooks, partner, programme)
        webhooks.remove(webhook.webhook_id)
    output.answer(
        {"partner": partner, "programme": programme, "url": webhook.url, "sequence": webhook.sequence},
        f"{webhook.url} is posted to no more; it had the feed up to sequence {webhook.sequence:,}.",
    )


@app.command("dead")
@verb
def dead(*, partner: Partner, programme: Programme, json: Json = False) -> None:
    """List the dead letters: rows that the receiver refused, and why."""
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        letters = webhooks.dead_letters(_get(registry, webhooks, partner, programme).webhook_id)
    columns = ("sequence", "tries", "last_error", "refused_at")
    output.table(columns, [tuple(getattr(letter, column) for column in columns) for letter in letters])
    output.say("No row was refused." if not letters else "`webhook replay --dead` sends them again.")


@app.command("replay")
@verb
def replay(
    *,
    partner: Partner,
    programme: Programme,
    from_: Annotated[
        int | None, typer.Option("--from", metavar="SEQUENCE", help="Send again from this sequence on.")
    ] = None,
    until: Annotated[
        int | None,
        typer.Option("--until", metavar="SEQUENCE", help="Up to this one; to the last one sent if left out."),
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Send the dead letters again.")] = False,
    json: Json = False,
) -> None:
    """Send rows again, before anything new: some by their sequences, or the dead letters."""
    if dead == (from_ is not None) or (dead and until is not None):
        raise typer.BadParameter("say what to send again: --from SEQUENCE, with or without --until, or --dead.")
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        webhook = _get(registry, webhooks, partner, programme)
        if from_ is None:
            rows = webhooks.replay_dead_letters(webhook.webhook_id)
        else:
            last = webhook.sequence if until is None else until
            if not 1 <= from_ <= last <= webhook.sequence:
                raise Refused(
                    f"{from_} to {last} cannot be sent again: {webhook.url} was sent the sequences 1 to "
                    f"{webhook.sequence:,}, and what comes behind them it gets in any case."
                )
            webhooks.replay(webhook.webhook_id, from_, last)
            rows = last - from_ + 1
    output.answer(
        {"partner": partner, "programme": programme, "rows": rows},
        f"{rows:,} rows are sent again, with the ids that they had." if rows else "There is nothing to send again.",
    )


@app.command("test")
@verb
def send_test(*, partner: Partner, programme: Programme, json: Json = False) -> None:
    """Post one signed message that stands in no feed, and say what the receiver answers."""
    output = Output(json=json)
    with _opened() as (registry, webhooks):
        webhook = _get(registry, webhooks, partner, programme)
        headers = {
            "ce-specversion": "1.0",
            "ce-id": f"test-{uuid4()}",
            "ce-source": sender_of(registry.keyring).source,
            "ce-type": TEST_NAME,
            "ce-time": registry.clock().astimezone(UTC).isoformat(timespec="seconds"),
            "content-type": "application/json",
        }
        payload = msgspec.json.encode({"partner": partner, "programme": programme})
        with closing(
            Delivery(webhooks, webhook.webhook_id, means_of(registry.keyring, os.environ, registry.clock))
        ) as delivery:
            came = delivery.post(webhook, headers, payload)
    if not isinstance(came, Answered):
        raise WorldFailed(f"{came.why}.")
    output.answer(
        {"url": webhook.url, "status": came.status, "message": headers["ce-id"]},
        f"{webhook.url} answers {came.status} to message {headers['ce-id']}.",
    )
    if not 200 <= came.status < 300:  # noqa: PLR2004 - what HTTP calls success
        raise WorldFailed(f"The receiver did not take the message: it answers {came.status}.")


@app.command("deliver")
@verb
def deliver(
    *,
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Stop when every receiver has every row, or is waited for.")
    ] = False,
    json: Json = False,
) -> None:
    """Post the feeds to their receivers until stopped. Several may run: one leads, others stand by."""
    output = Output(json=json)
    stop = told_to_stop()
    with _opened() as (registry, webhooks):
        work = deliver_until_caught_up if until_caught_up else keep_delivering
        work(webhooks, means_of(registry.keyring, os.environ, registry.clock), registry.dsn, stop, output.warn)
        ends = ends_of(registry.tables)
        behind = [one for one in webhooks.all() if one.sequence < ends.get((one.partner, one.programme), (0, 0))[0]]
    output.answer(
        {"behind": [{"partner": one.partner, "programme": one.programme} for one in behind]},
        "Every receiver has every row." if not behind else f"{len(behind):,} receivers have not every row yet.",
    )
    if behind and until_caught_up and not stop.is_set():
        raise WorldFailed("Some receivers did not take every row: `webhook list` says why; they are tried again.")
