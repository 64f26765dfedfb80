"""The metrics of the verdict: a client's state and urgency, its concerns, and its good news."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rapport.domain.calendar import UTC_CALENDAR, Calendar
from rapport.domain.concerns.kinds import KINDS
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
SINCE: Final = CONCERNS.gauge(
    "client_concern_since_timestamp_seconds",
    "The start of the day since which a concern, or good news, is on; absent while it is not.",
    "client",
    "concern",
)
NEWS: Final = CONCERNS.gauge(
    "client_news", "Always 1: good news of a client; absent when there is none.", "client", "news"
)
CONCERN_ACKNOWLEDGED: Final = CONCERNS.gauge(
    "client_concern_acknowledged",
    "1 while a concern that is on is acknowledged, 0 while it is not; absent while it is not on.",
    "client",
    "concern",
)
ACKNOWLEDGED: Final = CONCERNS.gauge(
    "client_acknowledged",
    "1 while every concern to act on or to watch is acknowledged, else 0; 0 without one.",
    "client",
)
SHARED_CLIENTS: Final = CONCERNS.gauge(
    "shared_concern_clients",
    "Clients with a concern that most clients have, so that it is told once; 0 while it is no "
    "concern of most clients.",
    "concern",
)


def concern_samples(health: ClientHealth, calendar: Calendar = UTC_CALENDAR) -> Iterator[Sample]:
    """Yield the series of one client's verdict; of several concerns of one kind, the first day."""
    client, verdict = health.client, health.verdict
    yield Sample(STATE, (client,), STATE_VALUES[verdict.state])
    yield Sample(URGENCY, (client,), float(verdict.urgency))
    yield Sample(ACKNOWLEDGED, (client,), int(verdict.is_acknowledged))
    since: dict[str, int] = {}
    acknowledged: dict[str, bool] = {}
    for concern in verdict.concerns:
        every = acknowledged.get(concern.kind, True)
        acknowledged[concern.kind] = every and concern.is_acknowledged
    for concern in (*verdict.concerns, *verdict.news):
        since[concern.kind] = min(concern.since, since.get(concern.kind, concern.since))
    for kind, total in verdict.points_by_kind.items():
        yield Sample(CONCERN_POINTS, (client, kind), float(total))
        yield Sample(CONCERN_ACKNOWLEDGED, (client, kind), int(acknowledged[kind]))
    for kind, day in since.items():
        yield Sample(SINCE, (client, kind), calendar.start_of(day))
    for news in verdict.news:
        yield Sample(NEWS, (client, news.kind), 1)


def shared_concern_samples(shared: Iterable[SharedConcern]) -> Iterator[Sample]:
    """Yield how many clients have each concern in common; of several subjects, the largest."""
    clients = {kind.name: 0 for kind in KINDS if kind.is_shared}
    for one in shared:
        clients[one.kind] = max(one.clients, clients[one.kind])
    for kind, count in clients.items():
        yield Sample(SHARED_CLIENTS, (kind,), count)
