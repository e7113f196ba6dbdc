"""The household: what has happened (`events`), what we know (`state`), what may be asked (`commands`, `decide`)."""
