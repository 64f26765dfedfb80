"""A client's own purchases on one day: counts, spend and suppliers, from its measures alone.

The values change only with the client's purchases, the policy or the day. The detectors that
compare clients read them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from rapport.domain.calendar import DAYS_PER_WEEK, days_of_closed_weeks, last_day_of, week_of
from rapport.domain.ledger.measures import Measures
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.counted_purchases import (
    Approvals,
    ApprovedPurchases,
    approved_purchases,
    counted_purchases,
    is_it,
)
from rapport.domain.procurement.running_total import RunningTotal
from rapport.domain.procurement.suppliers import (
    YEAR_DAYS,
    NewSuppliers,
    OutsideDays,
    Reach,
    SupplierPurchases,
    new_suppliers,
    outside_days,
    reach,
    supplier_name,
)

WINDOWS_BEFORE: Final = 12
RECORD_DAYS_MAX: Final = 91
"""How far back the first day of a record spend is searched for."""
TOP_SUPPLIERS: Final = 3
SANCTIONS: Final = ("joint", "outside", "sanctioned", "unclassified")


class Spent(NamedTuple):
    """Spend in a currency, in its minor unit."""

    sanction: str
    currency: str
    minor: int


class Paid(NamedTuple):
    """Spend with an outside supplier in a currency, in its minor unit."""

    supplier: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class Purchases:
    """One client's purchases in IT's categories; only `volume` counts every category."""

    weekly: Mapping[int, int]
    """Outside purchases per week."""
    first_day: int | None
    """The day of the first purchase of any kind; None when there is none."""
    counts: tuple[tuple[str, int], ...]
    """Purchases of the last closed window per sanction."""
    spent: tuple[Spent, ...]
    """Spend of that window per sanction; in the reporting currency where there is a rate."""
    highest_before: tuple[Spent, ...]
    """Per currency, the highest outside spend in one of the 12 windows before it; empty while the
    history covers less than half of that time."""
    without_rate: tuple[str, ...]
    """Currencies of the spend that have no exchange rate."""
    unclassified_ratio: float
    """Purchases of the last year without a known agreement of IT, over all of them."""
    outside: int
    """Outside purchases in the period of the comparison with peers."""
    volume: int
    """Purchases of every kind and category in that period."""
    top_paid: tuple[Paid, ...]
    """The largest outside suppliers by spend in the window, the reporting currency first."""
    new_suppliers: NewSuppliers
    reach: Reach
    volumes_before: tuple[tuple[int, int], ...] = ()
    """`outside` and `volume` at the ends of the last closed weeks, the newest first."""
    record_since: tuple[tuple[str, int], ...] = ()
    """Per currency in which outside spend of the window is above `highest_before`, the day since
    which it is."""
    approved: tuple[ApprovedPurchases, ...] = ()
    """Purchases of the window that count as agreed because IT approved their suppliers."""

    @property
    def top_suppliers(self) -> tuple[str, ...]:
        """The names of the largest outside suppliers."""
        return tuple(dict.fromkeys(paid.supplier for paid in self.top_paid))


class _Key(NamedTuple):
    kind: str
    sanction: str
    category: str
    supplier: str
    currency: str


@lru_cache(maxsize=262_144)
def _key(measure: str) -> _Key | None:
    match measure.split("|"):
        case ["buy.count", sanction, category]:
            return _Key("count", sanction, category, "", "")
        case ["buy.supplier", sanction, category, supplier, currency]:
            return _Key("supplier", sanction, category, supplier_name(supplier), currency)
    return None


def purchases_of(
    measures: Measures, policy: Policy, day: int, approvals: Approvals = ()
) -> Purchases:
    """Return a client's purchases on `day`, from its measures."""
    window = days_of_closed_weeks(day, policy.purchases.window_weeks)
    approved = approved_purchases(measures, policy.purchases, approvals, window)
    measures = counted_purchases(measures, policy.purchases, approvals)
    patterns, peers = policy.purchases.it_categories, policy.purchases.peers
    lines = [(key, days) for name, days in measures.items() if (key := _key(name))]
    count_lines = [(key, days) for key, days in lines if key.kind == "count"]
    it_only = [(key, days) for key, days in count_lines if is_it(key.category, patterns)]
    suppliers = list(_supplier_purchases(lines, policy, day))
    with_amounts = [line for line in suppliers if line.amounts]
    year, spent = _counts(it_only, _days_up_to(day, YEAR_DAYS)), _spent(with_amounts, window)
    outside = outside_days(with_amounts)
    first_day = min((min(days) for _, days in count_lines), default=None)
    return Purchases(
        weekly=_weekly(it_only, day),
        first_day=first_day,
        counts=tuple(sorted(_counts(it_only, window).items())),
        spent=spent,
        highest_before=_highest_before(outside, first_day, window),
        without_rate=_without_rate(spent, policy),
        unclassified_ratio=year["unclassified"] / (sum(year.values()) or 1),
        outside=_counts(it_only, _days_up_to(day, peers.window_days))["outside"],
        volume=sum(_counts(count_lines, _days_up_to(day, peers.window_days)).values()),
        top_paid=_top_paid(outside, policy.money.reporting_currency, window),
        new_suppliers=new_suppliers(suppliers, outside, first_day, policy, day),
        reach=reach(outside, policy.purchases.spread, day),
        volumes_before=_volumes_before(it_only, count_lines, policy, day),
        record_since=_record_since(outside, first_day, day, len(window) // DAYS_PER_WEEK),
        approved=approved,
    )


_Line = tuple[_Key, Mapping[int, int]]


def _supplier_purchases(
    lines: list[_Line], policy: Policy, day: int
) -> Iterator[SupplierPurchases]:
    """Yield the purchases per supplier, converted to the reporting currency where there is a rate.

    Each amount of a supplier, category and day is rounded once. Sums over them are exact, so the
    suppliers' amounts add up to the client's.
    """
    patterns, table = policy.purchases.it_categories, policy.money.table
    for key, days in lines:
        if key.kind != "supplier":
            continue
        if not is_it(key.category, patterns):
            yield SupplierPurchases(key.sanction, key.supplier, min(days), {})
            continue
        amounts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for at, minor in days.items():
            if at > day:
                continue
            converted = table.converted(minor, key.currency, at)
            if converted is None:
                amounts[key.currency][at] = minor
            else:
                amounts[table.currency][at] = converted
        yield SupplierPurchases(key.sanction, key.supplier, min(days), dict(amounts))


def _weekly(count_lines: list[_Line], day: int) -> dict[int, int]:
    weeks: Counter[int] = Counter()
    for key, days in count_lines:
        if key.sanction == "outside":
            for at, count in days.items():
                if at <= day:
                    weeks[week_of(at)] += count
    return dict(weeks)


def _days_up_to(day: int, count: int) -> range:
    return range(day - count + 1, day + 1)


def _counts(count_lines: list[_Line], window: range) -> dict[str, int]:
    counts = dict.fromkeys(SANCTIONS, 0)
    for key, days in count_lines:
        counts[key.sanction] += _within(days, window)
    return counts


def _within(days: Mapping[int, int], window: range) -> int:
    first, end = window.start, window.stop
    return sum([amount for at, amount in days.items() if first <= at < end])


def _volumes_before(
    it_only: list[_Line], count_lines: list[_Line], policy: Policy, day: int
) -> tuple[tuple[int, int], ...]:
    outside = RunningTotal(days for key, days in it_only if key.sanction == "outside")
    volume = RunningTotal(days for _, days in count_lines)
    week, window = week_of(day), policy.purchases.peers.window_days
    ends = (last_day_of(week - ago) for ago in range(1, policy.compare.past_weeks + 1))
    return tuple((outside.within(end, window), volume.within(end, window)) for end in ends)


def _record_since(
    outside: OutsideDays, first_day: int | None, day: int, weeks: int
) -> tuple[tuple[str, int], ...]:
    """Return since which day the spend of each currency is the highest, walking back from `day`."""
    since = []
    for currency in sorted({currency for _, currency in outside}):
        own = {key: days for key, days in outside.items() if key[1] == currency}
        start = day
        while day - start <= RECORD_DAYS_MAX and _is_record(own, first_day, start, weeks):
            start -= 1
        if start < day:
            since.append((currency, start + 1))
    return tuple(since)


def _is_record(outside: OutsideDays, first_day: int | None, day: int, weeks: int) -> bool:
    """Return whether outside spend, in one currency, is above each of the windows before."""
    window = days_of_closed_weeks(day, weeks)
    highest = _highest_before(outside, first_day, window)
    now = sum(_within(days, window) for days in outside.values())
    return bool(highest) and now > highest[0].minor


def _spent(lines: list[SupplierPurchases], window: range) -> tuple[Spent, ...]:
    sums: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for currency, days in line.amounts.items():
            sums[line.sanction, currency] += _within(days, window)
    return tuple(Spent(*key, minor) for key, minor in sorted(sums.items()))


def _highest_before(
    outside: OutsideDays, first_day: int | None, window: range
) -> tuple[Spent, ...]:
    length, last = len(window), window[-1]
    if first_day is None or last - first_day < (1 + WINDOWS_BEFORE // 2) * length:
        return ()
    windows: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for (_, currency), days in outside.items():
        sums = windows[currency]
        for at, minor in days.items():
            sums[(last - at) // length] += minor
    return tuple(
        Spent("outside", currency, max(sums[back] for back in range(1, WINDOWS_BEFORE + 1)))
        for currency, sums in sorted(windows.items())
    )


def _without_rate(spent: Iterable[Spent], policy: Policy) -> tuple[str, ...]:
    currencies = {line.currency for line in spent if line.minor}
    return tuple(sorted(currencies - {policy.money.reporting_currency}))


def _top_paid(outside: OutsideDays, reporting: str, window: range) -> tuple[Paid, ...]:
    """Return the spend with the largest suppliers, those in the reporting currency first.

    Amounts in other currencies have no rate, so they cannot be compared with it.
    """
    sums = [Paid(*key, _within(days, window)) for key, days in outside.items()]
    paid = sorted(
        (line for line in sums if line.minor),
        key=lambda line: (line.currency != reporting, -line.minor, line.currency, line.supplier),
    )
    named = list(dict.fromkeys(line.supplier for line in paid))[:TOP_SUPPLIERS]
    return tuple(line for line in paid if line.supplier in named)
