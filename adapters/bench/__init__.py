"""Measurements: what the parts of the registry do in a second, each beside a peer or a limit in the same run."""
