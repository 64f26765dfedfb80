"""How much contact a client has with IT: what a gap in a score is multiplied by."""

from typing import Final

from rapport.domain.ledger.decay import UNIT
from rapport.domain.ledger.decayed_sums import Contribution, DecayedSums

VOLUME: Final = "volume"


def volume_contributions(key: str, half_life_days: int) -> tuple[Contribution, ...]:
    """Return what a measure counts for in the volume of contact: each contact is one."""
    if key.startswith(("ticket.opened|", "touch|")):
        return (Contribution(VOLUME, half_life_days, UNIT),)
    return ()


def volume(standing: DecayedSums) -> float:
    """Return the decayed number of contacts: tickets opened and touchpoints."""
    return standing[VOLUME] / UNIT
