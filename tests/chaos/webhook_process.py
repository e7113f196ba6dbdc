"""A worker that delivers until it is killed: `webhook_process.py DSN FOLDER PORT`."""

import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from adapters.postgres.webhooks import Webhooks
from adapters.webhooks.serving import keep_delivering
from tests.posted_feeds import keyring_in, means


def now() -> datetime:
    return datetime.now(UTC)


def main(dsn: str, folder: Path, port: int) -> None:
    with closing(Webhooks(dsn)) as webhooks:
        how = means(keyring_in(folder), now, port)
        keep_delivering(webhooks, how, dsn, threading.Event(), lambda _: None)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
