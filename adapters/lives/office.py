"""The programme's office: what the registry will conclude is known here too, since the same pure rules conclude it."""

from datetime import date

from adapters.cards import compile_card
from adapters.lives.homes import Home
from domain.policies import InForce, Policies, in_force
from domain.questionnaire.answers import Place
from domain.questionnaire.codes import Outcome
from domain.standing import NOT_ELIGIBLE, Standing, assess

KAFAALAT = "kafaalat"
DAYS_KEPT_MAX = 4_000


class Office:
    """Holds the policies of a registry. Assessing a household costs as much as in the registry itself."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self._days: dict[date, InForce] = {}

    def standing(self, home: Home, day: date) -> Standing:
        """What is concluded about a household as it is recorded, under the policies of a day."""
        return assess(home.as_known(), self._in_force(day))

    def outcome(self, home: Home, day: date) -> Outcome:
        """What is concluded for Kafaalat."""
        return self.standing(home, day).conclusions.get(KAFAALAT, NOT_ELIGIBLE).outcome

    def shocks_of(self, home: Home) -> list[str]:
        """The declared shocks that struck the household where it lived at their impact.

        Rosters that were are not kept here: whether it belonged to a group is told by the one that is.
        """
        return [
            name
            for name, shock in self.policies.shocks.items()
            if shock.find_struck(lambda day: _place_on(home, day), home.as_known().find_groups_on) is not None
        ]

    def _in_force(self, day: date) -> InForce:
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= DAYS_KEPT_MAX:
                self._days = {}
            known = self._days[day] = in_force(self.policies, day, compile_card)
        return known


def _place_on(home: Home, day: date) -> Place | None:
    return next((place for since, place in reversed(home.residences) if since <= day), None)
