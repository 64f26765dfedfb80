"""Contract text: English sentences of the JSON API, which no language setting changes."""

from collections.abc import Iterable, Mapping
from typing import assert_never

from rapport.domain.policy.exchange_rates import format_amount
from rapport.domain.procurement.health import PurchaseHealth
from rapport.domain.procurement.missing_inputs import (
    BrokenFeed,
    MissingInput,
    MissingRate,
    UnclassifiedPurchases,
)
from rapport.domain.procurement.peers import PeerComparison
from rapport.domain.procurement.suppliers import NewSupplier
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.scoring.score import Score
from rapport.language.codes import DEFAULT
from rapport.language.concerns import describe_concern
from rapport.language.language import find_language
from rapport.language.narrative import (
    describe_part,
    describe_purchases,
    describe_score,
    describe_value,
)


def missing_texts(missing: Iterable[MissingInput]) -> list[str]:
    """Return the text of each missing input.

    >>> missing_texts(["survey", BrokenFeed("tickets", 12, 4), MissingRate("GBP")])
    ['survey', 'source tickets: silent for 12 days, 4 are usual', 'rate of GBP']
    >>> missing_texts([UnclassifiedPurchases(0.4)])
    ['classification of 40% of the purchases']
    """
    return [_missing_text(variant) for variant in missing]


def _missing_text(missing: MissingInput) -> str:
    match missing:
        case BrokenFeed(source, days, usual):
            return f"source {source}: silent for {days} days, {usual} are usual"
        case UnclassifiedPurchases(ratio):
            return f"classification of {ratio:.0%} of the purchases"
        case MissingRate(currency):
            return f"rate of {currency}"
        case str(name):
            return name
        case _:
            assert_never(missing)


def top_reason(health: ClientHealth, names: Mapping[str, str]) -> str:
    """Return what is said of a client first: its largest concern, good news, or its trust.

    `names` are the clients' names by id.
    """
    first = health.verdict.first
    if first is None:
        return score_reason(health.trust)
    return describe_concern(first, names, find_language(DEFAULT))[0]


def purchase_reason(purchases: PurchaseHealth) -> str:
    """Return the numbers behind the state of purchases outside IT, as every surface says them.

    >>> health = PurchaseHealth(4, 0.85, 4.7, 3.15, 0.026, "watch", 104, (), (), (), first_day=4,
    ...     last_day=31)
    >>> purchase_reason(health)[:49]
    '4 purchases outside IT in the 4 weeks to 1 Feb 19'
    >>> purchase_reason(health)[49:]
    '70; about 0.8 is normal. Unusual (1 in 38).'
    """
    return describe_purchases(purchases, (), find_language(DEFAULT))[0]


def score_reason(score: Score) -> str:
    """Return a score and the component that moves it most, as the pages say them in English."""
    english = find_language(DEFAULT)
    if score.shown is None:
        return describe_score(score, english)[0]
    value = describe_value(score.name, score.shown, english)
    reasons = score.reasons()
    return f"{value} {describe_part(score, reasons[0], english)}." if reasons else value


def purchase_notes(health: PurchaseHealth) -> list[str]:
    """Return a sentence for each large new supplier, and one when the client is an outlier."""
    notes = [_new_supplier(new) for new in health.new_suppliers.named]
    if health.peers is not None and health.peers.outlier:
        notes.append(_outlier(health.peers))
    return notes


def _new_supplier(new: NewSupplier) -> str:
    """Return the spend with a new supplier.

    >>> _new_supplier(NewSupplier("acme", 20000, "EUR", 120000, 8000))
    'first purchases from acme: EUR 1,200.00; EUR 80.00 is typical for one supplier in a day'
    >>> _new_supplier(NewSupplier("acme", 20000, "EUR", 120000, None))
    'first purchases from acme: EUR 1,200.00; it bought no IT outside in the year before'
    """
    if new.typical_minor is None:
        typical = "it bought no IT outside in the year before"
    else:
        typical = (
            f"{format_amount(new.typical_minor, new.currency)} is typical for one supplier in a day"
        )
    return (
        f"first purchases from {new.supplier}: {format_amount(new.minor, new.currency)}; {typical}"
    )


def _outlier(peers: PeerComparison) -> str:
    """Return the comparison of a client with its peers.

    >>> _outlier(PeerComparison(40, 5.1, probability=0.0004, clients=120, outlier=True))
    '40 purchases outside IT in a year; comparable clients: about 5.1'
    """
    english = find_language(DEFAULT)
    expected = english.short_number(peers.expected, 1)
    return english.text("concern_far_from_peers", n=peers.observed, expected=expected).rstrip(".")
