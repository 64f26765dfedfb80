"""The upper tail of a negative binomial with mean mu and size k (variance mu + mu^2 / k)."""

from math import exp, lgamma, log, log1p

TERMS_MAX = 100_000
NEGLIGIBLE = 1e-17


def tail(observed: int, mean: float, size: float) -> float:
    """Return P(Y >= observed) for Y ~ NegBin(mean, size).

    >>> round(tail(4, 0.8524590, 2.6395939), 6)
    0.026081
    >>> tail(0, 3.0, 1.0)
    1.0
    """
    if observed <= 0 or mean <= 0:
        return 1.0 if observed <= 0 else 0.0
    if observed > mean:
        return min(1.0, _sum_up(observed, mean, size))
    return max(0.0, 1.0 - _sum_down(observed - 1, mean, size))


def _log_term(count: int, mean: float, size: float) -> float:
    return (
        lgamma(count + size)
        - lgamma(size)
        - lgamma(count + 1)
        - size * log1p(mean / size)
        + count * (log(mean) - log(mean + size))
    )


def _sum_up(start: int, mean: float, size: float) -> float:
    term = exp(_log_term(start, mean, size))
    total, ratio = term, mean / (mean + size)
    for count in range(start, start + TERMS_MAX):
        term *= (count + size) / (count + 1) * ratio
        total += term
        if term < total * NEGLIGIBLE:
            break
    return total


def _sum_down(last: int, mean: float, size: float) -> float:
    return sum(exp(_log_term(count, mean, size)) for count in range(last + 1))
