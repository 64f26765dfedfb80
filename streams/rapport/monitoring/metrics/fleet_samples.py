"""Every series that one client has."""

from collections.abc import Iterator

from rapport.domain.clients import Client
from rapport.domain.policy.model import Policy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.monitoring.metrics.evidence_samples import evidence_samples
from rapport.monitoring.metrics.relation_samples import relation_samples
from rapport.monitoring.metrics.sample import Sample
from rapport.monitoring.metrics.samples import client_samples


def fleet_samples(client: Client, health: ClientHealth, policy: Policy) -> Iterator[Sample]:
    """Yield every series of one client, under the policy that its health was found by."""
    yield from client_samples(client, health)
    yield from relation_samples(health, policy.compare)
    yield from evidence_samples(health, policy.purchases)
