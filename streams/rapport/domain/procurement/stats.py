"""Distribution functions: normal, beta with its quantiles, and the tail of a negative binomial.

The regularized incomplete beta function is the continued fraction of the NIST Digital Library of
Mathematical Functions, 8.17.22, evaluated by Lentz's method.
"""

import math
from functools import lru_cache
from typing import Final

TINY: Final = 1e-300
FRACTION_STEPS_MAX: Final = 10_000
HALVINGS: Final = 60
NEWTON_STEPS_MAX: Final = 40
CLOSE: Final = 1e-12
CONVERGED: Final = CLOSE / 10


def normal_cdf(z: float) -> float:
    """Return the probability that a standard normal variable is at most `z`.

    >>> round(normal_cdf(1.8385), 4)
    0.967
    """
    return 0.5 * math.erfc(-z / math.sqrt(2))


def beta_cdf(x: float, alpha: float, beta: float) -> float:
    """Return the regularized incomplete beta function I_x(alpha, beta).

    >>> round(beta_cdf(0.5, 2, 2), 12), round(beta_cdf(0.25, 1, 1), 12)
    (0.5, 0.25)
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (alpha + 1) / (alpha + beta + 2):
        return 1 - beta_cdf(1 - x, beta, alpha)
    log_front = alpha * math.log(x) + beta * math.log1p(-x) - _log_beta(alpha, beta)
    return math.exp(log_front) / (alpha * _continued_fraction(x, alpha, beta))


@lru_cache(maxsize=8192)
def beta_quantile(probability: float, alpha: float, beta: float) -> float:
    """Return the x below which a beta variable lies with `probability`.

    Newton's method inside a bracket, with bisection where a step would leave the bracket.

    >>> round(beta_quantile(0.5, 3, 3), 9), round(beta_quantile(0.05, 1, 1), 9)
    (0.5, 0.05)
    """
    low, high, x = 0.0, 1.0, alpha / (alpha + beta)
    for _ in range(HALVINGS + NEWTON_STEPS_MAX):
        error = beta_cdf(x, alpha, beta) - probability
        low, high = (x, high) if error < 0 else (low, x)
        density = _beta_density(x, alpha, beta)
        step = x - error / density if density > TINY else -1.0
        estimate = step if low < step < high else (low + high) / 2
        if abs(estimate - x) <= CLOSE * x:
            return estimate
        x = estimate
    return x


def negative_binomial_tail(observed: int, mean: float, size: float) -> float:
    """Return P(Y >= observed), where Y is negative binomial with `mean` and `size`.

    The variance is mean + mean^2 / size. The tail is the regularized incomplete beta function
    I_x(observed, size) at x = mean / (mean + size): the cost does not grow with the count, and a
    tiny probability keeps its digits (NIST Digital Library of Mathematical Functions, 8.17.24).

    >>> round(negative_binomial_tail(4, 0.8524590, 2.6395939), 6)
    0.026081
    >>> negative_binomial_tail(0, 3.0, 1.0), negative_binomial_tail(1, 0.0, 1.0)
    (1.0, 0.0)
    """
    if observed <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    return min(1.0, max(0.0, beta_cdf(mean / (mean + size), observed, size)))


def _beta_density(x: float, alpha: float, beta: float) -> float:
    if x <= 0 or x >= 1:
        return 0.0
    log_density = (alpha - 1) * math.log(x) + (beta - 1) * math.log1p(-x)
    return math.exp(log_density - _log_beta(alpha, beta))


def _log_beta(alpha: float, beta: float) -> float:
    return math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)


def _continued_fraction(x: float, alpha: float, beta: float) -> float:
    # Two coefficients per iteration, written out: function calls would double the time.
    both, denominator = alpha + beta, 1.0
    first = 1 - both * x / (alpha + 1)
    value = numerator = first if abs(first) > TINY else TINY
    for m in range(1, FRACTION_STEPS_MAX // 2):
        base = alpha + 2 * m
        coefficient = m * (beta - m) * x / ((base - 1) * base)
        below, above = 1 + coefficient * denominator, 1 + coefficient / numerator
        denominator = 1 / (TINY if -TINY <= below <= TINY else below)
        numerator = TINY if -TINY <= above <= TINY else above
        even = numerator * denominator
        coefficient = -(alpha + m) * (both + m) * x / (base * (base + 1))
        below, above = 1 + coefficient * denominator, 1 + coefficient / numerator
        denominator = 1 / (TINY if -TINY <= below <= TINY else below)
        numerator = TINY if -TINY <= above <= TINY else above
        odd = numerator * denominator
        value *= even * odd
        if -CONVERGED < odd - 1 < CONVERGED:
            break
    return value
