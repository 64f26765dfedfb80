"""Alerts on silence: of a source (its feed is broken), or of one client while the feed flows."""

from typing import Final

from rapport.domain.calendar import DAY_SECONDS
from rapport.monitoring.alerts.alert import (
    Case,
    ConcernAlert,
    PipelineAlert,
    Slot,
    per_client,
    unshared,
)
from rapport.monitoring.alerts.cases import (
    CLIENT_LABELS,
    client_series,
    plain_series,
    with_near_misses,
)
from rapport.monitoring.metrics import concerns, feeds

_BROKEN: Final = Case(
    name="a source that is silent beyond its rhythm fires, with both numbers",
    series=plain_series(
        (feeds.SOURCE_STATE, 'source="tickets",state="broken"', 1),
        (feeds.SOURCE_SILENCE, 'source="tickets"', 6 * DAY_SECONDS),
        (feeds.SOURCE_USUAL_SILENCE, 'source="tickets"', 3 * DAY_SECONDS),
    ),
    labels=(("source", "tickets"),),
    slot_texts={"silence": "6", "usual": "3"},
)
FEED_BROKEN: Final = PipelineAlert(
    name="RapportFeedBroken",
    expr=f'max by (source) ({feeds.SOURCE_STATE}{{state="broken"}}) == 1',
    for_="1h",
    keep_firing_for="15m",
    by=("source",),
    slots={
        "silence": Slot(feeds.SOURCE_SILENCE, "%.0f", f"1 / {DAY_SECONDS} *"),
        "usual": Slot(feeds.SOURCE_USUAL_SILENCE, "%.0f", f"1 / {DAY_SECONDS} *"),
    },
    cases=with_near_misses(
        _BROKEN,
        ("a weekend stays silent", feeds.SOURCE_STATE, 0),
        ("a feed that is repaired within the hour is silent", feeds.SOURCE_STATE, "1x5 0x200"),
    ),
)
_SILENT: Final = Case(
    name="a client that is silent while the feed flows fires",
    series=(
        *client_series(
            (feeds.CLIENT_SOURCE_SILENT, 'source="surveys"', 1),
            (feeds.CLIENT_SOURCE_SILENCE, 'source="surveys"', 40 * DAY_SECONDS),
            (concerns.CONCERN_POINTS, 'concern="silent"', 15),
        ),
        *plain_series((feeds.SOURCE_STATE, 'source="surveys",state="flowing"', 1)),
    ),
    labels=(CLIENT_LABELS[0], ("source", "surveys"), *CLIENT_LABELS[1:]),
    slot_texts={"silence": "40"},
)
CLIENT_SILENT: Final = ConcernAlert(
    name="RapportClientSilent",
    expr=per_client(
        f"{feeds.CLIENT_SOURCE_SILENT} == 1 and on (client) {unshared('silent')} "
        f'and on (source) {feeds.SOURCE_STATE}{{state="flowing"}} == 1',
        "source",
    ),
    by=("client", "source"),
    slots={"silence": Slot(feeds.CLIENT_SOURCE_SILENCE, "%.0f", f"1 / {DAY_SECONDS} *")},
    cases=with_near_misses(
        _SILENT,
        ("a client within its own rhythm stays silent", feeds.CLIENT_SOURCE_SILENT, 0),
        ("a silence of most clients stays silent", concerns.CONCERN_POINTS, 0),
        ("a feed that is broken is no silence of the client", feeds.SOURCE_STATE, 0),
    ),
)
