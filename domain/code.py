"""What every code list is."""

from enum import IntEnum


class Code(IntEnum):
    """A code list: the number is stored, the lower-case name is what people and programs read and write."""

    @property
    def word(self) -> str:
        """The name at every edge, such as `hand_pump`."""
        return self.name.lower()
