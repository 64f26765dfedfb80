"""The fleet as rows of a page: found by a search, ordered, fifty at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from rapport.domain.comparison.benchmark import TARGETS, gap_of
from rapport.domain.explanation.language import Language
from rapport.domain.explanation.narrative import describe_purchases, describe_score
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Score
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient
from rapport.web.pages.charts import Scale, line

ROWS_MAX: Final = 50
"""Of one page."""
TREND_WEEKS: Final = 26
TREND_SPAN: Final = 0.2
"""The least range that the height of a trend stands for: noise must not look like a landslide."""
ORDERS: Final = ("worst", "name", "trust", "engagement", "purchases", "impact")


@dataclass(frozen=True, slots=True)
class FleetQuery:
    """Which clients to show, in which order."""

    text: str = ""
    order: str = "worst"
    reverse: bool = False
    page: int = 1
    rows: int = ROWS_MAX

    @classmethod
    def of(cls, text: str, sort: str, page: str) -> "FleetQuery":
        """Return the question of a query; what is not understood is as if it were not there."""
        order = sort.removeprefix("-")
        known = order in ORDERS
        return cls(
            text=text.strip(),
            order=order if known else "worst",
            reverse=known and sort.startswith("-"),
            page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,  # noqa: PLR2004 # no fleet has a million pages
        )

    @property
    def sort(self) -> str:
        """The order as a query has it."""
        return f"-{self.order}" if self.reverse else self.order


@dataclass(frozen=True, slots=True)
class Impact:
    """The gap of a client that most contacts meet."""

    value: float
    score: str


@dataclass(frozen=True, slots=True)
class Trend:
    """A score over the last weeks, as lines and in words."""

    weeks: int
    lines: list[str]
    words: str


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One client in the fleet."""

    id: str
    name: str
    owner: str
    trust: str | None
    engagement: str | None
    stage: str
    trend: Trend
    state: str
    observed: int
    expected: str
    impact: str
    reason: str


@dataclass(frozen=True, slots=True)
class FleetPage:
    """What is shown of the fleet."""

    question: FleetQuery
    rows: list[FleetRow]
    total: int
    found: int
    pages: int
    states: dict[str, int]
    """How many clients are in each state of purchases."""


def fleet_page(snapshot: FleetSnapshot, question: FleetQuery, language: Language) -> FleetPage:
    """Return the page of the fleet that a question asks for."""
    found = [known for known in snapshot.clients.values() if _matches(known, question.text)]
    ordered = _ordered(found, question, snapshot)
    pages = max(1, ceil(len(found) / question.rows))
    question = replace(question, page=min(question.page, pages))
    first = (question.page - 1) * question.rows
    shown = ordered[first : first + question.rows]
    states = dict.fromkeys(("alert", "watch", "clear"), 0)
    for known in snapshot.clients.values():
        states[known.health.purchases.state] += 1
    return FleetPage(
        question=question,
        rows=[_row(known, snapshot, language) for known in shown],
        total=len(snapshot.clients),
        found=len(found),
        pages=pages,
        states=states,
    )


def impact_of(health: ClientHealth, snapshot: FleetSnapshot) -> Impact:
    """Return the greatest impact of a client's gaps."""
    compare = snapshot.policy.compare
    gaps = [
        Impact(health.volume * gap_of(score, compare), score.name)
        for score in health.scores
        if score.name in TARGETS
    ]
    return max(gaps, key=lambda impact: impact.value)


def trend(values: Iterable[float | None], now: float | None, language: Language) -> Trend:
    """Return a score's past weeks and its present value."""
    whole = [*values, now]
    known = [value for value in whole if value is not None]
    words = language.text("too_little")
    if known:
        first, last = language.points(known[0]), language.points(known[-1])
        words = language.text("trend_words", first=first, last=last)
    return Trend(len(whole) - 1, line(whole, _around(known)), words)


def _around(known: list[float]) -> Scale:
    low, high = min(known, default=0.0), max(known, default=0.0)
    spare = max(0.0, TREND_SPAN - (high - low)) / 2
    return Scale(low - spare, high + spare)


def top_line(health: ClientHealth, language: Language) -> str:
    """Return the one sentence that matters most about a client now."""
    if health.purchases.state != "clear":
        return describe_purchases(health.purchases, (), language)[0]
    return " · ".join(line.strip() for line in describe_score(health.trust, language)[:2])


def _matches(known: ScoredClient, text: str) -> bool:
    sought, client = text.casefold(), known.client
    return any(sought in told.casefold() for told in (client.id, client.name, client.owner))


def _ordered(
    found: list[ScoredClient], question: FleetQuery, snapshot: FleetSnapshot
) -> list[ScoredClient]:
    keys: dict[str, Callable[[ScoredClient], tuple[object, ...]]] = {
        "name": lambda known: (known.client.name.casefold(), known.client.id),
        "trust": lambda known: _lowest_first(known.health.trust),
        "engagement": lambda known: _lowest_first(known.health.engagement),
        "purchases": lambda known: (
            known.health.purchases.probability,
            -known.health.purchases.ratio,
        ),
        "impact": lambda known: (-impact_of(known.health, snapshot).value,),
    }
    key = keys.get(question.order)
    ordered = found if key is None else sorted(found, key=key)  # type: ignore[type-var,arg-type,unused-ignore] # each key's tuples compare with its own
    return ordered[::-1] if question.reverse else ordered


def _lowest_first(score: Score) -> tuple[object, ...]:
    """Return a key that puts what is not known last."""
    return (score.shown is None, score.shown or 0.0)


def _row(known: ScoredClient, snapshot: FleetSnapshot, language: Language) -> FleetRow:
    health, client = known.health, known.client
    purchases, impact = health.purchases, impact_of(known.health, snapshot)
    past = [week.trust for week in health.weeks[-TREND_WEEKS:]]
    told = "0"
    if round(impact.value, 1):
        score = language.scores[impact.score].lower()
        told = language.text("impact_of", impact=language.number(impact.value), score=score)
    return FleetRow(
        id=client.id,
        name=client.name,
        owner=client.owner,
        trust=_points(health.trust, language),
        engagement=_points(health.engagement, language),
        stage=_stage(health, language),
        trend=trend(past, health.trust.shown, language),
        state=purchases.state,
        observed=purchases.observed,
        expected=language.number(purchases.expected),
        impact=told,
        reason=top_line(health, language),
    )


def _points(score: Score, language: Language) -> str | None:
    return None if score.shown is None else language.points(score.shown)


def _stage(health: ClientHealth, language: Language) -> str:
    if health.maturity.score.shown is None:
        return language.text("too_little")
    return language.stages[health.maturity.stage - 1]
