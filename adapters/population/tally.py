"""What the annual report counts, counted in a part and added up over all: a few thousand numbers at any size."""

from collections.abc import Mapping

import msgspec
import numpy as np

from adapters.population.arrays import Array
from adapters.population.calibration import SEXES


class Tally(msgspec.Struct, frozen=True):
    """Counts by district: of households, members and what households have; by district and sex, of people."""

    households: Array
    members: Array
    of_households: dict[str, Array]
    eligible: dict[str, Array]  # measure: district, sex
    having: dict[str, Array]
    centres: Array  # of every registry centre, households

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.households + other.households,
            self.members + other.members,
            _sums(self.of_households, other.of_households),
            _sums(self.eligible, other.eligible),
            _sums(self.having, other.having),
            self.centres + other.centres,
        )


def _sums(one: dict[str, Array], other: dict[str, Array]) -> dict[str, Array]:
    return {name: values + other[name] for name, values in one.items()}


def count(  # noqa: PLR0913 - one argument for each thing that is counted
    *,
    districts: int,
    district: Array,
    size: Array,
    flags: Mapping[str, Array],
    district_of_person: Array,
    sex: Array,
    eligible: Mapping[str, Array],
    has: Mapping[str, Array],
    centre: Array,
    centres: int,
) -> Tally:
    """Count a part."""
    cell = district_of_person.astype(np.int64) * len(SEXES) + sex

    def people(who: Array) -> Array:
        return np.bincount(cell[who], minlength=districts * len(SEXES)).reshape(districts, len(SEXES))

    return Tally(
        households=np.bincount(district, minlength=districts),
        members=np.bincount(district, size, districts).astype(np.int64),
        of_households={name: np.bincount(district[flag], minlength=districts) for name, flag in flags.items()},
        eligible={name: people(who) for name, who in eligible.items()},
        having={name: people(eligible[name] & who) for name, who in has.items()},
        centres=np.bincount(centre, minlength=centres),
    )
