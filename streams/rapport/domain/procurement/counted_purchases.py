"""Purchases as they count: without the smallest ones, and as IT has approved their suppliers."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, NamedTuple

from rapport.domain.clients.approvals import Approval
from rapport.domain.ledger.measures import Measures
from rapport.domain.policy.procurement import PurchasePolicy
from rapport.domain.procurement.suppliers import supplier_name

APPROVED: Final = "sanctioned"
NOT_YET_APPROVED: Final = frozenset({"outside", "unclassified"})
"""Sanctions that the approval of a supplier changes."""
Approvals = tuple[Approval, ...]


class ApprovedPurchases(NamedTuple):
    """Purchases of the last closed window that count as agreed because of an approval."""

    supplier: str
    """The supplier's key in the approval."""
    from_day: int
    times: int


def counted_purchases(
    measures: Measures, policy: PurchasePolicy, approvals: Approvals = ()
) -> Measures:
    """Return the measures in which small purchases do not count, and approved ones are agreed.

    The ledger stays as it is, so an approval that is withdrawn leaves no trace.
    """
    return _with_approvals(_without_small(measures, policy), approvals)


def approved_purchases(
    measures: Measures, policy: PurchasePolicy, approvals: Approvals, window: range
) -> tuple[ApprovedPurchases, ...]:
    """Return the purchases in `window` that count as agreed because of an approval."""
    if not approvals:
        return ()
    first = _first_approvals(approvals)
    times: dict[tuple[str, int], int] = {}
    for key, days in _without_small(measures, policy).items():
        found = _approval_of(key, first)
        if found is None or not key.startswith("buy.times|"):
            continue
        if not is_it(key.split("|")[2], policy.it_categories):
            continue
        covered = sum(n for at, n in days.items() if at in window and at >= found[1])
        times[found] = times.get(found, 0) + covered
    return tuple(ApprovedPurchases(*found, n) for found, n in sorted(times.items()) if n)


@lru_cache(maxsize=16_384)
def is_it(category: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a category matches one of IT's patterns.

    >>> is_it("cloud-software", ("*software*",)), is_it("vehicle-fuel", ("*software*",))
    (True, False)
    """
    return any(fnmatchcase(category, pattern) for pattern in patterns)


def _with_approvals(measures: Measures, approvals: Approvals) -> Measures:
    if not approvals:
        return measures
    first, counted = _first_approvals(approvals), dict(measures)
    for key, days in measures.items():
        found = _approval_of(key, first)
        if found is None:
            continue
        covered = {at: amount for at, amount in days.items() if at >= found[1]}
        kind, sanction, category, *rest = key.split("|")
        _move(counted, key, "|".join((kind, APPROVED, category, *rest)), covered)
        if kind == "buy.times":
            # The number of purchases of a category has no supplier.
            of_category = f"buy.count|{sanction}|{category}", f"buy.count|{APPROVED}|{category}"
            _move(counted, *of_category, covered)
    return counted


def _first_approvals(approvals: Iterable[Approval]) -> dict[str, int]:
    """Return the first day that is approved, by the supplier's key."""
    first: dict[str, int] = {}
    for one in approvals:
        first[one.supplier] = min(one.from_day, first.get(one.supplier, one.from_day))
    return first


def _approval_of(key: str, first: Mapping[str, int]) -> tuple[str, int] | None:
    """Return the supplier and the first day of the approval that covers a measure.

    An approval of a name covers its branches too.
    """
    if not key.startswith(("buy.times|", "buy.supplier|")):
        return None
    _, sanction, _, supplier, *_ = key.split("|")
    if sanction not in NOT_YET_APPROVED:
        return None
    names = (name for name in dict.fromkeys((supplier, supplier_name(supplier))) if name in first)
    return min(((name, first[name]) for name in names), key=lambda one: one[1], default=None)


def _move(
    counted: dict[str, Mapping[int, int]], source: str, target: str, days: Mapping[int, int]
) -> None:
    _subtract(counted, source, days)
    total = dict(counted.get(target, {}))
    for at, amount in days.items():
        total[at] = total.get(at, 0) + amount
    if total:
        counted[target] = total


def _without_small(measures: Measures, policy: PurchasePolicy) -> Measures:
    """Return the measures without the purchases below the policy's least amounts.

    >>> from types import SimpleNamespace
    >>> policy = SimpleNamespace(least_amount_of={"EUR": 5})
    >>> small = {f"buy.small|outside|it|acme|EUR|{below}": {9: 1} for below in (2, 10)}
    >>> _without_small({"buy.count|outside|it": {9: 3}} | small, policy)["buy.count|outside|it"]
    {9: 2}
    """
    least = policy.least_amount_of
    if not least:
        return measures
    counted: dict[str, Mapping[int, int]] = dict(measures)
    for key, days in measures.items():
        if not key.startswith("buy.small"):
            continue
        kind, sanction, category, supplier, currency, below = key.split("|")
        if int(below) > least.get(currency, 0):
            continue
        if kind == "buy.small":
            _subtract(counted, f"buy.count|{sanction}|{category}", days)
            _subtract(counted, f"buy.times|{sanction}|{category}|{supplier}", days)
        else:
            _subtract(counted, f"buy.supplier|{sanction}|{category}|{supplier}|{currency}", days)
    return counted


def _subtract(counted: dict[str, Mapping[int, int]], key: str, days: Mapping[int, int]) -> None:
    rest = {at: amount - days.get(at, 0) for at, amount in counted.get(key, {}).items()}
    rest = {at: amount for at, amount in rest.items() if amount}
    if rest:
        counted[key] = rest
    else:
        counted.pop(key, None)
