"""Text of a change: one sentence with numbers for an announcement, in each language."""

from collections.abc import Callable, Sequence
from typing import Final

from rapport.domain.calendar import UNIX_EPOCH
from rapport.domain.explanation.apportionment import BASE
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.change_attribution import (
    AnnouncedScore,
    combined_components,
    sufficient_value,
)
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.scoring.score import Score
from rapport.domain.scoring.small_groups import COMBINED
from rapport.language.language import Language, find_language
from rapport.language.narrative import (
    SHOWN_PARTS,
    describe_move,
    describe_not_separate,
    describe_purchases,
    describe_score,
    describe_value,
    has_moved,
    is_stage,
)
from rapport_schemas.health import REASON_CHARACTERS_MAX, REST, Attribution, Reason

ANNOUNCED: Final = ("en", "nl")
"""The languages of announcements, which their contract names."""


def change_reason(
    before: AnnouncedScore | None, now: ScoreAttribution, parts: Sequence[Attribution]
) -> Reason:
    """Return the reason of a changed score, and which components too few people moved."""
    has_combined = any(part.component == COMBINED for part in parts)
    components = combined_components(before, now) if has_combined else []

    def words(language: Language) -> str:
        notes = describe_not_separate(components, now.minimum_people, language)
        return " ".join((_change(before, now.score, parts, language), *notes))

    return _reason(words)


def purchase_state_reason(purchases: PurchaseHealth) -> Reason:
    """Return the reason of a changed state of outside purchases."""
    return _reason(lambda language: describe_purchases(purchases, (), language)[0])


def stage_reason(score: Score, stage: int) -> Reason:
    """Return the reason of a changed stage: the stage, or the missing inputs."""
    if not score.sufficient:
        return _reason(lambda language: describe_score(score, language)[0])
    return _reason(lambda language: language.text("stage_is", stage=language.stages[stage - 1]))


def _reason(sentence: Callable[[Language], str]) -> Reason:
    texts = {code: sentence(find_language(code))[:REASON_CHARACTERS_MAX] for code in ANNOUNCED}
    return Reason(**texts)


def _change(
    before: AnnouncedScore | None, score: Score, parts: Sequence[Attribution], language: Language
) -> str:
    now = sufficient_value(score)
    if now is None:
        return describe_score(score, language)[0]
    name = language.scores[score.name]
    told = [part for part in parts if part.points.value or part.component != BASE]
    listed = "; ".join(_part(score.name, part, language) for part in told[:SHOWN_PARTS])
    if before is None or before.value is None:
        value = describe_value(score.name, float(now), language)
        return f"{value} {listed}." if listed else value
    values = float(before.value), float(now)
    change = describe_move(score.name, before.day, *values, language)
    if not has_moved(score.name, *values, language):
        return f"{name}. {change}"
    return f"{name}. {change} {listed}."


def _part(score: str, part: Attribution, language: Language) -> str:
    points = language.on_scale(score, part.points.value, signed=True)
    if part.kind == REST:
        return language.text("change_rest", points=points, kind=language.kinds[REST])
    if is_stage(score, part.component):
        return language.text("change_rest", points=points, kind=language.text("the_stage"))
    label = language.reason(part.component, part.kind)
    if part.day is None:
        return language.text("change_rest", points=points, kind=label)
    day = language.day((part.day - UNIX_EPOCH).days)
    return language.text("change", points=points, kind=label, day=day)
