"""A verdict on a client, as JSON."""

from collections.abc import Mapping
from typing import Any

from rapport.domain.calendar import dated
from rapport.domain.concerns.verdict import Concern, Figure, Verdict
from rapport.language.change_text import ANNOUNCED
from rapport.language.concerns import describe_concern
from rapport.language.language import find_language


def verdict_json(verdict: Verdict, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the state, the urgency, the concerns and the good news, in their order.

    `names` are the clients' names by id, for a concern that names another client.
    """
    return {
        "state": verdict.state,
        "urgency": float(verdict.urgency),
        "concerns": [concern_json(concern, names) for concern in verdict.concerns],
        "news": [concern_json(news, names) for news in verdict.news],
    }


def concern_json(concern: Concern, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a concern with its figures, and its sentence and next step in each language."""
    texts = {code: describe_concern(concern, names, find_language(code)) for code in ANNOUNCED}
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
        "text": {code: sentence for code, (sentence, _) in texts.items()},
        "next": {code: step for code, (_, step) in texts.items()},
    }


def _figure(name: str, value: Figure) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if name in {"since_day", "until_day"} and isinstance(value, int):
        return dated(value).isoformat()
    return value
