"""`gharana migrate`: the tables brought up to date, by the login that owns them."""

import os

from adapters.cli.output import Json, Output, verb
from adapters.database import database
from adapters.postgres.migrate import migrate as migrated
from adapters.postgres.roles import renew_rights


@verb
def migrate(*, json: Json = False) -> None:
    """Bring the tables up to what this program needs, and the rights of the roles where they were made.

    Whatever opens a registry as the owner of its tables does so by itself; one that only writes cannot.
    """
    with database(os.environ) as dsn:
        applied = migrated(dsn)
        renewed = renew_rights(dsn)
    what = f"Applied {', '.join(applied)}." if applied else "The tables were up to date."
    rights = "The rights of the roles are set." if renewed else "There are no roles here yet: see `roles make`."
    Output(json=json).answer({"applied": applied, "rights_set": renewed}, what, rights)
