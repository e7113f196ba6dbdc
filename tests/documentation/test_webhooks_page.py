"""What docs/webhooks.md tells a partner and an operator to type works."""

import re
import shlex
from typing import Any

import typer

from adapters.cli.main import app_of
from adapters.home import REPOSITORY
from adapters.webhooks.signing import Scheme, for_the_receiver, signed_headers, signer

PAGE = (REPOSITORY / "docs" / "webhooks.md").read_text()
COMMANDS = re.findall(r"^    bin/gharana (webhook .+)$", PAGE, re.MULTILINE)
SECRET = bytes(range(32))


def test_the_check_of_a_signature_that_is_shown_finds_ours_right_and_others_wrong():
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    shown: dict[str, Any] = {}
    exec(program, shown)  # noqa: S102 - it is the page's own
    check, key = shown["is_from_the_registry"], for_the_receiver(Scheme.HMAC, SECRET)
    headers = signed_headers({"ce-id": "4711"}, b"{}", signer(Scheme.HMAC, SECRET), 1_790_000_000)
    assert check(headers, b"{}", key)
    assert not check(headers, b"[]", key)
    assert not check(headers, b"{}", for_the_receiver(Scheme.HMAC, bytes(32)))


def test_every_verb_of_webhooks_is_shown_as_the_program_takes_it():
    group = typer.main.get_command(app_of(["webhook"])).commands["webhook"]
    shown = set()
    for command in COMMANDS:
        _, name, *arguments = shlex.split(command)
        group.commands[name].make_context(name, arguments)
        shown.add(name)
    assert shown == set(group.commands)
