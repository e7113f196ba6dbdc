"""Delivering one feed to its receiver, in order: a row goes out after what came of the last one is written down."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import assert_never
from uuid import UUID

import msgspec

from adapters.faults import Refused, WorldFailed
from adapters.keys.keyring import Keyring
from adapters.postgres.webhooks import RowToSend, Webhook, Webhooks
from adapters.webhooks.addresses import LookUp, look_up
from adapters.webhooks.judging import Accepted, Dead, Later, Paused, judge
from adapters.webhooks.posting import Answered, NotReached, Poster, trusted
from adapters.webhooks.signing import Scheme, Sign, signed_headers, signer
from adapters.webhooks.targets import AllowedHosts, allowed_hosts, get_target

ROWS_AT_A_TURN_MAX = 500
"""Then others are looked after, if there are more receivers than are posted to at once."""

Clock = Callable[[], datetime]


class Means(msgspec.Struct, frozen=True):
    """With what is delivered: keys, the hosts that are allowed, whose certificates are believed, time and chance."""

    keyring: Keyring
    allowed: AllowedHosts
    trust: ssl.SSLContext
    clock: Clock
    chance: Callable[[], float] = Random().random  # noqa: S311 - spreads tries, guards nothing
    ask: LookUp = look_up


def means_of(keyring: Keyring, environ: Mapping[str, str], clock: Clock) -> Means:
    """What the settings say. Raises Refused where they cannot be read."""
    return Means(keyring, allowed_hosts(environ), trusted(environ), clock)


def key_context(webhook_id: UUID) -> bytes:
    """Whose the wrapped secret of a webhook is."""
    return b"gharana/webhook/1\0" + webhook_id.bytes


def signer_of(webhook: Webhook, keyring: Keyring) -> Sign:
    """Return what signs for a webhook. Raises WorldFailed where its secret does not open."""
    return signer(Scheme(webhook.scheme), keyring.unwrap(webhook.wrapped_secret, key_context(webhook.webhook_id)))


class Delivery:
    """Delivers to one receiver, over one connection. One call after another; close it in the end."""

    def __init__(self, webhooks: Webhooks, webhook_id: UUID, means: Means) -> None:
        self._webhooks = webhooks
        self._webhook_id = webhook_id
        self._means = means
        self._poster: Poster | None = None
        self._sign: Sign | None = None

    def go_on(self, is_over: Callable[[], bool], notice: Callable[[str], None]) -> int:
        """Deliver what there is, until something fails, the time is over, or the turn; returns how many rows went out.

        Raises WorldFailed when Postgres does not answer: what was sent and not written down is sent again.
        """
        taken = 0
        while taken < ROWS_AT_A_TURN_MAX and not is_over():
            found = self._webhooks.next_of(self._webhook_id)
            if found is None:
                self.close()
                break
            if found[1] is None or found[0].paused_at is not None:
                break
            if not self._deliver(found[0], found[1], notice):
                break
            taken += 1
        return taken

    def close(self) -> None:
        """Hang up."""
        if self._poster is not None:
            self._poster.close()

    def _deliver(self, webhook: Webhook, row: RowToSend, notice: Callable[[str], None]) -> bool:
        """Post a row and write down what came of it; says whether the next one may follow at once."""
        came = self.post(webhook, row.headers, row.payload)
        now = self._means.clock()
        verdict = judge(came, webhook.tries, webhook.refused_in_a_row, now, self._means.chance())
        of = f"{webhook.partner} on {webhook.programme}, sequence {row.sequence:,}"
        match verdict:
            case Accepted():
                return self._webhooks.take(webhook, row)
            case Dead(why=why):
                notice(f"{of}: {why} It stands among the dead letters now.")
                return self._webhooks.bury(webhook, row, why, now)
            case Later(seconds=seconds, why=why):
                if webhook.tries == 0:
                    notice(f"{of}: {why} It is tried again.")
                self._webhooks.put_off(webhook.webhook_id, now + timedelta(seconds=seconds), why)
                return False
            case Paused(why=why):
                notice(f"{of}: {why} The webhook is paused until `webhook resume`; nothing is skipped.")
                self._webhooks.pause(webhook.webhook_id, why, now)
                return False
            case _:
                assert_never(verdict)

    def post(self, webhook: Webhook, headers: Mapping[str, str], payload: bytes) -> Answered | NotReached:
        """Post one message, signed; nothing is written down."""
        try:
            if self._poster is None or self._sign is None:
                target = get_target(webhook.url, self._means.allowed)
                self._sign = signer_of(webhook, self._means.keyring)
                self._poster = Poster(target, self._means.trust, self._means.ask)
        except (Refused, WorldFailed) as reason:
            return NotReached(str(reason).removesuffix("."))
        seconds = int(self._means.clock().timestamp())
        return self._poster.post(signed_headers(headers, payload, self._sign, seconds), payload)
