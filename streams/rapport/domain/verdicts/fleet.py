"""What the verdicts on all clients have in common, and their order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import log
from types import MappingProxyType
from typing import Final

from rapport.domain.comparison.benchmark import gap_of
from rapport.domain.concerns.kinds import PURCHASES_FAMILY, STATES
from rapport.domain.concerns.verdict import KIND_OF, Concern, Verdict
from rapport.domain.desk.follow_up import NO_FOLLOW_UP, FollowUp
from rapport.domain.policy.model import Policy
from rapport.domain.policy.relationship import ComparePolicy
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.verdicts.evaluation import is_known
from rapport.domain.verdicts.follow_up import with_acknowledged, with_overdue
from rapport.domain.verdicts.shared import SharedConcern, shared_concerns, with_shared

FAR: Final = "far_from_peers"
ACKNOWLEDGED_PLACE: Final = STATES.index("watch") + 0.5
"""Acknowledged clients are below those to act on or to watch, above those that need nothing."""
NOTHING_RECORDED: Final[Mapping[str, FollowUp]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FleetVerdict:
    """The health of the owned clients with their final verdicts, and what most clients share."""

    health: Mapping[str, ClientHealth]
    shared: tuple[SharedConcern, ...]


def fleet_verdict(
    health: Mapping[str, ClientHealth],
    everyone: Mapping[str, ClientInputs],
    policy: Policy,
    recorded: Mapping[str, FollowUp] = NOTHING_RECORDED,
) -> FleetVerdict:
    """Return the verdicts, given the evaluated clients and the inputs of all clients.

    `everyone` has the clients of other workers too, with what these published; `recorded` is what
    people recorded of the evaluated clients.
    """
    everyone = {**everyone, **with_evaluated(everyone, health)}
    looks = [inputs.concern_looks for inputs in everyone.values()]
    shared = shared_concerns(looks, policy.concerns)
    settled = {
        name: _settled(one, shared, everyone, policy, recorded.get(name, NO_FOLLOW_UP))
        for name, one in health.items()
    }
    return FleetVerdict(settled, shared)


def with_evaluated(
    everyone: Mapping[str, ClientInputs], health: Mapping[str, ClientHealth]
) -> dict[str, ClientInputs]:
    """Return the inputs of the evaluated clients, with what their verdicts tell other clients."""
    return {
        name: replace(
            everyone[name],
            concern_looks=one.concern_looks,
            is_example=is_example(one.verdict),
        )
        for name, one in health.items()
        if name in everyone
    }


def is_example(verdict: Verdict) -> bool:
    """Return whether others may learn from a client: nothing urgent, nothing about purchases."""
    families = {KIND_OF[concern.kind].family for concern in verdict.concerns}
    return verdict.state != "act" and PURCHASES_FAMILY not in families


def _settled(
    health: ClientHealth,
    shared: tuple[SharedConcern, ...],
    everyone: Mapping[str, ClientInputs],
    policy: Policy,
    recorded: FollowUp,
) -> ClientHealth:
    known, day = is_known(health), health.day
    verdict = with_overdue(health.verdict, recorded, day, policy.concerns, is_known=known)
    verdict = with_shared(verdict, shared, policy.concerns, is_known=known)
    if any(concern.kind == FAR for concern in verdict.concerns):
        verdict = _with_similar_client(verdict, health.client, everyone)
    verdict = with_acknowledged(verdict, recorded, day, policy.desk)
    return health if verdict is health.verdict else replace(health, verdict=verdict)


def _with_similar_client(
    verdict: Verdict, client: str, everyone: Mapping[str, ClientInputs]
) -> Verdict:
    similar = similar_client(client, everyone)
    return replace(verdict, concerns=tuple(_with_similar(one, similar) for one in verdict.concerns))


def _with_similar(concern: Concern, similar: str | None) -> Concern:
    if concern.kind != FAR:
        return concern
    return replace(concern, figures={**concern.figures, "similar": similar})


def seen_health(
    health: Mapping[str, ClientHealth], seen: Collection[str]
) -> dict[str, ClientHealth]:
    """Return the health of the clients that are seen, in which no other client is named."""
    return {
        client: replace(one, verdict=_without_unseen(one.verdict, seen))
        for client, one in health.items()
        if client in seen
    }


def _without_unseen(verdict: Verdict, seen: Collection[str]) -> Verdict:
    if all(one.figures.get("similar") in {None, *seen} for one in verdict.concerns):
        return verdict
    return replace(
        verdict,
        concerns=tuple(
            one if one.figures.get("similar") in {None, *seen} else _with_similar(one, None)
            for one in verdict.concerns
        ),
    )


def similar_client(client: str, everyone: Mapping[str, ClientInputs]) -> str | None:
    """Return the client that buys nearest as much, and at most half as large a part outside IT.

    A client that is in trouble itself is no example.
    """
    own = everyone[client].purchases
    others = (
        (abs(log(inputs.purchases.volume / own.volume)), name)
        for name, inputs in everyone.items()
        if name != client
        and inputs.is_example
        and inputs.purchases.volume
        and 2 * inputs.purchases.outside * own.volume <= own.outside * inputs.purchases.volume
    )
    return min(others, default=(0.0, None))[1]


def impact(health: ClientHealth, policy: ComparePolicy) -> float:
    """Return the volume of contact x the greatest gap of a score to its target."""
    return health.volume * max(gap_of(score, policy) for score in health.scores)


def rank(health: ClientHealth, policy: ComparePolicy) -> tuple[float, float, float, str]:
    """Return a client's place among all, the most urgent first: state, urgency, impact, id.

    What is acknowledged counts for no urgency.
    """
    verdict = health.verdict
    state = ACKNOWLEDGED_PLACE if verdict.is_acknowledged else STATES.index(verdict.state)
    return state, -float(verdict.open_urgency), -impact(health, policy), health.client
