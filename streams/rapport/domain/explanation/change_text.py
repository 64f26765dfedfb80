"""A change of a score or a state in one sentence with numbers, for an announcement."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

from rapport.domain.calendar import EPOCH
from rapport.domain.explanation.change_attribution import AnnouncedScore, sufficient_value
from rapport.domain.explanation.language import Language
from rapport.domain.explanation.narrative import LANGUAGES, describe_purchases, describe_score
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.scoring.score import Score
from rapport_schemas.health import REASON_CHARACTERS_MAX, REST, Attribution, Reason

SHOWN_PARTS: Final = 3
STAGES: Final = ("supplier", "partner", "anticipator")


def change_reason(
    before: AnnouncedScore | None, score: Score, parts: Sequence[Attribution]
) -> Reason:
    """Return why a score changed."""
    return _reason(lambda said: _change(before, score, parts, said))


def purchase_state_reason(purchases: PurchaseHealth) -> Reason:
    """Return what outside purchases are held against."""
    return _reason(lambda said: describe_purchases(purchases, (), said)[0])


def stage_reason(score: Score, stage: int) -> Reason:
    """Return which stage it is, or what is missing to say it."""
    if not score.sufficient:
        return _reason(lambda said: describe_score(score, said)[0])
    return _reason(lambda said: said.text("stage_is", stage=said.stages[stage - 1]))


def _reason(sentence: Callable[[Language], str]) -> Reason:
    texts = {name: sentence(said)[:REASON_CHARACTERS_MAX] for name, said in LANGUAGES.items()}
    return Reason(**texts)


def _change(
    before: AnnouncedScore | None, score: Score, parts: Sequence[Attribution], said: Language
) -> str:
    now = sufficient_value(score)
    if now is None:
        return describe_score(score, said)[0]
    name = said.scores[score.name]
    listed = "; ".join(_part(part, said) for part in parts[:SHOWN_PARTS])
    if before is None or before.value is None:
        whole = said.text("score_is", score=name, value=said.points(float(now)))
        return f"{whole} {listed}."
    step = now - before.value
    moved = said.text(
        "rose" if step > 0 else "fell",
        points=_points(abs(step), said),
        day=said.day(before.day),
        before=_points(before.value, said),
        after=_points(now, said),
    )
    return f"{name}. {moved} {listed}."


def _points(number: Fraction, said: Language) -> str:
    return said.points(float(number))


def _part(part: Attribution, said: Language) -> str:
    points = said.points(part.points.value, signed=True)
    if part.kind == REST:
        return said.text("change_rest", points=points, kind=said.kinds[REST])
    label = said.reason(part.component, part.kind)
    if part.day is None:
        return said.text("change_rest", points=points, kind=label)
    day = said.day((part.day - EPOCH).days)
    return said.text("change", points=points, kind=label, day=day)
