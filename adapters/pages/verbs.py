"""The page of all verbs, made from the command line itself: `cog -r docs/verbs.md`."""

from collections.abc import Iterator
from typing import Any

import typer

from adapters.cli.main import app_of
from adapters.pages.markdown import table


def verbs_page() -> str:
    """Every verb: what it does, its arguments and options, as Markdown."""
    return "\n".join(_verbs("gharana", typer.main.get_command(app_of()))) + "\n"


def _verbs(name: str, command: Any) -> Iterator[str]:
    if isinstance(command, typer.core.TyperGroup):
        if command.invoke_without_command:
            yield from _verb(name, command)
        for each in command.commands.values():
            yield from _verbs(f"{name} {each.name}", each)
        return
    yield from _verb(name, command)


def _verb(name: str, command: Any) -> Iterator[str]:
    arguments = [_argument(each) for each in command.params if each.param_type_name == "argument"]
    yield f"### {' '.join([name, *arguments])}"
    yield ""
    yield (command.help or "").strip()
    yield ""
    options = [
        each for each in command.params if each.param_type_name == "option" and each.name not in ("json", "help")
    ]
    if options:
        yield from table(("option", "meaning"), map(_option, options))
        yield ""


def _option(option: Any) -> tuple[str, str]:
    value = "" if option.is_flag else f" {option.metavar or (option.name or '').upper()}"
    needed = " (needed)" if option.required else ""
    return f"`{option.opts[0]}{value}`", f"{option.help or ''}{needed}"


def _argument(argument: Any) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"
