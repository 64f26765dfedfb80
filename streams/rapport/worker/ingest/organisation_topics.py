"""Topics that every worker reads whole: clients, their places, approved suppliers, agreed texts."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from rapport.worker.ingest.compacted_topic import ClientRegistryFollower, CompactedTopicFollower
from rapport.worker.scoring.scorer import Scorer
from rapport_schemas.wire.registry import AGREED_TEXTS_TOPIC, ORGANISATION_TOPIC, SUPPLIERS_TOPIC


class OrganisationTopics:
    """Follows the topics; what they say is in the registry's directory and with the scorer."""

    def __init__(
        self,
        kafka: Mapping[str, Any],
        registry: ClientRegistryFollower,
        scorer: Scorer,
    ) -> None:
        self.registry, organisation = registry, scorer.organisation
        self.followers = (
            registry,
            CompactedTopicFollower(kafka, ORGANISATION_TOPIC, organisation.places.put),
            CompactedTopicFollower(kafka, SUPPLIERS_TOPIC, scorer.put_approval),
            CompactedTopicFollower(kafka, AGREED_TEXTS_TOPIC, organisation.agreed.put),
        )

    async def wait_caught_up(self) -> None:
        """Return once every record that was there at the start is taken."""
        for follower in self.followers:
            await follower.caught_up.wait()

    @property
    def rejected(self) -> Counter[str]:
        """Reason -> records that were rejected since the start, without those of the registry."""
        rejected = Counter[str]()
        for follower in self.followers[1:]:
            rejected += follower.rejected.copy()
        return rejected
