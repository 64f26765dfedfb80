"""Reasons of a client: the changes, the events behind each score, and the signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapport.domain.explanation.apportionment import BASE
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.difference import OLDER, PointsChange, difference, largest_rows
from rapport.language.language import Language
from rapport.language.narrative import (
    ORDER,
    describe_change,
    describe_combined,
    has_moved,
    is_stage,
)
from rapport.web.fleet_snapshot import SnapshotPair
from rapport.web.json_views import EVENTS_MAX
from rapport.web.pages.charts import Bar, Scale
from rapport.web.pages.scores import kind_of, points_text

CHANGES_MAX: Final = 8
SIGNALS_MAX: Final = 50
PURCHASES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """The points of one kind of event on one day."""

    label: str
    detail: str
    """The kind of event if it differs from the label, and its day if there is one."""
    points: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class ScoreReasons:
    """The reasons of a score and of its change."""

    name: str
    label: str
    change: str
    causes: list[ReasonRow]
    events: list[ReasonRow]
    events_text: str
    """How many rows are shown, and of how many."""


@dataclass(frozen=True, slots=True)
class ReasonsPage:
    """The page of a client's reasons."""

    day: str
    since: str
    scores: list[ScoreReasons]
    signals: list[tuple[str, str, str, str]]
    purchases: list[tuple[str, str, str, str]]


def reasons_page(pair: SnapshotPair, language: Language) -> ReasonsPage:
    """Return the changes between two snapshots, and the events behind the later one."""
    now = pair.now
    return ReasonsPage(
        day=language.day(now.health.day),
        since=language.day(pair.before.health.day),
        scores=[_score(name, pair, language) for name in ORDER],
        signals=[
            (
                language.text(f"signal_{row.signal}"),
                language.text(f"where_{row.source}"),
                language.day(row.day),
                str(row.times),
            )
            for row in now.signal_days[:SIGNALS_MAX]
        ],
        purchases=[
            (language.day(row.day), row.supplier, row.category, str(row.times))
            for row in now.purchase_rows[:PURCHASES_MAX]
        ],
    )


def _score(name: str, pair: SnapshotPair, language: Language) -> ScoreReasons:
    now, before = pair.now, pair.before
    change = difference(
        before.attributions[name], now.attributions[name], before.health.day, now.health.day
    )
    values = change.ratio(change.before), change.ratio(change.after)
    is_shown = change.sufficient and has_moved(name, *values, language)
    change_text = language.text("too_little")
    if change.sufficient:
        notes = describe_combined(change, language) if is_shown else []
        change_text = " ".join([describe_change(change, language)[0], *notes])
    attribution = now.attributions[name]
    return ScoreReasons(
        name=name,
        label=language.scores[name],
        change=change_text,
        causes=_reason_rows(name, change.top(CHANGES_MAX), change.denominator, language)
        if is_shown
        else [],
        events=_events(attribution, language) if attribution.score.sufficient else [],
        events_text=_count(len(attribution.rows), language),
    )


def _count(rows: int, language: Language) -> str:
    if rows > EVENTS_MAX:
        return language.text("events", count=EVENTS_MAX, rows=rows)
    return language.text("events_all", n=rows)


def _events(attribution: ScoreAttribution, language: Language) -> list[ReasonRow]:
    score, rows = attribution.score, largest_rows(attribution, EVENTS_MAX)
    return _reason_rows(score.name, rows, score.denominator, language)


def _reason_rows(
    score: str, rows: Sequence[PointsChange], denominator: int, language: Language
) -> list[ReasonRow]:
    widest = max((abs(row.points) for row in rows), default=0) / denominator
    scale = Scale(-widest, widest)
    reasons = []
    for row in rows:
        points = row.points / denominator
        label, detail = _labels(score, row, language)
        bar = scale.bar(kind_of(points, score), 0, points)
        reasons.append(ReasonRow(label, detail, points_text(points, score, language), bar))
    return reasons


def _labels(score: str, row: PointsChange, language: Language) -> tuple[str, str]:
    if is_stage(score, row.component):
        return language.text("the_stage"), ""
    kind, label = language.kinds[row.kind], language.component(row.component)
    day = "" if row.kind in (BASE, OLDER) or row.day is None else language.day(row.day)
    if day and language.is_said_by_kind(row.component):
        return language.reason(row.component, row.kind), day
    if row.kind == row.component:
        label = kind
    return label, " · ".join(text for text in ("" if label.endswith(kind) else kind, day) if text)
