"""`gharana`: every verb of the command line. `gharana VERB --help` says what one takes.

Only the verb that was asked for is imported: all of them together bring in every library and take seconds.
"""

import sys
from collections.abc import Iterable
from importlib import import_module

import typer

VERBS = {
    "demo": "demo.demo",
    "import": "survey_import.import_survey",
    "lives": "lives.lives",
    "submit": "submit.submit",
    "population": "population.population",
    "run": "run.run",
    "status": "status.status",
    "publish": "publish.publish",
    "subscribe": "subscribe.subscribe",
    "rebuild": "rebuild.rebuild",
    "due": "due.due",
    "indicators": "indicators.indicators",
    "extract": "extract.extract",
    "simulate": "simulate.run",
    "check": "check.check",
    "verify": "evidence.verify",
    "migrate": "migrate.migrate",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "roles": "roles.app",
    "scorecard": "scorecard.app",
    "programme": "programme.app",
    "shock": "shock.app",
    "partner": "partner.app",
    "feed": "feed.app",
    "webhook": "webhook.app",
    "household": "household.app",
    "keys": "keys.app",
    "erasure": "erasure.app",
    "seal": "seal.app",
    "audit": "audit.app",
    "witness": "witness.app",
    "bench": "bench.app",
}
"""In the order of `--help`: module of this package, and in it the verb's function or the group of its verbs."""


def app_of(names: Iterable[str] = VERBS) -> typer.Typer:
    """Return the command line with these verbs, all of them unless said otherwise."""
    app = typer.Typer(
        name="gharana",
        help="A registry of households whose history can be replayed, explained and proved.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_nothing_of_its_own)
    for name in names:
        module, _, attribute = VERBS[name].partition(".")
        verb = getattr(import_module(f"adapters.cli.{module}"), attribute)
        if isinstance(verb, typer.Typer):
            app.add_typer(verb, name=name)
        else:
            app.command(name)(verb)
    return app


def _nothing_of_its_own() -> None:
    # Without it, Typer would take the only verb for the whole program and its name for an argument.
    pass


def main() -> None:
    """Read the command line and do what it says."""
    asked = sys.argv[1:2]
    app = app_of(asked if set(asked) <= VERBS.keys() and asked else VERBS)
    app(prog_name="gharana")


if __name__ == "__main__":
    main()
