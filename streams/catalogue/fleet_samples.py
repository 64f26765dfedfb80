"""Every series that one client has."""

from collections.abc import Iterator

from rapport.streams.catalogue.evidence_samples import evidence_samples
from rapport.streams.catalogue.relation_samples import relation_samples
from rapport.streams.catalogue.sample import Sample
from rapport.streams.catalogue.samples import client_samples
from rapport.streams.core.clients import Client
from rapport.streams.core.policy import Policy
from rapport.streams.core.scores import ClientHealth


def fleet_samples(client: Client, health: ClientHealth, policy: Policy) -> Iterator[Sample]:
    """Yield every series of one client, under the policy that its health was found by."""
    yield from client_samples(client, health)
    yield from relation_samples(health, policy.compare)
    yield from evidence_samples(health, policy.purchases)
