"""Silences of the alerts on acknowledged concerns: which there should be, and what is to change.

A silence matches one alert of one client exactly. It holds no text that people wrote.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from rapport.domain.calendar import Calendar
from rapport.domain.concerns.verdict import Verdict
from rapport.monitoring.alerts.catalogue import ALERT_OF_CONCERN

CREATED_BY: Final = "Rapport"
COMMENT: Final = "Acknowledged in Rapport"
LABELS: Final = frozenset({"job", "client", "alertname"})
CONCERN_OF_ALERT: Final = {alert: kind for kind, alert in ALERT_OF_CONCERN.items()}
"""The name of an alert -> the kind of concern for which it stands."""


class Silenced(NamedTuple):
    """An alert of one client."""

    client: str
    alert: str


class Silence(NamedTuple):
    """A silence of Rapport's own in Alertmanager."""

    id: str
    of: Silenced
    ends: int
    """When it ends; seconds since 1970-01-01 UTC."""


class Change(NamedTuple):
    """What is to be done in Alertmanager."""

    create: dict[Silenced, int]
    """The alert -> when its silence ends."""
    expire: list[str]
    """Ids of silences."""


def wanted_silences(
    verdicts: Mapping[str, Verdict], calendar: Calendar
) -> Iterator[tuple[Silenced, int]]:
    """Yield the alerts whose whole concern is acknowledged, and the end of the last day of it."""
    for client, verdict in verdicts.items():
        for kind in verdict.points_by_kind:
            ends = [one.acknowledged_until for one in verdict.concerns if one.kind == kind]
            known = [last for last in ends if last is not None]
            if len(known) == len(ends):
                end = int(calendar.start_of(min(known) + 1))
                yield Silenced(client, ALERT_OF_CONCERN[kind]), end


def own_silences(answer: Iterable[Any], job: str) -> Iterator[Silence]:
    """Yield those of Alertmanager's silences that Rapport made for a job and that still hold.

    Any other silence is left alone, also of the same alert.
    """
    for one in answer:
        labels = {matcher["name"]: matcher["value"] for matcher in one["matchers"]}
        is_plain = all(_is_equality(matcher) for matcher in one["matchers"])
        if (
            one["createdBy"] == CREATED_BY
            and one["status"]["state"] != "expired"
            and is_plain
            and labels.keys() == LABELS
            and labels["job"] == job
        ):
            ends = int(datetime.fromisoformat(one["endsAt"]).timestamp())
            yield Silence(one["id"], Silenced(labels["client"], labels["alertname"]), ends)


def _is_equality(matcher: Mapping[str, Any]) -> bool:
    return not matcher["isRegex"] and bool(matcher.get("isEqual", True))


def change_of(
    wanted: Mapping[Silenced, int], present: Iterable[Silence], clients: Collection[str]
) -> Change:
    """Return what makes the silences of some clients those that are wanted; others stay."""
    kept: set[Silenced] = set()
    expire = []
    for silence in present:
        if silence.of in kept or wanted.get(silence.of) != silence.ends:
            if silence.of.client in clients:
                expire.append(silence.id)
        else:
            kept.add(silence.of)
    return Change({one: end for one, end in wanted.items() if one not in kept}, expire)


def silence_json(of: Silenced, job: str, starts: int, ends: int) -> dict[str, Any]:
    """Return a silence as Alertmanager's interface takes it."""
    labels = {"job": job, "client": of.client, "alertname": of.alert}
    return {
        "matchers": [
            {"name": name, "value": value, "isRegex": False, "isEqual": True}
            for name, value in labels.items()
        ],
        "startsAt": _text(starts),
        "endsAt": _text(ends),
        "createdBy": CREATED_BY,
        "comment": COMMENT,
    }


def _text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
