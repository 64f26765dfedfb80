"""Fleet page: the clients that match a search, sorted, fifty to a page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from rapport.domain.comparison.benchmark import TARGETS, gap_of
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Score
from rapport.language.language import Language
from rapport.language.narrative import describe_purchases, describe_score
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient
from rapport.web.pages.charts import Scale, line

ROWS_MAX: Final = 50
"""The number of rows of one page."""
TREND_WEEKS: Final = 26
TREND_SPAN: Final = 0.2
"""The smallest range of a trend chart, so that noise does not look like a change."""
ORDERS: Final = ("worst", "name", "trust", "engagement", "purchases", "impact")


@dataclass(frozen=True, slots=True)
class FleetQuery:
    """A search in the fleet: which clients to show, in which order."""

    text: str = ""
    order: str = "worst"
    reverse: bool = False
    page: int = 1
    rows: int = ROWS_MAX

    @classmethod
    def of(cls, text: str, sort: str, page: str) -> "FleetQuery":
        """Return the search of a URL query; an invalid parameter counts as absent."""
        order = sort.removeprefix("-")
        is_valid = order in ORDERS
        return cls(
            text=text.strip(),
            order=order if is_valid else "worst",
            reverse=is_valid and sort.startswith("-"),
            page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,  # noqa: PLR2004 # no fleet has a million pages
        )

    @property
    def sort(self) -> str:
        """The order in the form of a URL query."""
        return f"-{self.order}" if self.reverse else self.order


@dataclass(frozen=True, slots=True)
class Impact:
    """The impact of a client: volume of contact times the gap of one score."""

    value: float
    score: str


@dataclass(frozen=True, slots=True)
class TrendLine:
    """A score over the last weeks, as lines and as text."""

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
    trend: TrendLine
    state: str
    observed: int
    expected: str
    impact: str
    reason: str


@dataclass(frozen=True, slots=True)
class FleetPage:
    """One page of the fleet."""

    query: FleetQuery
    rows: list[FleetRow]
    total: int
    found: int
    pages: int
    states: dict[str, int]
    """The number of clients in each state of purchases."""


def fleet_page(snapshot: FleetSnapshot, query: FleetQuery, language: Language) -> FleetPage:
    """Return the page of the fleet for a search."""
    matches = [scored for scored in snapshot.clients.values() if _matches(scored, query.text)]
    ordered = _ordered(matches, query, snapshot)
    pages = max(1, ceil(len(matches) / query.rows))
    query = replace(query, page=min(query.page, pages))
    first = (query.page - 1) * query.rows
    shown = ordered[first : first + query.rows]
    states = dict.fromkeys(("alert", "watch", "clear"), 0)
    for scored in snapshot.clients.values():
        states[scored.health.purchases.state] += 1
    return FleetPage(
        query=query,
        rows=[_row(scored, snapshot, language) for scored in shown],
        total=len(snapshot.clients),
        found=len(matches),
        pages=pages,
        states=states,
    )


def impact_of(health: ClientHealth, snapshot: FleetSnapshot) -> Impact:
    """Return the largest impact among the gaps of a client."""
    compare = snapshot.policy.compare
    gaps = [
        Impact(health.volume * gap_of(score, compare), score.name)
        for score in health.scores
        if score.name in TARGETS
    ]
    return max(gaps, key=lambda impact: impact.value)


def trend(values: Iterable[float | None], now: float | None, language: Language) -> TrendLine:
    """Return the trend of a score from its past weeks and its present value."""
    scores = [*values, now]
    present = [value for value in scores if value is not None]
    words = language.text("too_little")
    if present:
        first, last = language.points(present[0]), language.points(present[-1])
        words = language.text("trend_words", first=first, last=last)
    return TrendLine(len(scores) - 1, line(scores, _around(present)), words)


def _around(values: list[float]) -> Scale:
    low, high = min(values, default=0.0), max(values, default=0.0)
    margin = max(0.0, TREND_SPAN - (high - low)) / 2
    return Scale(low - margin, high + margin)


def top_line(health: ClientHealth, language: Language) -> str:
    """Return the most important sentence about a client."""
    if health.purchases.state != "clear":
        return describe_purchases(health.purchases, (), language)[0]
    return " · ".join(line.strip() for line in describe_score(health.trust, language)[:2])


def _matches(scored: ScoredClient, text: str) -> bool:
    needle, client = text.casefold(), scored.client
    return any(needle in field.casefold() for field in (client.id, client.name, client.owner))


def _ordered(
    matches: list[ScoredClient], query: FleetQuery, snapshot: FleetSnapshot
) -> list[ScoredClient]:
    keys: dict[str, Callable[[ScoredClient], tuple[object, ...]]] = {
        "name": lambda scored: (scored.client.name.casefold(), scored.client.id),
        "trust": lambda scored: _lowest_first(scored.health.trust),
        "engagement": lambda scored: _lowest_first(scored.health.engagement),
        "purchases": lambda scored: (
            scored.health.purchases.probability,
            -scored.health.purchases.ratio,
        ),
        "impact": lambda scored: (-impact_of(scored.health, snapshot).value,),
    }
    key = keys.get(query.order)
    ordered = matches if key is None else sorted(matches, key=key)  # type: ignore[type-var,arg-type,unused-ignore] # each key's tuples compare with its own
    return ordered[::-1] if query.reverse else ordered


def _lowest_first(score: Score) -> tuple[object, ...]:
    """Return a sort key that puts unknown scores last."""
    return (score.shown is None, score.shown or 0.0)


def _row(scored: ScoredClient, snapshot: FleetSnapshot, language: Language) -> FleetRow:
    health, client = scored.health, scored.client
    purchases, impact = health.purchases, impact_of(scored.health, snapshot)
    trusts = [week.trust for week in health.weeks[-TREND_WEEKS:]]
    impact_text = "0"
    if round(impact.value, 1):
        score = language.scores[impact.score].lower()
        impact_text = language.text("impact_of", impact=language.number(impact.value), score=score)
    return FleetRow(
        id=client.id,
        name=client.name,
        owner=client.owner,
        trust=_points(health.trust, language),
        engagement=_points(health.engagement, language),
        stage=_stage(health, language),
        trend=trend(trusts, health.trust.shown, language),
        state=purchases.state,
        observed=purchases.observed,
        expected=language.number(purchases.expected),
        impact=impact_text,
        reason=top_line(health, language),
    )


def _points(score: Score, language: Language) -> str | None:
    return None if score.shown is None else language.points(score.shown)


def _stage(health: ClientHealth, language: Language) -> str:
    if health.maturity.score.shown is None:
        return language.text("too_little")
    return language.stages[health.maturity.stage - 1]
