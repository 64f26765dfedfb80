"""The kinds of concern: what may be wrong with a client, and the good news.

Classes: `act` (do something this week), `watch` (keep an eye on it), `chore` (routine work, 0
points) and `news` (good news, 0 points). Concerns of one family report one fact in several ways, so
only the one with the most points counts whole, and each other counts half. The points of each kind
are in the policy, `[concerns.points]`.
"""

from typing import Final, NamedTuple

PURCHASES_FAMILY: Final = "purchases"
TRUST_FAMILY: Final = "trust"


class ConcernKind(NamedTuple):
    """One kind of concern, with its class and family."""

    name: str
    class_: str
    """`act`, `watch`, `chore` or `news`."""
    family: str | None = None
    """`purchases` or `trust` for kinds that may report one fact; None: no family."""
    is_shared: bool = False
    """Whether it is told once for the fleet when it is on for most clients."""


KINDS: Final = (
    ConcernKind("outside_purchases_rising", "act", PURCHASES_FAMILY),
    ConcernKind("trust_falling", "act", TRUST_FAMILY),
    ConcernKind("trust_low", "act", TRUST_FAMILY),
    ConcernKind("signs_contradict", "act", PURCHASES_FAMILY),
    ConcernKind("stage_lost", "act"),
    ConcernKind("heard_external_supplier", "act"),
    ConcernKind("trust_under_target", "watch", TRUST_FAMILY),
    ConcernKind("silent", "watch", is_shared=True),
    ConcernKind("engagement_fading", "watch"),
    ConcernKind("promise_overdue", "watch"),
    ConcernKind("heard_options_open", "watch"),
    ConcernKind("heard_unclear_role", "watch"),
    ConcernKind("new_supplier", "watch", PURCHASES_FAMILY),
    ConcernKind("far_from_peers", "watch", PURCHASES_FAMILY),
    ConcernKind("outside_spend_rising", "watch", PURCHASES_FAMILY),
    ConcernKind("overrated", "watch", is_shared=True),
    ConcernKind("action_overdue", "watch"),
    ConcernKind("knowledge_stale", "chore", is_shared=True),
)
"""Every kind of concern, by class, with the most points by default first."""
NEWS: Final = (
    ConcernKind("stage_won", "news"),
    ConcernKind("trust_risen", "news"),
    ConcernKind("heard_raise_the_level", "news"),
)
"""Every kind of good news."""
STATES: Final = ("act", "watch", "unknown", "normal")
"""The states of a client, the most urgent first."""
