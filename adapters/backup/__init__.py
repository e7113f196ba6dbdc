"""Backing up a registry and restoring it, with the proof that nothing is missing."""
