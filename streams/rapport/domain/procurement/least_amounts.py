"""Least amounts: purchases too small to count, taken out of a client's measures."""

from collections.abc import Mapping

from rapport.domain.ledger.measures import Measures
from rapport.domain.policy.procurement import PurchasePolicy


def counted_purchases(measures: Measures, policy: PurchasePolicy) -> Measures:
    """Return the measures without the purchases below the policy's least amounts.

    >>> from types import SimpleNamespace
    >>> policy = SimpleNamespace(least_amount_of={"EUR": 5})
    >>> small = {f"buy.small|outside|it|acme|EUR|{below}": {9: 1} for below in (2, 10)}
    >>> counted_purchases({"buy.count|outside|it": {9: 3}} | small, policy)["buy.count|outside|it"]
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
