"""`gharana audit`: what an auditor asks: who changed the rules, who recorded what, and which households to visit."""

import typer

from adapters.cli import audit_rules

app = typer.Typer(help="Who changed the rules, who recorded what, and which households to visit.", no_args_is_help=True)
app.command("rules")(audit_rules.rules)
