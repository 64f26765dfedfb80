"""The second part of a client's page: what changed, the events behind each score, the signals."""

from dataclasses import dataclass
from typing import Final

from rapport.domain.explanation.apportionment import BASE
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.difference import OLDER, REST, Change, Difference, difference
from rapport.domain.explanation.language import Language
from rapport.domain.explanation.narrative import describe_change
from rapport.web.fleet_snapshot import SnapshotPair
from rapport.web.pages.charts import Bar, Scale
from rapport.web.pages.client import ORDER

CHANGES_MAX: Final = 8
EVENTS_MAX: Final = 60
"""Rows of a score that are shown; the others are added up in one more."""
HEARD_MAX: Final = 50
BOUGHT_MAX: Final = 100
STEADY: Final = 5e-4
"""A change below a twentieth of a point is none."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Points that come from one kind of event on a day."""

    what: str
    detail: str
    """The kind of event where it says more, and its day where there is one."""
    points: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class ScoreReasons:
    """Why a score is what it is, and what changed it."""

    name: str
    label: str
    change: str
    causes: list[Cause]
    events: list[Cause]
    rows: int


@dataclass(frozen=True, slots=True)
class ReasonsPage:
    """The second part of a client's page."""

    since: str
    scores: list[ScoreReasons]
    heard: list[tuple[str, str, str, str]]
    bought: list[tuple[str, str, str, str]]


def reasons_page(pair: SnapshotPair, language: Language) -> ReasonsPage:
    """Return what changed between two moments, and what the later one is made of."""
    now = pair.now
    return ReasonsPage(
        since=language.day(pair.before.health.day),
        scores=[_score(name, pair, language) for name in ORDER],
        heard=[
            (
                language.text(f"signal_{row.signal}"),
                language.text(f"where_{row.source}"),
                language.day(row.day),
                str(row.times),
            )
            for row in now.heard[:HEARD_MAX]
        ],
        bought=[
            (language.day(row.day), row.supplier, row.category, str(row.times))
            for row in now.bought[:BOUGHT_MAX]
        ],
    )


def _score(name: str, pair: SnapshotPair, language: Language) -> ScoreReasons:
    now, before = pair.now, pair.before
    change = difference(
        before.attributions[name], now.attributions[name], before.health.day, now.health.day
    )
    moved = change.sufficient and abs(change.ratio(change.points)) >= STEADY
    told = (
        describe_change(change, language)[0] if change.sufficient else language.text("too_little")
    )
    found = now.attributions[name]
    return ScoreReasons(
        name=name,
        label=language.scores[name],
        change=told,
        causes=_causes(change, language) if moved else [],
        events=_events(found, language) if found.score.sufficient else [],
        rows=len(found.rows),
    )


def _causes(change: Difference, language: Language) -> list[Cause]:
    return _told(list(change.top(CHANGES_MAX)), change.denominator, language)


def _events(found: ScoreAttribution, language: Language) -> list[Cause]:
    """Return the rows of a score, the greatest first; they add up to it."""
    rows = sorted(found.rows, key=lambda row: (-abs(row.points), row.component, -(row.day or 0)))
    told = [Change(row.component, row.kind, row.day, 0, row.points) for row in rows[:EVENTS_MAX]]
    left = rows[EVENTS_MAX:]
    if left:
        told.append(Change(REST, REST, None, 0, sum(row.points for row in left)))
    return _told(told, found.score.denominator, language)


def _told(rows: list[Change], denominator: int, language: Language) -> list[Cause]:
    widest = max((abs(row.points) for row in rows), default=0) / denominator
    scale = Scale(-widest, widest)
    return [_cause(row, row.points / denominator, scale, language) for row in rows]


def _cause(row: Change, points: float, scale: Scale, language: Language) -> Cause:
    kind, what = language.kinds[row.kind], language.component(row.component)
    if row.kind == row.component:
        what = kind
    day = "" if row.kind in (BASE, OLDER) or row.day is None else language.day(row.day)
    return Cause(
        what=what,
        detail=" · ".join(told for told in ("" if kind == what else kind, day) if told),
        points=language.points(points, signed=True),
        bar=scale.bar("up" if points >= 0 else "down", 0, points),
    )
