"""The verdict on one client: every rule of a concern, evaluated on its facts."""

from typing import TYPE_CHECKING, Final

from rapport.domain.concerns.facts import ClientFacts
from rapport.domain.concerns.heard import heard_concerns
from rapport.domain.concerns.purchases import purchase_concerns
from rapport.domain.concerns.relationship import relationship_concerns
from rapport.domain.concerns.silence import silence_concerns
from rapport.domain.concerns.trust import trust_concerns
from rapport.domain.concerns.verdict import Verdict, verdict_of
from rapport.domain.policy.concerns import ConcernPolicy

if TYPE_CHECKING:
    from rapport.domain.scoring.evaluate import ClientHealth

RULES: Final = (
    purchase_concerns,
    trust_concerns,
    relationship_concerns,
    heard_concerns,
    silence_concerns,
)


def client_verdict(facts: ClientFacts) -> Verdict:
    """Return the verdict on a client; concerns that most clients have are not marked yet."""
    found = [concern for rule in RULES for concern in rule(facts)]
    return verdict_of(found, facts.marks, is_known=is_known(facts.health, facts.marks))


def is_known(health: "ClientHealth", policy: ConcernPolicy) -> bool:
    """Return whether trust, engagement or purchases of a client are known."""
    return (
        health.trust.shown is not None
        or health.engagement.shown is not None
        or health.purchases.history_weeks >= policy.purchase_weeks_minimum
    )
