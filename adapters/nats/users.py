"""Partners as users of a NATS server, with the least rights that serve: pull, acknowledge, report, hear answers."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from adapters.nats.consumers import consumer_name
from adapters.nats.reports import report_subject
from adapters.nats.stream import STREAM
from projections.feed_message import FeedKey


def inbox_prefix(partner: str) -> str:
    """Under which a partner hears answers; nobody else may listen there."""
    return f"_INBOX_{partner}"


def users_of(keys: Iterable[FeedKey], hashes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The users of these feeds' partners in the form of a server's settings; one without a key is none."""
    return [
        {"user": partner, "password": hashes[partner], "permissions": _permissions(partner, feeds)}
        for partner, feeds in groupby(sorted(keys), itemgetter(0))
        if partner in hashes
    ]


def _permissions(partner: str, feeds: Iterable[FeedKey]) -> dict[str, Any]:
    publish = []
    for key in feeds:
        consumer = f"{STREAM}.{consumer_name(key)}"
        publish += [
            report_subject(key),
            f"$JS.API.CONSUMER.MSG.NEXT.{consumer}", f"$JS.API.CONSUMER.INFO.{consumer}", f"$JS.ACK.{consumer}.>",
        ]  # fmt: skip
    return {"publish": {"allow": publish}, "subscribe": {"allow": [f"{inbox_prefix(partner)}.>"]}}
