"""What every code list is."""

from enum import IntEnum


class Code(IntEnum):
    """A code list: the number is stored, the lower-case name is what people and programs read and write."""

    def __init_subclass__(cls) -> None:
        """Make members plain attributes, which Python 3.11 does not: `Sex.FEMALE` in 0.02 us instead of 0.19.

        A household is assessed with some fifty such names.
        """
        super().__init_subclass__()
        for name, member in cls.__members__.items():
            type.__setattr__(cls, name, member)

    @property
    def word(self) -> str:
        """The name at every edge, such as `hand_pump`."""
        return self.name.lower()
