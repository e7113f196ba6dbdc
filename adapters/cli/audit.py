"""`gharana audit`: what an auditor asks: was anything altered, who changed rules, who recorded what, whom to visit."""

import typer

from adapters.cli import audit_activity, audit_all, audit_cutoff, audit_rules, audit_sample

app = typer.Typer(
    help="Was anything altered, and does every answer follow; who changed rules, who recorded what, whom to visit."
)
app.callback(invoke_without_command=True)(audit_all.audit_registry)
app.command("sample")(audit_sample.sample)
app.command("activity")(audit_activity.activity)
app.command("cutoff")(audit_cutoff.cutoff)
app.command("rules")(audit_rules.rules)
