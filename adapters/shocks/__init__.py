"""Whom a shock struck, what relief would take, how far the resurvey is: asked of the answers in Postgres."""
