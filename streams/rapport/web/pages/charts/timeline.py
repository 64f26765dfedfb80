"""Timeline of a client page: scores and outside purchases of a year, over one axis of months."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from rapport.domain.calendar import (
    EPOCH_WEEKDAY_SHIFT_DAYS,
    dated,
    day_number,
    last_day_of,
    week_of,
)
from rapport.domain.concerns import Concern
from rapport.domain.procurement.windows import PurchaseWeek, purchase_weeks
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.language.language import Language
from rapport.web.desk_view import Note
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient
from rapport.web.pages.charts.shapes import (
    WIDTH,
    Scale,
    Tick,
    VerticalBar,
    line,
    steps,
    tick_values,
    vertical_bars,
)

WEEKS: Final = 53
"""A year of closed weeks and the current one."""
WEEK_DAYS: Final = 7
LABEL_DAYS: Final = 14
"""A month with fewer days on the axis has no room for its label."""
POINTS: Final = (0, 50, 100)
MARK_DAYS: Final = 14
"""Marks of fewer days apart would cover each other; they are one mark, on the first day."""
GRAVEST_FIRST: Final = ("act", "watch", "news")
LINES: Final = ("trust", "engagement")
"""The scores that are drawn as lines."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One score over the weeks."""

    name: str
    label: str
    runs: list[str]


@dataclass(frozen=True, slots=True)
class PurchasesChart:
    """Observed and expected purchases and the alert threshold, week by week."""

    ticks: list[Tick]
    bars: list[VerticalBar]
    expected: str
    alert_threshold: str
    rows: list[tuple[str, str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Mark:
    """The day on which a concern or good news began, or several within a fortnight."""

    at: float
    kind: str
    """The class of the gravest of them."""


class NoteLine(NamedTuple):
    """A note on the timeline: where it stands, and its day and text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known of a client over a year."""

    first: str
    last: str
    months: list[Tick]
    points: list[Tick]
    target: float
    lines: list[ScoreLine]
    purchases: PurchasesChart | None
    marks: list[Mark]

    @property
    def is_known(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.lines) or self.purchases is not None


def timeline(
    scored: ScoredClient,
    concerns: Iterable[Concern],
    snapshot: FleetSnapshot,
    language: Language,
) -> Timeline:
    """Return the timeline of a client."""
    health = scored.health
    first_day = _monday(week_of(health.day) - WEEKS + 1)
    scale = Scale(0, 1)
    return Timeline(
        first=language.day(first_day),
        last=language.day(health.day),
        months=list(month_ticks(first_day, WEEKS, language)),
        points=[Tick(scale.down(points / 100), str(points)) for points in POINTS],
        target=scale.down(float(snapshot.policy.compare.targets.trust)),
        lines=list(_lines(health, scale, language)),
        purchases=_purchases(scored, snapshot, language),
        marks=list(_marks(concerns, first_day)),
    )


def note_lines(notes: Iterable[Note], today: int, language: Language) -> list[NoteLine]:
    """Return where the notes of a year stand on the timeline, the earliest first."""
    first_day = _monday(week_of(today) - WEEKS + 1)
    shown = sorted(one for one in notes if first_day <= one.day <= today)
    return [
        NoteLine(_at(one.day, first_day), f"{language.day(one.day)}: {one.text}") for one in shown
    ]


def month_ticks(first_day: int, weeks: int, language: Language) -> Iterator[Tick]:
    """Yield the first day of each month; January is labelled with its year."""
    start, days = dated(first_day), weeks * WEEK_DAYS
    month = start.year * 12 + start.month - (start.day == 1)
    while True:
        year, index = divmod(month, 12)
        age = day_number(date(year, index + 1, 1)) - first_day
        if age >= days:
            return
        label = language.month(index + 1) if index else str(year)
        has_room = days - age >= LABEL_DAYS
        yield Tick(round(age / days * WIDTH, 2), label if has_room else "", index % 3 != 0)
        month += 1


def _marks(concerns: Iterable[Concern], first_day: int) -> Iterator[Mark]:
    began: dict[int, list[str]] = {}
    for concern in sorted(concerns, key=lambda one: one.since):
        if concern.since >= first_day and concern.class_ != "chore":
            last = next(reversed(began), concern.since)
            day = last if concern.since - last < MARK_DAYS else concern.since
            began.setdefault(day, []).append(concern.class_)
    for day, classes in began.items():
        yield Mark(_at(day, first_day), min(classes, key=GRAVEST_FIRST.index))


def _at(day: int, first_day: int) -> float:
    """Return where the middle of a day is on the axis."""
    return round((day - first_day + 0.5) / (WEEKS * WEEK_DAYS) * WIDTH, 2)


def _lines(health: ClientHealth, scale: Scale, language: Language) -> Iterator[ScoreLine]:
    for name in LINES:
        runs = line(_year(health, name), scale)
        if runs:
            yield ScoreLine(name, language.scores[name], runs)


def _year(health: ClientHealth, name: str) -> list[float | None]:
    """Return a score at the ends of the closed weeks of a year, and now."""
    past = [getattr(week, name) for week in health.weeks[1 - WEEKS :]]
    missing: list[float | None] = [None] * (WEEKS - 1 - len(past))
    return [*missing, *past, getattr(health, name).shown]


def _purchases(
    scored: ScoredClient, snapshot: FleetSnapshot, language: Language
) -> PurchasesChart | None:
    own, context = snapshot.inputs.get(scored.client.id), snapshot.context
    if own is None or context is None or own.purchases.first_day is None:
        return None
    policy = snapshot.policy.purchases
    bought = own.purchases
    weeks = purchase_weeks(bought.weekly, bought.first_day, policy, context.baseline, WEEKS - 1)
    return _chart(weeks, language) if any(week.is_judged for week in weeks) else None


def _chart(weeks: Sequence[PurchaseWeek], language: Language) -> PurchasesChart:
    ticks = tick_values(max(max(w.observed, w.expected, w.alert_threshold) for w in weeks))
    scale = Scale(0, ticks[-1])
    return PurchasesChart(
        ticks=[Tick(scale.down(value), str(value)) for value in ticks],
        # The running week has a column and no bar: its purchases count once it is closed.
        bars=vertical_bars(
            [*(week.observed for week in weeks), 0],
            [*("over" if week.is_alert else "under" for week in weeks), "under"],
            scale,
        ),
        expected=steps([week.expected for week in weeks], scale, WEEKS),
        alert_threshold=steps([week.alert_threshold for week in weeks], scale, WEEKS),
        rows=[_row(week, language) for week in reversed(weeks)],
    )


def _monday(week: int) -> int:
    return week * WEEK_DAYS - EPOCH_WEEKDAY_SHIFT_DAYS


def _row(week: PurchaseWeek, language: Language) -> tuple[str, str, str, str, str]:
    state = ""
    if not week.is_judged:
        state = language.text("not_known_yet")
    elif week.is_alert:
        state = language.text("observed_over")
    expected, threshold = language.number(week.expected), str(week.alert_threshold)
    return language.day(last_day_of(week.week)), str(week.observed), expected, threshold, state
