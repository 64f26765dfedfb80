"""A client against its peers: the fit by moments, the chance, and both sides of the verdict."""

import pytest

from rapport.domain.policy.procurement import PeersPolicy
from rapport.domain.procurement.peers import SIZE_MAX, PeerComparison, PeerSums, compare_with_peers
from rapport.domain.procurement.stats import negative_binomial_tail as tail

LIMITS = PeersPolicy(window_days=364, clients_minimum=3, ratio=2, probability=0.01)
SCATTERED = [(2, 100), (5, 100), (8, 100), (11, 100), (14, 100), (17, 100), (20, 100)]
ALIKE = [(10, 100), (11, 100), (9, 100), (10, 100)]


def against(outside, volume, peers, **limits):
    everyone = PeerSums.of([*peers, (outside, volume)])
    return compare_with_peers(outside, volume, everyone, LIMITS.model_copy(update=limits))


def test_the_sums_are_of_those_that_buy():
    assert PeerSums.of([(2, 10), (0, 0), (3, 20)]) == (2, 5, 30, 13, 80, 500)
    assert PeerSums.of([(2, 10), (3, 20)]).without(3, 20) == (1, 2, 10, 4, 20, 100)


def test_peers_that_differ_a_lot_make_a_far_client_less_remarkable():
    # Rate 0.11 of a volume of 100 each: expected 11, scatter 252, of which 77 are chance.
    size = 7 * 11**2 / (252 - 77)
    found = against(20, 100, SCATTERED)
    assert found == PeerComparison(
        20, pytest.approx(11), pytest.approx(tail(20, 11, size)), 7, outlier=False
    )
    assert found.probability == pytest.approx(0.0905, abs=1e-4)


def test_the_scatter_counts_each_peer_by_its_own_volume():
    # Rate 30 / 300: scatter (2 - 5)^2 + (18 - 10)^2 + (10 - 15)^2, of which 30 are chance.
    found = against(20, 80, [(2, 50), (18, 100), (10, 150)])
    size = (5**2 + 10**2 + 15**2) / (9 + 64 + 25 - 30)
    assert found.expected == pytest.approx(8)
    assert found.probability == pytest.approx(tail(20, 8, size))


@pytest.mark.parametrize("peers", [ALIKE, [(9, 100), (9, 100), (12, 100)]], ids=["alike", "nearly"])
def test_peers_that_differ_by_chance_only_are_nearly_poisson(peers):
    found = against(20, 100, peers)
    assert found.probability == pytest.approx(tail(20, 10, SIZE_MAX))


@pytest.mark.parametrize(
    ("off", "size"), [(14, SIZE_MAX), (15, 4 * 100**2 / (2 * 15**2 - 400))], ids=["none", "little"]
)
def test_scatter_beyond_chance_begins_where_the_squares_exceed_the_mean(off, size):
    # Four peers with a mean of 100: chance alone scatters 400, and these 2 * off^2.
    peers = [(100, 10_000), (100 - off, 10_000), (100 + off, 10_000), (100, 10_000)]
    assert against(130, 10_000, peers).probability == pytest.approx(tail(130, 100, size))


@pytest.mark.parametrize(
    ("outside", "ratio", "probability", "outlier"),
    [
        (40, 2, 0.01, True),
        (40, 4, 0.01, True),
        (40, 4.01, 0.01, False),
        (40, 2, 1e-20, False),
        (19, 2, 0.99, False),
        (20, 2, 0.99, True),
    ],
    ids=["far", "at the ratio", "below the ratio", "not rare", "rare, yet near", "twice, and rare"],
)
def test_an_outlier_is_both_rare_and_far(outside, ratio, probability, outlier):
    assert against(outside, 100, ALIKE, ratio=ratio, probability=probability).outlier is outlier


def test_a_chance_of_exactly_the_limit_is_not_rare_enough():
    chance = against(40, 100, ALIKE).probability
    assert not against(40, 100, ALIKE, probability=chance).outlier


@pytest.mark.parametrize(
    ("outside", "volume", "peers", "compared"),
    [
        (5, 0, ALIKE, False),
        (5, 100, ALIKE[:2], False),
        (5, 100, ALIKE[:3], True),
        (5, 100, [(0, 100)] * 5, False),
        (5, 100, [(0, 100)] * 5 + [(1, 100)], True),
        (0, 1, ALIKE, True),
    ],
    ids=["buys nothing", "few peers", "just enough", "nothing outside", "one outside", "hardly"],
)
def test_who_is_compared(outside, volume, peers, compared):
    assert (against(outside, volume, peers) is not None) is compared
