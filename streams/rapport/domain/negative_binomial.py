"""The upper tail of a negative binomial with mean mu and size k (variance mu + mu^2 / k)."""

from rapport.domain.stats import beta_cdf


def tail(observed: int, mean: float, size: float) -> float:
    """Return P(Y >= observed) for Y ~ NegBin(mean, size), 0 to 1.

    It is the regularized incomplete beta function I_x(observed, size) at x = mean / (mean + size):
    the cost does not grow with the count, and a tiny chance keeps its digits (NIST Digital Library
    of Mathematical Functions, 8.17.24).

    >>> round(tail(4, 0.8524590, 2.6395939), 6)
    0.026081
    >>> tail(0, 3.0, 1.0), tail(1, 0.0, 1.0)
    (1.0, 0.0)
    """
    if observed <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    return min(1.0, max(0.0, beta_cdf(mean / (mean + size), observed, size)))
