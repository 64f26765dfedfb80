"""Announcements: what is published of a changed score or state, with its reason in sentences."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from rapport.domain.calendar import dated
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.change_attribution import (
    FIGURES,
    AnnouncedScore,
    baseline_of,
    change_attribution,
    evidence,
    sufficient_value,
)
from rapport.domain.explanation.change_events import (
    CONCERNS,
    VERDICT,
    LastAnnounced,
    Shown,
    shown_values,
)
from rapport.domain.explanation.client_snapshot import ClientSnapshot
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.language.change_text import change_reason, purchase_state_reason, stage_reason
from rapport.language.verdict_announcements import verdict_announcement
from rapport_schemas.exact_numbers import FigureValue, ScoreValue
from rapport_schemas.health import Evidence, FigureChanged, Reason, ScoreChanged, StateChanged

NO_NAMES: Final[Mapping[str, str]] = MappingProxyType({})


def score_announcement(
    attribution: ScoreAttribution, before: AnnouncedScore | None, health: ClientHealth
) -> ScoreChanged | FigureChanged | None:
    """Return the announcement of a score; None when it equals the announced value exactly."""
    score, policy = attribution.score, health.policy_hash
    old, new = before.value if before else None, sufficient_value(score)
    if old == new:
        return None
    model, value = (
        (FigureChanged, FigureValue) if score.name in FIGURES else (ScoreChanged, ScoreValue)
    )
    parts = change_attribution(before, attribution, policy)
    return model(
        client=health.client,
        score=score.name,
        day=dated(health.day),
        old=_model_value(value, old),
        new=_model_value(value, new),
        baseline=_model_value(value, baseline_of(score)),
        confidence=score.confidence,
        policy=policy,
        attribution=parts,
        evidence=evidence(attribution.rows),
        reason=change_reason(before, attribution, parts),
        follows=before.id if before else None,
    )


def state_announcement(
    name: str,
    last: LastAnnounced | None,
    snapshot: ClientSnapshot,
    names: Mapping[str, str] = NO_NAMES,
) -> StateChanged:
    """Return the announcement of a state; `names` are the clients' names by id."""
    health = snapshot.health
    now = shown_values(health)[name]
    if name == VERDICT or name in CONCERNS:
        return verdict_announcement(name, last, health, names)
    confidence, rows, reason = _state_details(name, snapshot)
    return StateChanged(
        client=health.client,
        state=name.removeprefix("state."),
        day=dated(health.day),
        old=_text(last.shown) if last else None,
        new=_text(now),
        confidence=confidence,
        policy=health.policy_hash,
        evidence=rows,
        reason=reason,
        follows=last.id if last else None,
    )


def _state_details(name: str, snapshot: ClientSnapshot) -> tuple[float, list[Evidence], Reason]:
    health = snapshot.health
    if name == "state.maturity":
        score, rows = health.maturity.score, snapshot.attributions["engagement"].rows
        return score.confidence, evidence(rows), stage_reason(score, health.maturity.stage)
    reason = purchase_state_reason(health.purchases)
    return health.purchases.confidence, _purchase_evidence(snapshot), reason


def _purchase_evidence(snapshot: ClientSnapshot) -> list[Evidence]:
    days = [dated(row.day) for row in snapshot.purchase_rows]
    if not days:
        return []
    times = sum(row.times for row in snapshot.purchase_rows)
    return [Evidence(kind="purchase", events=times, first_day=min(days), last_day=max(days))]


def _text(shown: Shown) -> str | None:
    return None if shown is None else str(shown)


def _model_value(kind: type[ScoreValue | FigureValue], number: Fraction | None) -> Any:
    return None if number is None else kind.of(number)
