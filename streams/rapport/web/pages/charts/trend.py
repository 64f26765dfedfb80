"""Trend of a score: its line over the last weeks, on the scale from 0 to 100, with its target."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapport.language.language import Language
from rapport.web.pages.charts.shapes import Scale, line


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A score over the weeks of which it is known, as lines and as text."""

    weeks: int
    """The weeks before this one, from the first whose score is known."""
    lines: list[str]
    target: float | None
    """The y coordinate of the target; None without one."""
    words: str


def trend(
    values: Iterable[float | None], now: float | None, target: float | None, language: Language
) -> TrendLine | None:
    """Return the trend of a score from its past weeks and its present value.

    None when it is not known now, or was not known before.
    """
    scores = [*values, now]
    known = [index for index, value in enumerate(scores) if value is not None]
    if now is None or len(known) < 2:  # noqa: PLR2004 # a line has two ends
        return None
    scores, scale = scores[known[0] :], Scale(0, 1)
    weeks = len(scores) - 1
    shown = [language.points(value) for value in scores if value is not None]
    if len({*shown}) == 1:
        words = language.text("trend_same", n=weeks)
    else:
        words = language.text("trend_words", n=weeks, first=shown[0], last=shown[-1])
    return TrendLine(
        weeks=weeks,
        lines=line(scores, scale),
        target=None if target is None else scale.down(target),
        words=words,
    )
