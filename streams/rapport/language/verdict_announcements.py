"""Announcements of the verdict: a client's state, and each concern that begins or ends."""

from collections.abc import Callable, Iterator, Mapping

from rapport.domain.calendar import dated
from rapport.domain.concerns.verdict import Concern
from rapport.domain.explanation.change_events import (
    CONCERNS,
    VERDICT,
    LastAnnounced,
    shown_values,
)
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.language.change_text import ANNOUNCED
from rapport.language.concerns import describe_concern
from rapport.language.language import Language, find_language
from rapport_schemas.health import ConcernOn, Reason, StateChanged


def verdict_announcement(
    name: str, last: LastAnnounced | None, health: ClientHealth, names: Mapping[str, str]
) -> StateChanged:
    """Return the announcement of the state of a client, or of a concern that began or ended."""
    verdict = health.verdict
    on = [
        one
        for one in (*verdict.concerns, *verdict.news)
        if name == VERDICT or one.kind == CONCERNS[name]
    ]
    other_policy = last is not None and last.policy not in {None, health.policy_hash}
    return StateChanged(
        client=health.client,
        state=name.removeprefix("state."),
        day=dated(health.day),
        old=None if last is None else str(last.shown),
        new=str(shown_values(health)[name]),
        confidence=max((one.sureness for one in on), default=1.0),
        policy=health.policy_hash,
        evidence=[],
        reason=_reason(
            lambda language: _words(name, on, health, names, language), other_policy=other_policy
        ),
        follows=last.id if last else None,
        urgency=float(verdict.urgency) if name == VERDICT else None,
        concerns=[_concern(one, names) for one in on] or None,
    )


def _reason(words: Callable[[Language], str], *, other_policy: bool) -> Reason:
    """Return a reason, with a note when the policy changed since the last announcement."""
    texts = {}
    for code in ANNOUNCED:
        language = find_language(code)
        policy = f" ({language.kinds['policy']})" if other_policy else ""
        texts[code] = words(language) + policy
    return Reason(**texts)


def _words(
    name: str,
    on: list[Concern],
    health: ClientHealth,
    names: Mapping[str, str],
    language: Language,
) -> str:
    """Return the state and the first concern; or a concern's sentence, or that it ended."""
    first = health.verdict.first if name == VERDICT else next(iter(on), None)
    sentence = describe_concern(first, names, language)[0] if first else ""
    if name == VERDICT:
        state = language.states[health.verdict.state]
        return f"{state}: {sentence}" if sentence else f"{state}."
    return sentence or language.text("resolved", concern=language.concerns[CONCERNS[name]])


def _concern(concern: Concern, names: Mapping[str, str]) -> ConcernOn:
    texts = dict(_texts(concern, names))
    return ConcernOn(
        kind=concern.kind,
        class_=concern.class_,
        subject=concern.subject or None,
        since=dated(concern.since),
        points=float(concern.points),
        sureness=concern.sureness,
        fleet=concern.is_shared,
        text=Reason(**{code: sentence for code, (sentence, _) in texts.items()}),
        next=Reason(**{code: step for code, (_, step) in texts.items()}),
    )


def _texts(concern: Concern, names: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for code in ANNOUNCED:
        yield code, describe_concern(concern, names, find_language(code))
