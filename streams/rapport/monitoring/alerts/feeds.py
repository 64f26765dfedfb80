"""Alerts on silence: of a source (its feed is broken), or of one client while the feed flows."""

from typing import Final

from rapport.domain.calendar import DAY_SECONDS
from rapport.monitoring.alerts.alert import (
    Alert,
    Case,
    PipelineAlert,
    Runbook,
    Slot,
    Text,
    per_client,
)
from rapport.monitoring.alerts.cases import (
    CLIENT_LABELS,
    client_series,
    plain_series,
    with_near_misses,
)
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
SOURCE_BROKEN: Final = PipelineAlert(
    name="RapportSourceBroken",
    expr=f'max by (source) ({feeds.SOURCE_STATE}{{state="broken"}}) == 1',
    for_="1h",
    keep_firing_for="15m",
    by=("source",),
    summary=Text(en="Nothing comes from {source}", nl="Er komt niets uit {source}"),
    description=Text(
        en=(
            "{source} is silent for {silence} days; its own rhythm explains {usual}. The scores that read it say so, their "
            "confidence is lower, and alerts that rest on it are held back."
        ),
        nl=(
            "{source} zwijgt al {silence} dagen; het eigen ritme verklaart er {usual}. De scores die eruit lezen zeggen dat, hun "
            "zekerheid is lager, en waarschuwingen die erop rusten worden ingehouden."
        ),
    ),
    slots={
        "silence": Slot(feeds.SOURCE_SILENCE, "%.0f", f"1 / {DAY_SECONDS} *"),
        "usual": Slot(feeds.SOURCE_USUAL_SILENCE, "%.0f", f"1 / {DAY_SECONDS} *"),
    },
    runbook=Runbook(
        meaning=(
            "No client has an event from this source, for longer than its own weekends, holidays and gaps of the past explain. The "
            "feed fails, not the clients."
        ),
        check=(
            "Does the publisher run, and what does its log say? Do its events go to the dead letters? Did the source itself stop for "
            "a while, by a holiday that it never had before?"
        ),
        act="Repair the feed, and publish the missed events with their own times: late events count like timely ones.",
        who="Operations, with the team of the source.",
    ),
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
        ),
        *plain_series((feeds.SOURCE_STATE, 'source="surveys",state="flowing"', 1)),
    ),
    at="30h",
    labels=(CLIENT_LABELS[0], ("source", "surveys"), *CLIENT_LABELS[1:]),
    slot_texts={"silence": "40"},
)
CLIENT_SILENT: Final = Alert(
    name="RapportClientSilent",
    expr=per_client(
        f"{feeds.CLIENT_SOURCE_SILENT} == 1 "
        f'and on (source) {feeds.SOURCE_STATE}{{state="flowing"}} == 1',
        "source",
    ),
    for_="1d",
    by=("client", "source"),
    summary=Text(
        en="{name} is silent in {source}", nl="{name} laat niets van zich horen in {source}"
    ),
    description=Text(
        en=(
            "Nothing of {name} came in {source} for {silence} days, longer than its own rhythm explains, while the feed flows for "
            "others."
        ),
        nl=(
            "Van {name} kwam al {silence} dagen niets in {source}, langer dan het eigen ritme verklaart, terwijl de bron voor "
            "anderen wel stroomt."
        ),
    ),
    slots={"silence": Slot(feeds.CLIENT_SOURCE_SILENCE, "%.0f", f"1 / {DAY_SECONDS} *")},
    runbook=Runbook(
        meaning="The client itself is silent: others have events from this source, so its feed is not broken.",
        check=(
            "Tickets: does it ask IT nothing any more, or ask elsewhere? Surveys: does it no longer answer? Relationship: did "
            "nobody of IT meet it, or not record that? Was it renamed or merged, so that events go to another name?"
        ),
        act="Call the client. Silence is no satisfaction: ask what it does without IT now.",
    ),
    cases=with_near_misses(
        _SILENT,
        ("a client within its own rhythm stays silent", feeds.CLIENT_SOURCE_SILENT, 0),
        ("a feed that is broken is no silence of the client", feeds.SOURCE_STATE, 0),
    ),
)
