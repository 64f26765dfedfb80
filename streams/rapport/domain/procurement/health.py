"""The health of a client's outside purchases: rise, new suppliers, comparison with peers.

The result is a pure function of the client's ledger, the fleet's context and the day. Spend alone
never alerts, because it is concentrated: one percent of the purchases is forty percent of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rapport.domain.calendar import DAYS_PER_WEEK, last_day_of, week_of
from rapport.domain.policy.model import Policy
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.baseline import FleetBaseline
from rapport.domain.procurement.counted_purchases import ApprovedPurchases
from rapport.domain.procurement.feeds import (
    SOURCES_OF_SCORE,
    Freshness,
    SourceState,
    freshness,
)
from rapport.domain.procurement.missing_inputs import (
    MissingInput,
    MissingRate,
    UnclassifiedPurchases,
)
from rapport.domain.procurement.peers import PeerComparison, PeerSums, compare_with_peers
from rapport.domain.procurement.purchases import Paid, Purchases, Spent
from rapport.domain.procurement.rise_detector import Forecast, false_alerts_a_year
from rapport.domain.procurement.suppliers import NOT_JUDGED, NewSuppliers, Spread
from rapport.domain.procurement.windows import Windows


@dataclass(frozen=True, slots=True)
class FleetContext:
    """The context that all clients share on one day: season, peers, suppliers, and feeds."""

    baseline: FleetBaseline
    peers: PeerSums
    spreads: tuple[Spread, ...]
    """Suppliers that more clients buy from than before, the least probable first."""
    feeds: Mapping[str, SourceState]
    """The state of each source's feed."""
    peers_before: tuple[PeerSums, ...] = ()
    """`peers` at the ends of the last closed weeks, the newest first."""
    feeds_before: tuple[Mapping[str, SourceState], ...] = ()
    """`feeds` at the ends of the last closed weeks, the newest first."""

    fresh: Mapping[str, Freshness] = field(init=False, repr=False, compare=False)
    """The part of each score's sources that is up to date; follows from `feeds`."""

    def __post_init__(self) -> None:
        """Evaluate once what every client reads."""
        fresh = {score: freshness(score, self.feeds) for score in SOURCES_OF_SCORE}
        object.__setattr__(self, "fresh", fresh)


@dataclass(frozen=True, slots=True)
class PurchaseHealth:
    """A client's outside purchases of IT in the last closed window, and whether they rise."""

    observed: int
    expected: float
    ratio: float
    excess: float
    probability: float
    state: str
    """`clear`, `watch` or `alert`, `unknown` while the history is too short; it changes at the
    close of a week."""
    history_weeks: int
    spend_minor: tuple[tuple[str, int], ...]
    """Outside spend of the window per currency, in minor units."""
    top_suppliers: tuple[str, ...]
    by_sanction: tuple[tuple[str, int], ...]
    """IT purchases of the window per sanction (see `SANCTIONS`)."""
    spent: tuple[Spent, ...] = ()
    """Spend of the window per sanction and currency."""
    highest_before: tuple[Spent, ...] = ()
    """The highest outside spend in one of the 12 windows before it, per currency."""
    new_suppliers: NewSuppliers = NOT_JUDGED
    peers: PeerComparison | None = None
    """None without any purchase, or with too few peers."""
    confidence: float = 0.0
    """0 to 1, from the length of the history, the feed, and the classified purchases."""
    missing: tuple[MissingInput, ...] = ()
    """The inputs that lower the confidence."""
    size: float = 1.0
    """The size of the forecast's negative binomial: smaller is more spread."""
    top_paid: tuple[Paid, ...] = ()
    """The spend with the top suppliers in the window."""
    state_weeks: int = 0
    """The closed weeks since the state last changed, that of the change included."""
    rising_weeks: int = 0
    """The closed weeks since the state is watch or alert; 0 when it is neither."""
    first_day: int = 0
    """The first day of the window: the last closed weeks, the same for all figures here."""
    last_day: int = 0
    """The last day of the window, a Sunday."""
    history_weeks_minimum: int = 0
    """The weeks of history from which the purchases are judged."""
    false_alerts: float = 0.0
    """The alerts a year that chance alone makes among the clients of the fleet that buy."""
    clients: int = 0
    """These clients."""
    alarm: Forecast | None = None
    """In state alert, the newest window that was an alert by itself: it may be an earlier one."""
    alarm_weeks: int = 0
    """How many closed weeks ago that window closed; 1 is the last."""
    least_amounts: tuple[tuple[str, int], ...] = ()
    """Per currency, the amount in whole units below which a purchase does not count."""
    approved: tuple[ApprovedPurchases, ...] = ()
    """Purchases of the window that count as agreed because IT approved their suppliers."""


def purchase_health(
    client: Purchases, windows: Windows, policy: Policy, fleet: FleetContext
) -> PurchaseHealth:
    """Return the health of a client's outside purchases; any day of a week will do."""
    limits, rise = policy.purchases, windows.rise()
    now, weeks = rise.now, history_weeks(client, fleet.baseline.newest_week)
    fresh = fleet.fresh["purchases"]
    peers = compare_with_peers(client.outside, client.volume, fleet.peers, limits.peers)
    history_ratio = min(1.0, weeks / limits.confident_history_weeks)
    last_day = last_day_of(fleet.baseline.newest_week - 1)
    return PurchaseHealth(
        observed=now.observed,
        expected=now.expected,
        ratio=now.observed / now.expected,
        excess=now.observed - now.expected,
        probability=now.probability,
        state=rise.state,
        state_weeks=rise.state_weeks,
        rising_weeks=rise.rising_weeks,
        alarm=rise.alarm,
        alarm_weeks=rise.alarm_weeks,
        history_weeks=min(weeks, limits.ring_weeks),
        spend_minor=tuple((s.currency, s.minor) for s in client.spent if s.sanction == "outside"),
        size=now.size,
        top_suppliers=client.top_suppliers,
        top_paid=client.top_paid,
        by_sanction=client.counts,
        spent=client.spent,
        highest_before=client.highest_before,
        new_suppliers=client.new_suppliers,
        peers=peers,
        confidence=history_ratio * (1 - client.unclassified_ratio) * fresh.ratio,
        missing=(*_missing(client, weeks, peers, limits), *fresh.missing),
        first_day=last_day - DAYS_PER_WEEK * limits.window_weeks + 1,
        last_day=last_day,
        history_weeks_minimum=limits.history_weeks_minimum,
        false_alerts=false_alerts_a_year(fleet.baseline.clients, limits.alert_probability),
        clients=fleet.baseline.clients,
        least_amounts=tuple(sorted(limits.least_amount_of.items())),
        approved=client.approved,
    )


def history_weeks(client: Purchases, newest_week: int) -> int:
    """Return the weeks since the first purchase; no purchase at all is no history of zeros."""
    return 0 if client.first_day is None else max(0, newest_week - week_of(client.first_day))


def _missing(
    client: Purchases, weeks: int, peers: PeerComparison | None, limits: PurchasePolicy
) -> tuple[MissingInput, ...]:
    missing: list[MissingInput] = []
    if client.first_day is None:
        missing.append("purchases")
    elif weeks < limits.history_weeks_minimum:
        missing.append("history")
    if client.unclassified_ratio:
        missing.append(UnclassifiedPurchases(client.unclassified_ratio))
    if client.first_day is not None and peers is None:
        missing.append("peers")
    if client.first_day is not None and not client.new_suppliers.judged:
        missing.append("history of suppliers")
    missing.extend(MissingRate(currency) for currency in client.without_rate)
    return tuple(missing)
