"""Recording rules that hold the last judgement of each client while no worker shows it.

A concern's series ends when the concern ends, and also when its worker restarts, moves the client
or is away. The rules tell the two apart: a concern is on while a worker shows it, and, while no
worker shows the client, when it was on at the client's last sample. It is held for three days at
most, and not when every registered client is shown, for then this one was removed.
"""

from typing import Final, NamedTuple

from rapport.monitoring.metrics.concerns import CONCERN_POINTS, NEWS
from rapport.monitoring.metrics.pipeline import CLIENTS
from rapport.monitoring.metrics.scores import CLIENT_INFO

HELD_SECONDS: Final = 3 * 86_400
_MEMORY: Final = "1h"
"""How long Prometheus itself may be away, at the same time as the worker."""
_APART_SECONDS: Final = 150
"""How far apart two workers that show a client are scraped at most."""
CLIENT_SEEN: Final = "rapport:client_seen:timestamp_seconds"
CONCERN_SEEN: Final = "rapport:client_concern_seen:timestamp_seconds"
CONCERN: Final = "rapport:client_concern:points"


class Record(NamedTuple):
    """A recording rule."""

    name: str
    expr: str


def _remembered(record: str) -> str:
    return f"last_over_time({record}[{_MEMORY}])"


def _as_concern(news: str) -> str:
    return f'label_replace({news}, "concern", "$1", "news", "(.+)")'


_EVERY_CLIENT_IS_SHOWN: Final = (
    f"(count by () (count by (client) ({CLIENT_INFO})) >= max by () ({CLIENTS}))"
)
_ENDED_UNSEEN: Final = (
    f"({CONCERN_SEEN} + {_APART_SECONDS} < on (client) group_left () {CLIENT_SEEN})"
)
"""Where a concern ended while Prometheus was away, nothing marks the end of its series: it is shown
for as long as Prometheus looks back, which is a day where it has a past that was loaded."""
RECORDS: Final = (
    Record(
        CLIENT_SEEN,
        # Of a client that was given another name or owner, the newest counts.
        f"topk by (client) (1, max by (client, name, owner) (timestamp({CLIENT_INFO})) "
        f"or ({_remembered(CLIENT_SEEN)} > time() - {HELD_SECONDS} "
        f"unless on () {_EVERY_CLIENT_IS_SHOWN}))",
    ),
    Record(
        CONCERN_SEEN,
        f"max by (client, concern) (timestamp({CONCERN_POINTS})) "
        f"or max by (client, concern) ({_as_concern(f'timestamp({NEWS})')}) "
        f"or {_remembered(CONCERN_SEEN)} > time() - {HELD_SECONDS}",
    ),
    Record(
        CONCERN,
        f"(max by (client, concern) ({CONCERN_POINTS}) "
        f"or max by (client, concern) ({_as_concern(str(NEWS))})) "
        f"unless on (client, concern) {_ENDED_UNSEEN} "
        f"or ({_remembered(CONCERN)} and on (client, concern) "
        f"({CONCERN_SEEN} >= on (client) group_left () {CLIENT_SEEN}))",
    ),
)
"""In the order in which they need each other."""
