"""The metrics of the verdict: a client's state and urgency, its concerns, and its good news."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.verdicts.shared import SharedConcern
from rapport.monitoring.metrics.model import MetricGroup, Sample

STATE_VALUES: Final[Mapping[str, int]] = {"normal": 0, "unknown": 1, "watch": 2, "act": 3}
CONCERNS: Final = MetricGroup()
STATE: Final = CONCERNS.gauge(
    "client_state",
    "The client's state: 3 act now, 2 watch, 1 not known yet, 0 normal.",
    "client",
)
URGENCY: Final = CONCERNS.gauge(
    "client_urgency_points",
    "How urgent a client is: the sum of the points of its concerns; it has no maximum.",
    "client",
)
CONCERN_POINTS: Final = CONCERNS.gauge(
    "client_concern_points",
    "Points of urgency of a concern that is on; absent while it is not. 0 for a chore, for a "
    "concern that most clients have, and where all evidence is old.",
    "client",
    "concern",
)
NEWS: Final = CONCERNS.gauge(
    "client_news", "Always 1: good news of a client; absent when there is none.", "client", "news"
)
SHARED_CLIENTS: Final = CONCERNS.gauge(
    "shared_concern_clients",
    "Clients with a concern that most clients have; absent while it is no concern of most clients.",
    "concern",
)


def concern_samples(health: ClientHealth) -> Iterator[Sample]:
    """Yield the series of one client's verdict."""
    client, verdict = health.client, health.verdict
    yield Sample(STATE, (client,), STATE_VALUES[verdict.state])
    yield Sample(URGENCY, (client,), float(verdict.urgency))
    points: dict[str, Fraction] = {}
    for concern in verdict.concerns:
        points[concern.kind] = points.get(concern.kind, Fraction(0)) + concern.points
    for kind, total in points.items():
        yield Sample(CONCERN_POINTS, (client, kind), float(total))
    for news in verdict.news:
        yield Sample(NEWS, (client, news.kind), 1)


def shared_concern_samples(shared: Iterable[SharedConcern]) -> Iterator[Sample]:
    """Yield the series of what most clients have in common; of several subjects, the largest."""
    clients: dict[str, int] = {}
    for one in shared:
        clients[one.kind] = max(one.clients, clients.get(one.kind, 0))
    for kind, count in clients.items():
        yield Sample(SHARED_CLIENTS, (kind,), count)
