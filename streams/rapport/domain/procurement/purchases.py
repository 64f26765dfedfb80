"""What a client's own ledger says of its purchases on a day, before any other client is asked.

It is made anew only when the client's purchases, the policy or the day change; the detectors that
compare a client with others read it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, NamedTuple

from rapport.domain.calendar import week_of
from rapport.domain.ledger.measures import Measures
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.suppliers import (
    NewSuppliers,
    OutsideDays,
    Reach,
    SupplierPurchases,
    new_suppliers,
    outside_days,
    reach,
    supplier_name,
)

WINDOW_DAYS: Final = 28
YEAR_DAYS: Final = 364
WINDOWS_BEFORE: Final = 12
TOP_SUPPLIERS: Final = 3
SANCTIONS: Final = ("joint", "outside", "sanctioned", "unclassified")


class Spent(NamedTuple):
    """Spend in a currency, in its minor unit."""

    sanction: str
    currency: str
    minor: int


class Paid(NamedTuple):
    """What an outside supplier was paid in a currency, in its minor unit."""

    supplier: str
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class Purchases:
    """A client's purchases as its ledger has them; IT's categories only, but for the volume."""

    weekly: Mapping[int, int]
    """Outside purchases per week."""
    first_day: int | None
    """The day of the first purchase of any kind; None when there is none."""
    counts: tuple[tuple[str, int], ...]
    """Purchases of the last 28 days per sanction."""
    spent: tuple[Spent, ...]
    """Spend of the last 28 days per sanction; in the reporting currency where there is a rate."""
    highest_before: tuple[Spent, ...]
    """Per currency, the most that it spent outside in 28 days of the 48 weeks before these; empty
    while less than half of that time is known."""
    without_rate: tuple[str, ...]
    """Currencies that were spent in those days, and that no rate is known for."""
    unclassified_share: float
    """The share of the last year's purchases of which nobody knows whether IT agreed to them."""
    outside: int
    """Outside purchases in the time in which peers are compared."""
    volume: int
    """Purchases of every kind and category in that time: how much the client buys at all."""
    top_paid: tuple[Paid, ...]
    """What the outside suppliers that were paid most got in 28 days, our currency first."""
    new_suppliers: NewSuppliers
    reach: Reach

    @property
    def top_suppliers(self) -> tuple[str, ...]:
        """Their names."""
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


@lru_cache(maxsize=16_384)
def is_it(category: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a category is one of IT's.

    >>> is_it("cloud-software", ("*software*",)), is_it("vehicle-fuel", ("*software*",))
    (True, False)
    """
    return any(fnmatchcase(category, pattern) for pattern in patterns)


def purchases_of(measures: Measures, policy: Policy, day: int) -> Purchases:
    """Return what a client's measures say of its purchases on `day`."""
    patterns, peers = policy.purchases.it_categories, policy.purchases.peers
    lines = [(key, days) for name, days in measures.items() if (key := _key(name))]
    counted = [(key, days) for key, days in lines if key.kind == "count"]
    ours = [(key, days) for key, days in counted if is_it(key.category, patterns)]
    every = list(_bought(lines, policy, day))
    bought = [line for line in every if line.amounts]
    year, spent = _counts(ours, day, YEAR_DAYS), _spent(bought, day)
    outside = outside_days(bought)
    first_day = min((min(days) for _, days in counted), default=None)
    return Purchases(
        weekly=_weekly(ours, day),
        first_day=first_day,
        counts=tuple(sorted(_counts(ours, day, WINDOW_DAYS).items())),
        spent=spent,
        highest_before=_highest_before(outside, first_day, day),
        without_rate=_without_rate(spent, policy),
        unclassified_share=year["unclassified"] / (sum(year.values()) or 1),
        outside=_counts(ours, day, peers.window_days)["outside"],
        volume=sum(_counts(counted, day, peers.window_days).values()),
        top_paid=_top_paid(outside, policy.money.reporting_currency, day),
        new_suppliers=new_suppliers(every, outside, first_day, policy, day),
        reach=reach(outside, policy.purchases.spread, day),
    )


_Line = tuple[_Key, Mapping[int, int]]


def _bought(lines: list[_Line], policy: Policy, day: int) -> Iterator[SupplierPurchases]:
    """Yield what was bought from each supplier, converted where there is a rate.

    Each amount of a supplier, category and day is rounded once; sums over them are exact, so the
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


def _weekly(counted: list[_Line], day: int) -> dict[int, int]:
    weeks: Counter[int] = Counter()
    for key, days in counted:
        if key.sanction == "outside":
            for at, count in days.items():
                if at <= day:
                    weeks[week_of(at)] += count
    return dict(weeks)


def _counts(counted: list[_Line], day: int, window_days: int) -> dict[str, int]:
    counts = dict.fromkeys(SANCTIONS, 0)
    for key, days in counted:
        counts[key.sanction] += _within(days, day, window_days)
    return counts


def _within(days: Mapping[int, int], day: int, window_days: int) -> int:
    before = day - window_days
    return sum([amount for at, amount in days.items() if before < at <= day])


def _spent(bought: list[SupplierPurchases], day: int) -> tuple[Spent, ...]:
    sums: Counter[tuple[str, str]] = Counter()
    for line in bought:
        for currency, days in line.amounts.items():
            sums[line.sanction, currency] += _within(days, day, WINDOW_DAYS)
    return tuple(Spent(*place, minor) for place, minor in sorted(sums.items()))


def _highest_before(outside: OutsideDays, first_day: int | None, day: int) -> tuple[Spent, ...]:
    if first_day is None or day - first_day < (1 + WINDOWS_BEFORE // 2) * WINDOW_DAYS:
        return ()
    windows: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for (_, currency), days in outside.items():
        sums = windows[currency]
        for at, minor in days.items():
            sums[(day - at) // WINDOW_DAYS] += minor
    return tuple(
        Spent("outside", currency, max(sums[back] for back in range(1, WINDOWS_BEFORE + 1)))
        for currency, sums in sorted(windows.items())
    )


def _without_rate(spent: Iterable[Spent], policy: Policy) -> tuple[str, ...]:
    ours = policy.money.reporting_currency
    return tuple(sorted({line.currency for line in spent if line.minor and line.currency != ours}))


def _top_paid(outside: OutsideDays, reporting: str, day: int) -> tuple[Paid, ...]:
    """Return what was paid to whom outside was paid most; other currencies do not compare."""
    sums = [(place, _within(days, day, WINDOW_DAYS)) for place, days in outside.items()]
    ranked = sorted(
        (currency != reporting, -minor, currency, supplier)
        for (supplier, currency), minor in sums
        if minor
    )
    paid = [Paid(supplier, currency, -less) for _, less, currency, supplier in ranked]
    named = list(dict.fromkeys(one.supplier for one in paid))[:TOP_SUPPLIERS]
    return tuple(one for one in paid if one.supplier in named)
