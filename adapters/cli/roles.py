"""`gharana roles`: who may do what in the database; made by an administrator, shown to anybody."""

import os

import typer

from adapters.cli.output import EXIT_REFUSED, Json, Output, verb
from adapters.database import database
from adapters.postgres.migrate import migrate
from adapters.postgres.rights import OWNER, ROLES
from adapters.postgres.roles import Standing, make_roles, read_standing
from adapters.postgres.roles_sql import roles_script

app = typer.Typer(help="Make the roles of the database, and show what each may do.", no_args_is_help=True)


@app.command("sql")
@verb
def sql(*, json: Json = False) -> None:
    """Print the SQL that makes the roles and sets their rights, for whoever administers the server."""
    Output(json=json).answer({"sql": roles_script()}, roles_script().rstrip())


@app.command("make")
@verb
def make(*, json: Json = False) -> None:
    """Make the roles and set their rights, where this login may: a superuser, or the owner with CREATEROLE."""
    with database(os.environ) as dsn:
        migrate(dsn)
        make_roles(dsn)
    Output(json=json).answer(
        {"roles": ROLES},
        f"The roles {', '.join(ROLES)} are there, with the rights that `roles show` lists. Nobody is in them yet: "
        "docs/operations.md says how a login is put into one.",
    )


@app.command("show")
@verb
def show(*, json: Json = False) -> None:
    """Show what each role may do as the database says; ends with 1 where that is not what this program needs."""
    output = Output(json=json)
    with database(os.environ) as dsn:
        standing = read_standing(dsn)
    output.table(("role", "on", "rights"), _rows(standing))
    differences = standing.differences()
    logins = [f"{member} is in {role}." for role, member in standing.members]
    verdict = [f"LOOK  {each}." for each in differences] or ["This is what the program needs."]
    output.answer(
        {
            "differences": differences,
            "members": [{"role": role, "member": member} for role, member in standing.members],
        },
        *(logins or ["No login is in any of them."]),
        *verdict,
    )
    if differences:
        raise typer.Exit(EXIT_REFUSED)


def _rows(standing: Standing) -> list[tuple[str, str, str]]:
    owned = [OWNER, f"all {sum(owner == OWNER for owner in standing.owners.values())} tables", "owner"]
    order = {role: number for number, role in enumerate(ROLES)}
    given = sorted(standing.grants, key=lambda grant: (order.get(grant.role, len(order)), grant.role))
    return [
        (owned[0], owned[1], owned[2]),
        *(
            (
                each.role,
                each.on,
                ", ".join(sorted(each.rights)) + (f" ({', '.join(each.columns)})" if each.columns else ""),
            )
            for each in given
        ),
    ]
