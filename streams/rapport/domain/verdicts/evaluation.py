"""The verdict on one client: every rule of a concern, evaluated on its facts."""

from dataclasses import replace
from typing import Final

from rapport.domain.concerns.verdict import verdict_of
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.procurement.health import FleetContext
from rapport.domain.procurement.windows import UNKNOWN
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.verdicts.facts import ClientFacts
from rapport.domain.verdicts.heard import heard_concerns
from rapport.domain.verdicts.purchases import purchase_concerns
from rapport.domain.verdicts.relationship import relationship_concerns
from rapport.domain.verdicts.shared import shareable_looks
from rapport.domain.verdicts.silence import silence_concerns
from rapport.domain.verdicts.trust import trust_concerns

RULES: Final = (
    purchase_concerns,
    trust_concerns,
    relationship_concerns,
    heard_concerns,
    silence_concerns,
)


def with_verdict(
    health: ClientHealth,
    measures: ClientMeasures,
    inputs: ClientInputs,
    compiled: CompiledPolicy,
    context: FleetContext,
) -> ClientHealth:
    """Return the health of a client with its verdict.

    `fleet_verdict` marks the concerns that most clients have.
    """
    facts = ClientFacts(health, measures, inputs, context, compiled)
    found = [concern for rule in RULES for concern in rule(facts)]
    verdict = verdict_of(found, facts.marks, is_known=is_known(health))
    return replace(health, verdict=verdict, concern_looks=shareable_looks(facts, verdict))


def is_known(health: ClientHealth) -> bool:
    """Return whether trust, engagement or purchases of a client are known."""
    return (
        health.trust.shown is not None
        or health.engagement.shown is not None
        or health.purchases.state != UNKNOWN
    )
