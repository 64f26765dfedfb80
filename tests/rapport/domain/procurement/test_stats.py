"""Distribution functions, compared with sums and closed forms."""

import math
from fractions import Fraction
from statistics import NormalDist

import pytest

from rapport.domain.procurement import stats
from rapport.domain.procurement.stats import beta_cdf, beta_quantile, normal_cdf


@pytest.mark.parametrize("z", [-8.0, -3.0, -1.0, -0.25, 0.0, 0.5, 1.96, 4.0])
def test_the_normal_distribution_is_the_standard_library_s(z):
    assert normal_cdf(z) == pytest.approx(NormalDist().cdf(z), rel=1e-9)


def by_sum(x, alpha, beta):
    """I_x of whole numbers is a tail of the binomial distribution (DLMF 8.17.5)."""
    n = alpha + beta - 1
    terms = (math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(alpha, n + 1))
    return float(sum(terms))


@pytest.mark.parametrize("x", [Fraction(n, 50) for n in (1, 7, 20, 25, 31, 45, 49)])
@pytest.mark.parametrize(
    ("alpha", "beta"), [(1, 1), (1, 4), (4, 1), (2, 3), (12, 5), (5, 40), (150, 90)]
)
def test_the_beta_distribution_is_a_binomial_sum(x, alpha, beta):
    expected = by_sum(x, alpha, beta)
    assert beta_cdf(float(x), alpha, beta) == pytest.approx(expected, rel=1e-10, abs=1e-14)


@pytest.mark.parametrize(
    ("x", "chance"), [(-1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (1.5, 1.0), (2.0, 1.0), (1e-9, 1e-9)]
)
def test_the_beta_distribution_is_0_below_0_and_1_above_1(x, chance):
    assert beta_cdf(x, 1, 1) == pytest.approx(chance)
    assert type(beta_cdf(x, 1, 1)) is float


def test_halves_of_a_parameter_are_the_arcsine_distribution():
    assert beta_cdf(0.3, 0.5, 0.5) == pytest.approx(2 / math.pi * math.asin(math.sqrt(0.3)))


@pytest.mark.parametrize("probability", [0.001, 0.05, 0.4, 0.95, 0.999])
@pytest.mark.parametrize("power", [1, 3, 50])
def test_quantiles_have_a_closed_form_where_one_parameter_is_1(probability, power):
    assert beta_quantile(probability, power, 1) == pytest.approx(
        probability ** (1 / power), rel=1e-11
    )
    other = 1 - (1 - probability) ** (1 / power)
    assert beta_quantile(probability, 1, power) == pytest.approx(other, rel=1e-11)


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.95])
@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (1.2, 7.5), (31, 4), (400, 600)])
def test_the_distribution_function_of_a_quantile_is_its_probability(probability, alpha, beta):
    assert beta_cdf(beta_quantile(probability, alpha, beta), alpha, beta) == pytest.approx(
        probability
    )


@pytest.mark.parametrize(("alpha", "beta"), [(2, 2), (9.5, 3.5), (31, 4), (400, 600)])
def test_newton_s_method_finds_a_quantile_in_few_steps(alpha, beta, monkeypatch):
    evaluated = []

    def recorded(x, *parameters):
        evaluated.append(x)
        return beta_cdf(x, *parameters)

    monkeypatch.setattr(stats, "beta_cdf", recorded)
    beta_quantile.__wrapped__(0.05, alpha, beta)
    assert len(evaluated) <= 9
