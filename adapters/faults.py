"""The two ways an adapter says that it could not do what it was asked; the command line gives each its exit code."""


class Refused(Exception):
    """Bad input, or a request that may not be granted; the sentence says what is wrong and what to do (exit 1)."""


class WorldFailed(Exception):
    """Something outside the registry failed after bounded retries: a server, a disk, a file (exit 3)."""
