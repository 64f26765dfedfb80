"""A verdict on a client, and what most clients have in common, as JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from rapport.domain.calendar import dated
from rapport.domain.concerns.verdict import Concern, Figure, Verdict
from rapport.domain.verdicts.shared import SharedConcern
from rapport.language.codes import language_codes
from rapport.language.concerns import describe_concern, describe_shared_concern
from rapport.language.language import Language, find_language


def verdict_json(verdict: Verdict, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the state, the urgency, the concerns and the good news, in their order.

    Sentences and next steps are in every language. `names` are the clients' names by id, for a
    concern that names another client.
    """
    languages = [find_language(code) for code in language_codes()]
    return {
        "state": verdict.state,
        "urgency": float(verdict.urgency),
        "acknowledged": verdict.is_acknowledged,
        "concerns": [_concern_json(concern, names, languages) for concern in verdict.concerns],
        "news": [_concern_json(news, names, languages) for news in verdict.news],
    }


def shared_concern_json(shared: SharedConcern, language: Language) -> dict[str, Any]:
    """Return what most clients have in common, with its sentence."""
    return {**shared._asdict(), "text": describe_shared_concern(*shared, language)}


def _concern_json(
    concern: Concern, names: Mapping[str, str], languages: Iterable[Language]
) -> dict[str, Any]:
    texts = {language.name: describe_concern(concern, names, language) for language in languages}
    return {
        "kind": concern.kind,
        "class": concern.class_,
        "subject": concern.subject or None,
        "since": dated(concern.since).isoformat(),
        "points": float(concern.points),
        "sureness": concern.sureness,
        "recent": concern.recent,
        "fleet": concern.is_shared,
        "acknowledged_until": _iso(concern.acknowledged_until),
        "silenced": concern.is_acknowledged and concern.is_silenced,
        "figures": {name: _figure(name, value) for name, value in concern.figures.items()},
        "text": {code: sentence for code, (sentence, _) in texts.items()},
        "next": {code: step for code, (_, step) in texts.items()},
    }


def _iso(day: int | None) -> str | None:
    return None if day is None else dated(day).isoformat()


def _figure(name: str, value: Figure) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if name in {"since_day", "until_day"} and isinstance(value, int):
        return dated(value).isoformat()
    return value
