"""Fleet page: the clients that match a search, sorted, fifty to a page."""

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

from rapport.domain.comparison.benchmark import TARGETS
from rapport.domain.comparison.roll_ups import Member, roll_up
from rapport.domain.concerns import STATES
from rapport.domain.policy.relationship import ComparePolicy
from rapport.domain.procurement.windows import UNKNOWN
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Score
from rapport.domain.verdicts.fleet import impact
from rapport.language.concerns import describe_shared_concern
from rapport.language.language import Language
from rapport.language.organisation import describe_roll_up
from rapport.web.fleet_snapshot import FleetSnapshot, ScoredClient
from rapport.web.pages.method import Measured, measured
from rapport.web.pages.verdict import ConcernText, verdict_text

if TYPE_CHECKING:
    from collections.abc import Callable

FILTER_CHARACTERS_MAX: Final = 256
ROWS_MAX: Final = 50
"""The number of rows of one page."""
COLUMNS: Final = ("trust", "engagement")
"""The scores of a row."""
ORDERS: Final = ("worst", "name", "trust", "engagement", "purchases", "impact")


@dataclass(frozen=True, slots=True)
class FleetQuery:
    """A search in the fleet: which clients to show, in which order."""

    text: str = ""
    order: str = "worst"
    reverse: bool = False
    page: int = 1
    rows: int = ROWS_MAX
    owner: str = ""
    group: str = ""

    @classmethod
    def of(cls, text: str, sort: str, page: str, owner: str = "", group: str = "") -> "FleetQuery":
        """Return the search of a URL query; an invalid parameter counts as absent."""
        order = sort.removeprefix("-")
        is_valid = order in ORDERS
        return cls(
            text=text.strip(),
            order=order if is_valid else "worst",
            reverse=is_valid and sort.startswith("-"),
            page=max(1, int(page)) if page.isdecimal() and len(page) < 7 else 1,  # noqa: PLR2004 # no fleet has a million pages
            owner=owner.strip()[:FILTER_CHARACTERS_MAX],
            group=group.strip()[:FILTER_CHARACTERS_MAX],
        )

    @property
    def sort(self) -> str:
        """The order in the form of a URL query."""
        return f"-{self.order}" if self.reverse else self.order


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One client in the fleet."""

    id: str
    name: str
    owner: str
    state: str
    concern: ConcernText | None
    """The concern that counts most, else the first good news."""
    trust: Measured
    engagement: Measured
    stage: str | None
    observed: int
    expected: str | None
    """None while the history of purchases is too short to say what to expect."""
    impact: str | None
    """None while no score is known."""


@dataclass(frozen=True, slots=True)
class FleetPage:
    """One page of the fleet."""

    query: FleetQuery
    rows: list[FleetRow]
    total: int
    missing: int
    """The number of clients whose worker is away."""
    found: int
    pages: int
    states: dict[str, int]
    """The number of found clients in each state."""
    shared: list[str]
    """The concerns of most clients, told once."""
    together: list[str]
    """The scores of the chosen group or owner together; empty without one."""
    trend_weeks: int
    targets: dict[str, str]


def fleet_page(snapshot: FleetSnapshot, query: FleetQuery, language: Language) -> FleetPage:
    """Return the page of the fleet for a search."""
    chosen = [member for member in snapshot.members if _is_chosen(member, query)]
    ids = {member.client for member in chosen}
    matches = [
        scored
        for client, scored in snapshot.clients.items()
        if client in ids and _matches(scored, query.text)
    ]
    ordered = _ordered(matches, query, snapshot)
    pages = max(1, ceil(len(matches) / query.rows))
    query = replace(query, page=min(query.page, pages))
    first = (query.page - 1) * query.rows
    shown = ordered[first : first + query.rows]
    states = dict.fromkeys(STATES, 0)
    for scored in matches:
        states[scored.health.verdict.state] += 1
    return FleetPage(
        query=query,
        rows=[_row(scored, snapshot, language) for scored in shown],
        total=len(snapshot.directory),
        missing=len(snapshot.directory) - len(snapshot.clients),
        found=len(matches),
        pages=pages,
        states=states,
        shared=[
            describe_shared_concern(one.kind, one.subject, one.clients, one.fleet, language)
            for one in snapshot.shared_concerns
        ],
        together=_together(chosen, query, language),
        trend_weeks=snapshot.policy.compare.past_weeks,
        targets={
            name: language.points(float(getattr(snapshot.policy.compare.targets, name)))
            for name in COLUMNS
        },
    )


def _together(chosen: list[Member], query: FleetQuery, language: Language) -> list[str]:
    if not chosen or not (query.owner or query.group):
        return []
    return describe_roll_up(roll_up((query.group or query.owner,), chosen), language)


def _is_chosen(member: Member, query: FleetQuery) -> bool:
    """Return whether a client has the owner and is in the group that were asked for."""
    if query.owner and member.owner != query.owner:
        return False
    return not query.group or member.place.is_in(query.group)


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
        "impact": lambda scored: (-impact(scored.health, snapshot.policy.compare),),
    }
    key = keys.get(query.order)
    ordered = matches if key is None else sorted(matches, key=key)  # type: ignore[type-var,arg-type,unused-ignore] # each key's tuples compare with its own
    return ordered[::-1] if query.reverse else ordered


def _lowest_first(score: Score) -> tuple[object, ...]:
    """Return a sort key that puts unknown scores last."""
    return (score.shown is None, score.shown or 0.0)


def _row(scored: ScoredClient, snapshot: FleetSnapshot, language: Language) -> FleetRow:
    health, client, policy = scored.health, scored.client, snapshot.policy.compare
    purchases = health.purchases
    verdict = verdict_text(health.verdict, health.day, snapshot.names, language)
    return FleetRow(
        id=client.id,
        name=client.name,
        owner=client.owner,
        state=verdict.state,
        concern=verdict.first or next(iter(verdict.news), None),
        trust=measured(health.trust, health, policy, language),
        engagement=measured(health.engagement, health, policy, language),
        stage=_stage(health, language),
        observed=purchases.observed,
        expected=language.number(purchases.expected) if purchases.state != UNKNOWN else None,
        impact=_impact(health, policy, language),
    )


def _impact(health: ClientHealth, policy: ComparePolicy, language: Language) -> str | None:
    if all(score.shown is None for score in health.scores if score.name in TARGETS):
        return None
    return language.number(impact(health, policy))


def _stage(health: ClientHealth, language: Language) -> str | None:
    if health.maturity.score.shown is None:
        return None
    return language.stages[health.maturity.stage - 1]
