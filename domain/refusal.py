"""How the domain says no."""


class Rejected(Exception):
    """A request that contradicts what the registry knows; the sentence tells the caller what to do about it."""

    def __init__(self, *reasons: str) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))
