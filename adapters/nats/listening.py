"""Listening to a feed in JetStream as the registry does: in order, from anywhere, and without a trace at the server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import ConsumerConfig, DeliverPolicy

from adapters.faults import WorldFailed
from adapters.nats.stream import STREAM, SUBJECT_PREFIX
from projections.feed_message import FeedKey

LOOK_SECONDS = 1.0
RECONNECT_SECONDS = 1
WITHOUT_END = -1


async def listen(
    url: str, key: FeedKey, after_position: int | None, notice: Callable[[str], None], *, until_caught_up: bool
) -> AsyncIterator[Msg]:
    """Yield a feed's messages behind a feed position (nothing: only those that come from now on).

    It is no partner's consumer, so nobody's place in the feed moves. Goes on when the server was away. Ends, where that
    is wanted, when the stream holds no more.
    """

    async def complain(failure: Exception) -> None:
        notice(f"The NATS server: {' '.join(str(failure).split()) or type(failure).__name__}.")

    client = Client()
    servers = [server.strip() for server in url.split(",")]
    try:
        await client.connect(
            servers,
            name="gharana subscribe",
            max_reconnect_attempts=WITHOUT_END,
            reconnect_time_wait=RECONNECT_SECONDS,
            error_cb=complain,
        )
        subscription = await client.jetstream().subscribe(
            f"{SUBJECT_PREFIX}{'.'.join(key)}.>", stream=STREAM, ordered_consumer=True, config=_from(after_position)
        )
        info = await subscription.consumer_info()
        waiting = (info.num_pending or 0) + (info.delivered.consumer_seq if info.delivered else 0)  # some came already
        while waiting or not until_caught_up:
            with suppress(NatsTimeoutError):
                message = await subscription.next_msg(LOOK_SECONDS)
                waiting = message.metadata.num_pending
                yield message
    except (NatsError, OSError) as failure:
        raise WorldFailed(
            f"The NATS server does not go on ({failure}): begin again from the last sequence."
        ) from failure
    finally:
        with suppress(NatsError, asyncio.TimeoutError):
            await client.close()


def _from(after_position: int | None) -> ConsumerConfig:
    if after_position is None:
        return ConsumerConfig(deliver_policy=DeliverPolicy.NEW)
    return ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after_position + 1)
