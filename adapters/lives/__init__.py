"""Lives: what happens to the households of a generated population after their first survey, as submissions."""
