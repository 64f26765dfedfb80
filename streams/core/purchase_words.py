"""What is remarkable about outside purchases beside their rise, in sentences with numbers."""

from collections.abc import Iterator

from rapport.streams.core.peers import Peers
from rapport.streams.core.procurement import PurchaseHealth
from rapport.streams.core.rates import written
from rapport.streams.core.suppliers import NewSupplier, Spread


def purchase_notes(health: PurchaseHealth) -> tuple[str, ...]:
    """Return a sentence for each new supplier of size, and one when the client is an outlier."""
    return tuple(_notes(health))


def _notes(health: PurchaseHealth) -> Iterator[str]:
    for new in health.new_suppliers.named:
        yield new_supplier_words(new)
    if health.peers is not None and health.peers.outlier:
        yield peer_words(health.peers)


def new_supplier_words(new: NewSupplier) -> str:
    """Return what was spent with a new supplier.

    >>> new_supplier_words(NewSupplier("acme", 20000, "EUR", 120000, 8000))
    'first purchases from acme: EUR 1,200.00; EUR 80.00 is typical for one supplier in a day'
    >>> new_supplier_words(NewSupplier("acme", 20000, "EUR", 120000, None))
    'first purchases from acme: EUR 1,200.00; it bought no IT outside in the year before'
    """
    if new.typical_minor is None:
        typical = "it bought no IT outside in the year before"
    else:
        typical = f"{written(new.typical_minor, new.currency)} is typical for one supplier in a day"
    return f"first purchases from {new.supplier}: {written(new.minor, new.currency)}; {typical}"


def peer_words(peers: Peers) -> str:
    """Return how a client compares with its peers.

    >>> peer_words(Peers(observed=40, expected=5.1, probability=0.0004, clients=120, outlier=True))
    '40 outside purchases, where 120 peers that buy as much would make 5.1'
    """
    return (
        f"{peers.observed} outside purchases, where {peers.clients} peers that buy as "
        f"much would make {peers.expected:.1f}"
    )


def spread_words(spread: Spread) -> str:
    """Return how a supplier spreads.

    >>> spread_words(Spread("acme", 9, 2.5, "the year before", 0.0004))
    '9 clients buy from acme; 2.5 were to be expected from the year before'
    """
    return (
        f"{spread.clients} clients buy from {spread.supplier}; {spread.expected:.1f} were to be "
        f"expected from {spread.compared_with}"
    )
