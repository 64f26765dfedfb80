"""What the pages are made of: copies of what the worker knew at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from rapport.streams.core.clients import Client
from rapport.streams.core.compare import Peers
from rapport.streams.core.figures import Figures
from rapport.streams.core.moment import Moment
from rapport.streams.core.own_past import Past, own_past
from rapport.streams.core.policy import Policy
from rapport.streams.core.population import Population
from rapport.streams.core.procurement import Market
from rapport.streams.core.scores import ClientHealth


@dataclass(frozen=True, slots=True)
class Known:
    """A client and its scores."""

    client: Client
    health: ClientHealth


@dataclass(frozen=True, slots=True)
class Picture:
    """The fleet at one moment; never changed."""

    clients: Mapping[str, Known]
    """By id, the worst first."""
    figures: Mapping[str, Figures]
    market: Market | None
    closed: tuple[Population, ...]
    """What all clients bought, as it stood at the ends of the last closed weeks."""
    policy: Policy
    peers: Peers

    def past(self, health: ClientHealth) -> Past:
        """Return what a client's scores were at the ends of the last closed weeks."""
        own = self.figures.get(health.client)
        return own_past(health, None if own is None else own.purchases, self.closed, self.policy)


@dataclass(frozen=True, slots=True)
class Moments:
    """A client now, and as it was at an earlier day of the ledger as it is now."""

    now: Moment
    before: Moment
