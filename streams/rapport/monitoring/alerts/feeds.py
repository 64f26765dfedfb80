"""Alerts on silence: of a source (its feed is broken), or of one client while the feed flows."""

from typing import Final

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.ledger.activity import SOURCES
from rapport.monitoring.alerts.alert import Case, ConcernAlert, PipelineAlert, on_concern
from rapport.monitoring.alerts.cases import (
    concern_case,
    plain_series,
    with_near_misses,
    with_silent_concern,
)
from rapport.monitoring.alerts.slots import Slot, since
from rapport.monitoring.metrics import feeds

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
        "silence": Slot(f"max by (source) ({feeds.SOURCE_SILENCE}) / {DAY_SECONDS}"),
        "usual": Slot(f"max by (source) ({feeds.SOURCE_USUAL_SILENCE}) / {DAY_SECONDS}"),
    },
    cases=with_near_misses(
        _BROKEN,
        ("a weekend stays silent", feeds.SOURCE_STATE, 0),
        ("a feed that is repaired within the hour is silent", feeds.SOURCE_STATE, "1x5 0x200"),
    ),
)
CLIENT_SILENT: Final = ConcernAlert(
    name="RapportClientSilent",
    concern="silent",
    expr=on_concern("silent"),
    slots={
        "sources": Slot(
            f"max by (client, source) ({feeds.CLIENT_SOURCE_SILENCE}) / {DAY_SECONDS}",
            each=("source", tuple(SOURCES)),
        ),
        "since": since("silent"),
    },
    cases=with_silent_concern(
        concern_case(
            "a client that is silent while the feeds flow fires, with each source",
            "silent",
            (feeds.CLIENT_SOURCE_SILENCE, 'source="surveys"', 40 * DAY_SECONDS),
            (feeds.CLIENT_SOURCE_SILENCE, 'source="tickets"', 12 * DAY_SECONDS),
            sources="tickets 12, surveys 40",
        ),
    ),
)
