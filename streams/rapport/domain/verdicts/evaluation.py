"""The verdict on one client: every rule of a concern, evaluated on its facts."""

from collections.abc import Container, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from rapport.domain.concerns.verdict import Concern, verdict_of
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.procurement.health import FleetContext
from rapport.domain.procurement.windows import UNKNOWN, Windows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth, evaluate, own_scores, windows_of
from rapport.domain.verdicts.facts import ClientFacts, OwnConcern, OwnFacts
from rapport.domain.verdicts.heard import heard_concerns
from rapport.domain.verdicts.purchases import purchase_concerns
from rapport.domain.verdicts.relationship import (
    is_broken,
    own_relationship_concerns,
    relationship_concerns,
)
from rapport.domain.verdicts.shared import OwnLooks, own_looks, shareable_looks
from rapport.domain.verdicts.silence import silence_concerns
from rapport.domain.verdicts.trust import trust_concerns

OWN_RULES: Final = (trust_concerns, own_relationship_concerns, heard_concerns)
"""The rules that read nothing but the ledger of one client."""
RULES: Final = (purchase_concerns, relationship_concerns, silence_concerns)


class OwnConcerns(NamedTuple):
    """The concerns and the looks that follow from the ledger of one client."""

    concerns: tuple[OwnConcern, ...]
    looks: OwnLooks


def own_concerns(measures: ClientMeasures, compiled: CompiledPolicy, day: int) -> OwnConcerns:
    """Return them; `ClientMeasures.reading` caches the result."""
    own = measures.reading(own_scores, compiled, day)
    facts = OwnFacts(day, own, measures.active_days(day), measures.amounts, compiled)
    found = tuple(concern for rule in OWN_RULES for concern in rule(facts))
    return OwnConcerns(found, own_looks(facts))


def with_verdict(
    health: ClientHealth,
    measures: ClientMeasures,
    inputs: ClientInputs,
    compiled: CompiledPolicy,
    context: FleetContext,
    windows: Windows | None = None,
) -> ClientHealth:
    """Return the health of a client with its verdict.

    `fleet_verdict` marks the concerns that most clients have.
    """
    own = measures.reading(own_concerns, compiled, health.day)
    facts = ClientFacts(
        day=health.day,
        own=measures.reading(own_scores, compiled, health.day),
        active=inputs.active,
        amounts=measures.amounts,
        compiled=compiled,
        health=health,
        inputs=inputs,
        context=context,
        windows=windows or windows_of(inputs, compiled, context),
    )
    found = [concern for rule in RULES for concern in rule(facts)]
    found += _allowed(own.concerns, facts)
    verdict = verdict_of(found, facts.marks, is_known=is_known(health))
    looks = shareable_looks(own.looks, context.feeds_before, verdict)
    return replace(health, verdict=verdict, concern_looks=looks)


def _allowed(concerns: tuple[OwnConcern, ...], facts: ClientFacts) -> Iterator[Concern]:
    """Yield the concerns that the state of the feeds allows, as sure as it allows."""
    for concern, score, source in concerns:
        if source is not None and is_broken(facts, source):
            continue
        if concern.kind == "engagement_fading" and not _engagement_is_known(facts):
            continue
        ratio = 1.0 if score is None else facts.context.fresh[score].ratio
        yield concern if ratio == 1 else replace(concern, sureness=concern.sureness * ratio)


def _engagement_is_known(facts: ClientFacts) -> bool:
    return facts.health.engagement.confidence >= facts.marks.engagement_confidence


def evaluate_with_verdict(
    client: str,
    measures: ClientMeasures,
    inputs: ClientInputs,
    compiled: CompiledPolicy,
    day: int,
    context: FleetContext,
) -> ClientHealth:
    """Return the health of a client with its verdict; its purchases are compared once for both."""
    windows = windows_of(inputs, compiled, context)
    health = evaluate(client, measures, inputs, compiled, day, context, windows)
    return with_verdict(health, measures, inputs, compiled, context, windows)


class EvaluationCache:
    """The newest evaluation of each client, while neither its ledger nor the fleet changes."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def health(
        self,
        client: str,
        measures: ClientMeasures,
        inputs: ClientInputs,
        compiled: CompiledPolicy,
        day: int,
        context: FleetContext,
    ) -> ClientHealth:
        """Return `evaluate_with_verdict` of the same arguments.

        The inputs are a new object after each change of the ledger, and the context is the same
        object while it is equal.
        """
        kept = self._kept.get(client)
        if kept is None or not kept.is_of(inputs, compiled, day, context):
            health = evaluate_with_verdict(client, measures, inputs, compiled, day, context)
            kept = self._kept[client] = _Kept(inputs, compiled, context, health)
        return kept.health

    def drop_others(self, clients: Container[str]) -> None:
        """Drop the evaluations of all other clients."""
        for client in [client for client in self._kept if client not in clients]:
            del self._kept[client]


class _Kept(NamedTuple):
    inputs: ClientInputs
    compiled: CompiledPolicy
    context: FleetContext
    health: ClientHealth

    def is_of(
        self, inputs: ClientInputs, compiled: CompiledPolicy, day: int, context: FleetContext
    ) -> bool:
        return (
            inputs is self.inputs
            and compiled is self.compiled
            and context is self.context
            and day == self.health.day
        )


def is_known(health: ClientHealth) -> bool:
    """Return whether trust, engagement or purchases of a client are known."""
    return (
        health.trust.shown is not None
        or health.engagement.shown is not None
        or health.purchases.state != UNKNOWN
    )
