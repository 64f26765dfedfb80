"""A verdict on a client, as JSON."""

from typing import Any

from rapport.domain.calendar import dated
from rapport.domain.concerns.verdict import Concern, Figure, Verdict


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return the state, the urgency, the concerns and the good news, in their order."""
    return {
        "state": verdict.state,
        "urgency": float(verdict.urgency),
        "concerns": [concern_json(concern) for concern in verdict.concerns],
        "news": [concern_json(news) for news in verdict.news],
    }


def concern_json(concern: Concern) -> dict[str, Any]:
    """Return a concern with its figures; `next` has the next step by language."""
    return {
        "kind": concern.kind,
        "class": concern.class_,
        "subject": concern.subject or None,
        "since": dated(concern.since).isoformat(),
        "points": float(concern.points),
        "sureness": concern.sureness,
        "recent": concern.recent,
        "fleet": concern.is_shared,
        "figures": {name: _figure(name, value) for name, value in concern.figures.items()},
        "next": next_steps(concern),
    }


def next_steps(_concern: Concern) -> dict[str, str]:
    """Return the next step of a concern by language; the texts are not written yet."""
    return {}


def _figure(name: str, value: Figure) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if name == "since_day" and isinstance(value, int):
        return dated(value).isoformat()
    return value
