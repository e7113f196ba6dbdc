"""What is raised when something does not verify: a sentence that says what is wrong."""

from adapters.faults import Refused


class NotProved(Refused):
    """A proof, a signature or a file that must not be believed."""
