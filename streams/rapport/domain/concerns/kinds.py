"""The kinds of concern: what may be wrong with a client, what it counts for, and the good news.

Classes: `act` (do something this week), `watch` (keep an eye on it), `chore` (routine work, 0
points) and `news` (good news, 0 points). Concerns of one family report one fact in several ways, so
only the one with the most points counts whole, and each other counts half.
"""

from typing import Final, NamedTuple

PURCHASES_FAMILY: Final = "purchases"
TRUST_FAMILY: Final = "trust"


class ConcernKind(NamedTuple):
    """One kind of concern, with its class, points and family."""

    name: str
    class_: str
    """`act`, `watch`, `chore` or `news`."""
    points: int
    """Points of urgency at full sureness; 0 for chores and news."""
    family: str | None = None
    """`purchases` or `trust` for kinds that may report one fact; None: no family."""
    is_shared: bool = False
    """Whether it is told once for the fleet when it is on for most clients."""


KINDS: Final = (
    ConcernKind("outside_purchases_rising", "act", 40, PURCHASES_FAMILY),
    ConcernKind("trust_falling", "act", 30, TRUST_FAMILY),
    ConcernKind("trust_low", "act", 30, TRUST_FAMILY),
    ConcernKind("signs_contradict", "act", 25, PURCHASES_FAMILY),
    ConcernKind("stage_lost", "act", 20),
    ConcernKind("heard_external_supplier", "act", 20),
    ConcernKind("trust_under_target", "watch", 15, TRUST_FAMILY),
    ConcernKind("silent", "watch", 15, is_shared=True),
    ConcernKind("engagement_fading", "watch", 15),
    ConcernKind("promise_overdue", "watch", 15),
    ConcernKind("heard_options_open", "watch", 10),
    ConcernKind("heard_unclear_role", "watch", 10),
    ConcernKind("new_supplier", "watch", 10, PURCHASES_FAMILY),
    ConcernKind("far_from_peers", "watch", 10, PURCHASES_FAMILY),
    ConcernKind("outside_spend_rising", "watch", 10, PURCHASES_FAMILY),
    ConcernKind("overrated", "watch", 10, is_shared=True),
    ConcernKind("knowledge_stale", "chore", 0, is_shared=True),
)
"""Every kind of concern, the most points first in each class."""
NEWS: Final = (
    ConcernKind("stage_won", "news", 0),
    ConcernKind("trust_risen", "news", 0),
    ConcernKind("heard_raise_the_level", "news", 0),
)
"""Every kind of good news."""
STATES: Final = ("act", "watch", "unknown", "normal")
"""The states of a client, the most urgent first."""
