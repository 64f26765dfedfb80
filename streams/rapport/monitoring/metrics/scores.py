"""The metrics of trust and engagement: the scores, their parts and intervals, and the signals."""

from collections.abc import Iterator
from typing import Final

from rapport.domain.clients.registry import Client
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Score
from rapport.monitoring.metrics.model import Metric, MetricGroup, Sample

SCORES: Final = MetricGroup()
CLIENT_INFO: Final = SCORES.gauge(
    "client_info",
    "Always 1: the client's name and the role that owns it.",
    "client",
    "name",
    "owner",
)
TRUST: Final = SCORES.gauge(
    "client_trust_ratio",
    "Trust as the client shows it, 0 to 1; absent while evidence is insufficient.",
    "client",
)
TRUST_SUFFICIENT: Final = SCORES.gauge(
    "client_trust_sufficient", "1 when there is enough evidence to show trust, else 0.", "client"
)
TRUST_PART: Final = SCORES.gauge(
    "client_trust_contribution_ratio",
    "Points that a source of evidence adds to trust; base rate plus these is trust, exactly. "
    "`combined` merges sources with too few respondents to be shown one by one.",
    "client",
    "component",
)
ENGAGEMENT: Final = SCORES.gauge(
    "client_engagement_ratio", "Engagement, 0 to 1; absent while there was no contact.", "client"
)
ENGAGEMENT_PART: Final = SCORES.gauge(
    "client_engagement_contribution_ratio",
    "Points that a component adds to engagement; their sum is engagement, exactly. `combined` "
    "merges components with too few invited people to be shown one by one.",
    "client",
    "component",
)
SIGNALS: Final = MetricGroup()
SIGNALS_HEARD: Final = SIGNALS.gauge(
    "client_signals_heard",
    "Number of times that a signal was recorded by a person or found in a text in the last 28 "
    "days.",
    "client",
    "signal",
    "by",
)
INTERVALS: Final = MetricGroup()
SCORE_LOW: Final = INTERVALS.gauge(
    "client_score_low_ratio",
    "Lower end of a score's 90 % credible interval, where it has one.",
    "client",
    "score",
)
SCORE_HIGH: Final = INTERVALS.gauge(
    "client_score_high_ratio",
    "Upper end of a score's 90 % credible interval, where it has one.",
    "client",
    "score",
)


def score_samples(client: Client, health: ClientHealth) -> Iterator[Sample]:
    """Yield the series of one client; a score without sufficient evidence has none."""
    trust, engagement = health.trust, health.engagement
    yield Sample(CLIENT_INFO, (client.id, client.name, client.owner), 1)
    yield Sample(TRUST_SUFFICIENT, (client.id,), int(trust.sufficient))
    yield from _score_and_parts(client.id, trust, TRUST, TRUST_PART)
    yield from _score_and_parts(client.id, engagement, ENGAGEMENT, ENGAGEMENT_PART)
    for signal, by, times in health.signals:
        yield Sample(SIGNALS_HEARD, (client.id, signal, by), times)
    for score in health.scores:
        if score.sufficient and score.shape is not None:
            yield Sample(SCORE_LOW, (client.id, score.name), score.low)
            yield Sample(SCORE_HIGH, (client.id, score.name), score.high)


def _score_and_parts(client: str, score: Score, total: Metric, points: Metric) -> Iterator[Sample]:
    if score.shown is not None:
        yield Sample(total, (client,), score.shown)
        for part in score.parts:
            yield Sample(points, (client, part.component), score.ratio(part.points))
