"""Detectors on outside suppliers: large new suppliers of a client, and suppliers that spread.

A supplier's key is its name without the branch: card data has "shell kings 587" for one shop of
many.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import median_low
from typing import Final, NamedTuple

from rapport.domain.policy.model import Policy
from rapport.domain.policy.procurement import SpreadPolicy
from rapport.domain.procurement.stats import negative_binomial_tail as tail
from rapport_schemas.currencies import DECIMALS

NAMED_MAX: Final = 5
"""New or spreading suppliers that are listed by name; all of them are counted."""
TYPICAL_DAYS: Final = 364
YEAR_DAYS: Final = 364
SPREAD_PRIOR: Final = 0.5


class SupplierPurchases(NamedTuple):
    """One client's purchases from one supplier in one category, with one sanction."""

    sanction: str
    supplier: str
    first_day: int
    """The first purchase in this category, IT's or not."""
    amounts: Mapping[str, Mapping[int, int]]
    """Currency -> day -> minor units; empty when the category is not IT's."""


OutsideDays = Mapping[tuple[str, str], Mapping[int, int]]
"""(Supplier, currency) -> day -> outside spend in minor units."""


@dataclass(frozen=True, slots=True)
class NewSupplier:
    """A supplier without earlier purchases of the client, and the spend with it."""

    supplier: str
    first_day: int
    currency: str
    minor: int
    """Spend in the window, in the currency's minor unit."""
    typical_minor: int | None
    """The client's median spend with one supplier in a day; None without earlier spend."""


@dataclass(frozen=True, slots=True)
class NewSuppliers:
    """The large new suppliers, the largest first."""

    judged: bool
    """Whether the client's history is long enough to judge a supplier as new."""
    count: int
    named: tuple[NewSupplier, ...]


NOT_JUDGED: Final = NewSuppliers(judged=False, count=0, named=())


@dataclass(frozen=True, slots=True)
class Reach:
    """A client's outside suppliers in three windows of the same length."""

    now: frozenset[str]
    just_before: frozenset[str]
    year_before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spread:
    """A supplier that more clients buy from than before."""

    supplier: str
    clients: int
    expected: float
    """Clients expected from the earlier window, scaled by the number of buying clients."""
    compared_with: str
    """`the year before` or, with a shorter history, `the time just before`."""
    probability: float


@lru_cache(maxsize=65_536)
def supplier_name(key: str) -> str:
    """Return a supplier's name without its branch: trailing words that contain a digit are removed.

    The first word always stays.

    >>> [supplier_name(key) for key in ("shell-kings-587", "o2-uk", "118-118", "facebk-2qn7wbjvq2")]
    ['shell-kings', 'o2-uk', '118', 'facebk']
    """
    words = key.split("-")
    while len(words) > 1 and any(character.isdigit() for character in words[-1]):
        words.pop()
    return "-".join(words)


def new_suppliers(
    lines: Iterable[SupplierPurchases],
    spent: OutsideDays,
    first_day: int | None,
    policy: Policy,
    day: int,
) -> NewSuppliers:
    """Return the large suppliers without earlier purchases; `spent` is the outside part of `lines`.

    Any earlier purchase makes a supplier known, whatever its category, sanction and time of
    arrival. "Large" is a multiple of the client's typical amount and, in the reporting currency,
    at least a minimum.
    """
    limits = policy.purchases.new_supplier
    if first_day is None or first_day > day - limits.history_days:
        return NOT_JUDGED
    first_days = _first_days(lines)
    suppliers = []
    for (supplier, currency), days in spent.items():
        minor = sum(days[at] for at in days if day - limits.window_days < at <= day)
        first = first_days[supplier]
        if minor and first > day - limits.window_days:
            typical = _typical(spent, currency, day - limits.window_days)
            if _is_large(minor, typical, currency, policy):
                suppliers.append(NewSupplier(supplier, first, currency, minor, typical))
    suppliers.sort(key=lambda new: (-new.minor, new.supplier, new.currency))
    return NewSuppliers(
        judged=True,
        count=len({new.supplier for new in suppliers}),
        named=tuple(suppliers[:NAMED_MAX]),
    )


def reach(spent: OutsideDays, limits: SpreadPolicy, day: int) -> Reach:
    """Return a client's outside suppliers in the newest window and in two earlier ones."""

    def window(ends: int) -> frozenset[str]:
        starts = ends - limits.window_days
        return frozenset(
            supplier
            for (supplier, _), days in spent.items()
            if any(starts < at <= ends for at in days)
        )

    return Reach(window(day), window(day - limits.window_days), window(day - YEAR_DAYS))


def spreading_suppliers(reaches: Iterable[Reach], limits: SpreadPolicy) -> tuple[Spread, ...]:
    """Return the suppliers that more clients buy from than expected.

    The expectation is the number of clients in the earlier window, scaled by the number of clients
    with outside purchases in both windows: a feed that grows, or has a gap, is no spread. The
    probability is the tail of a gamma-Poisson forecast from the earlier window.
    """
    clients = list(reaches)
    earlier = [client.year_before for client in clients]
    compared_with = "the year before"
    if not any(earlier):
        earlier, compared_with = [client.just_before for client in clients], "the time just before"
    scale = _buying(client.now for client in clients) / (_buying(earlier) or 1)
    before = Counter(name for names in earlier for name in names)
    now = Counter(name for client in clients for name in client.now)
    if not before:
        return ()
    spreads = []
    for supplier, count in now.items():
        shape = before[supplier] + SPREAD_PRIOR
        expected = shape * scale
        if count < limits.clients_minimum or count < limits.ratio * expected:
            continue
        probability = tail(count, expected, shape)
        if probability < limits.probability:
            spreads.append(Spread(supplier, count, expected, compared_with, probability))
    return tuple(sorted(spreads, key=lambda spread: (spread.probability, spread.supplier)))


def _buying(reaches: Iterable[frozenset[str]]) -> int:
    return sum(1 for names in reaches if names)


def _first_days(lines: Iterable[SupplierPurchases]) -> dict[str, int]:
    first: dict[str, int] = {}
    for line in lines:
        first[line.supplier] = min(line.first_day, first.get(line.supplier, line.first_day))
    return first


def outside_days(lines: Iterable[SupplierPurchases]) -> OutsideDays:
    """Return the outside spend per supplier and currency, per day."""
    sums: dict[tuple[str, str], Mapping[int, int]] = {}
    for line in lines:
        if line.sanction == "outside":
            for currency, days in line.amounts.items():
                key = line.supplier, currency
                sums[key] = _sum(sums[key], days) if key in sums else days
    return sums


def _sum(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    total = dict(one)
    for day, amount in other.items():
        total[day] = total.get(day, 0) + amount
    return total


def _typical(spent: OutsideDays, currency: str, before: int) -> int | None:
    """Return the median spend with one supplier in one day of the year up to `before`."""
    amounts = [
        minor
        for (_, spent_in), days in spent.items()
        for at, minor in days.items()
        if spent_in == currency and before - TYPICAL_DAYS < at <= before
    ]
    return median_low(amounts) if amounts else None


def _is_large(minor: int, typical: int | None, currency: str, policy: Policy) -> bool:
    """Return whether an amount is large; without a rate only the client's history can tell."""
    limits = policy.purchases.new_supplier
    if currency == policy.money.reporting_currency:
        if minor < limits.minimum * 10 ** DECIMALS[currency]:
            return False
    elif typical is None:
        return False
    return typical is None or minor >= limits.factor * typical
