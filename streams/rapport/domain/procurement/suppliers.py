"""Outside suppliers: a new one of size for a client, and one that spreads over clients.

A supplier is known by its name as a key, less its branch: card data writes "shell kings 587" for
one shop of many.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import median_low
from typing import Final, NamedTuple

from rapport.domain.policy.model import Policy
from rapport.domain.policy.procurement import SpreadPolicy
from rapport.domain.stats import negative_binomial_tail as tail
from rapport_schemas.currencies import DECIMALS

NAMED_MAX: Final = 5
"""New or spreading suppliers that are named; the others are counted."""
TYPICAL_DAYS: Final = 364
YEAR_DAYS: Final = 364
SPREAD_PRIOR: Final = 0.5


class SupplierPurchases(NamedTuple):
    """What one client bought from one supplier in one category, with one sanction."""

    sanction: str
    supplier: str
    first_day: int
    """The first purchase in this category, whether it is IT's or not."""
    amounts: Mapping[str, Mapping[int, int]]
    """Currency -> day -> minor units; empty when the category is not IT's."""


OutsideDays = Mapping[tuple[str, str], Mapping[int, int]]
"""(Supplier, currency) -> day -> what was spent there outside, in minor units."""


@dataclass(frozen=True, slots=True)
class NewSupplier:
    """A supplier that a client never bought from before, and what it spent there."""

    supplier: str
    first_day: int
    currency: str
    minor: int
    """Spent in the window, in the currency's minor unit."""
    typical_minor: int | None
    """What the client typically spends with one supplier in a day; None when it never did."""


@dataclass(frozen=True, slots=True)
class NewSuppliers:
    """The new suppliers of size, the greatest first."""

    judged: bool
    """Whether the client's history is long enough to call a supplier new."""
    count: int
    named: tuple[NewSupplier, ...]


NOT_JUDGED: Final = NewSuppliers(judged=False, count=0, named=())


@dataclass(frozen=True, slots=True)
class Reach:
    """From whom a client bought outside in three windows of the same length."""

    now: frozenset[str]
    just_before: frozenset[str]
    year_before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Spread:
    """A supplier that more clients buy from than before."""

    supplier: str
    clients: int
    expected: float
    """Clients to be expected from the window before and from how many clients bought at all."""
    compared_with: str
    """`the year before` or, where the ledger does not reach so far, `the time just before`."""
    probability: float


@lru_cache(maxsize=65_536)
def supplier_name(key: str) -> str:
    """Return a supplier's name without its branch: trailing words with a digit in them are dropped.

    The first word always stays, so a name that is all digits is left alone.

    >>> [supplier_name(key) for key in ("shell-kings-587", "o2-uk", "118-118", "facebk-2qn7wbjvq2")]
    ['shell-kings', 'o2-uk', '118', 'facebk']
    """
    words = key.split("-")
    while len(words) > 1 and any(letter.isdigit() for letter in words[-1]):
        words.pop()
    return "-".join(words)


def new_suppliers(
    bought: Iterable[SupplierPurchases],
    spent: OutsideDays,
    first_day: int | None,
    policy: Policy,
    day: int,
) -> NewSuppliers:
    """Return the suppliers of size from whom a client never bought before; `spent` is of `bought`.

    Any older purchase makes a supplier known, whatever its category and sanction, and whenever
    it arrived. "Of size" is a multiple of the client's own typical amount and, in the reporting
    currency, a minimum.
    """
    limits = policy.purchases.new_supplier
    if first_day is None or first_day > day - limits.history_days:
        return NOT_JUDGED
    known = _first_days(bought)
    found = []
    for (supplier, currency), days in spent.items():
        minor = sum(days[at] for at in days if day - limits.window_days < at <= day)
        if minor and known[supplier] > day - limits.window_days:
            typical = _typical(spent, currency, day - limits.window_days)
            if _of_size(minor, typical, currency, policy):
                found.append(NewSupplier(supplier, known[supplier], currency, minor, typical))
    found.sort(key=lambda new: (-new.minor, new.supplier, new.currency))
    return NewSuppliers(
        judged=True, count=len({new.supplier for new in found}), named=tuple(found[:NAMED_MAX])
    )


def reach(spent: OutsideDays, limits: SpreadPolicy, day: int) -> Reach:
    """Return from whom a client bought outside, in the newest window and in the two before."""
    days = [(supplier, at) for (supplier, _), at in spent.items()]

    def window(ends: int) -> frozenset[str]:
        starts = ends - limits.window_days
        return frozenset(name for name, at in days if any(starts < one <= ends for one in at))

    return Reach(window(day), window(day - limits.window_days), window(day - YEAR_DAYS))


def spreading_suppliers(reaches: Iterable[Reach], limits: SpreadPolicy) -> tuple[Spread, ...]:
    """Return the suppliers that more clients buy from than is to be expected.

    What is expected is the number of clients in the earlier window, scaled by how many clients
    bought outside at all in either: a feed that grows, or a gap in it, is no spread. The chance
    is that of a gamma-Poisson forecast from that one window.
    """
    clients = list(reaches)
    earlier = [each.year_before for each in clients]
    compared_with = "the year before"
    if not any(earlier):
        earlier, compared_with = [each.just_before for each in clients], "the time just before"
    scale = _buying(each.now for each in clients) / (_buying(earlier) or 1)
    before = Counter(name for names in earlier for name in names)
    now = Counter(name for each in clients for name in each.now)
    if not before:
        return ()
    found = []
    for supplier, count in now.items():
        shape = before[supplier] + SPREAD_PRIOR
        expected = shape * scale
        if count < limits.clients_minimum or count < limits.ratio * expected:
            continue
        chance = tail(count, expected, shape)
        if chance < limits.probability:
            found.append(Spread(supplier, count, expected, compared_with, chance))
    return tuple(sorted(found, key=lambda spread: (spread.probability, spread.supplier)))


def _buying(reaches: Iterable[frozenset[str]]) -> int:
    return sum(1 for names in reaches if names)


def _first_days(lines: Iterable[SupplierPurchases]) -> dict[str, int]:
    first: dict[str, int] = {}
    for line in lines:
        first[line.supplier] = min(line.first_day, first.get(line.supplier, line.first_day))
    return first


def outside_days(lines: Iterable[SupplierPurchases]) -> OutsideDays:
    """Return what was spent outside per supplier and currency, and per day."""
    found: dict[tuple[str, str], Mapping[int, int]] = {}
    for line in lines:
        if line.sanction == "outside":
            for currency, days in line.amounts.items():
                place = line.supplier, currency
                found[place] = _sum(found[place], days) if place in found else days
    return found


def _sum(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    total = dict(one)
    for day, amount in other.items():
        total[day] = total.get(day, 0) + amount
    return total


def _typical(spent: OutsideDays, currency: str, before: int) -> int | None:
    """Return the median of what was spent with one supplier in one day of the year before."""
    amounts = list(_amounts(spent, currency, before))
    return median_low(amounts) if amounts else None


def _amounts(spent: OutsideDays, currency: str, before: int) -> Iterator[int]:
    for (_, spent_in), days in spent.items():
        if spent_in == currency:
            yield from (minor for at, minor in days.items() if before - TYPICAL_DAYS < at <= before)


def _of_size(minor: int, typical: int | None, currency: str, policy: Policy) -> bool:
    """Return whether an amount is one of size; without a rate only one's own history can say."""
    limits = policy.purchases.new_supplier
    if currency == policy.money.reporting_currency:
        if minor < limits.minimum * 10 ** DECIMALS[currency]:
            return False
    elif typical is None:
        return False
    return typical is None or minor >= limits.factor * typical
