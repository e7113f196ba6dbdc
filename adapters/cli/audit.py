"""`gharana audit`: what an auditor asks: who changed the rules, who recorded what, and which households to visit."""

import typer

from adapters.cli import audit_activity, audit_cutoff, audit_rules, audit_sample

app = typer.Typer(help="Who changed the rules, who recorded what, and which households to visit.", no_args_is_help=True)
app.command("sample")(audit_sample.sample)
app.command("activity")(audit_activity.activity)
app.command("cutoff")(audit_cutoff.cutoff)
app.command("rules")(audit_rules.rules)
