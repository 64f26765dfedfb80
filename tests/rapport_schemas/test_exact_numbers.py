"""Numbers in two forms: strict, bounded, and equal to each other."""

from fractions import Fraction

import pytest
from pydantic import ValidationError

from rapport_schemas.exact_numbers import FigureValue, Points, ScoreValue, total


@pytest.mark.parametrize(
    ("model", "number"),
    [
        (ScoreValue, 0),
        (ScoreValue, 1),
        *((model, bound) for model in (FigureValue, Points) for bound in (-100, 100)),
    ],
)
def test_a_number_at_its_bound_is_taken_and_the_next_is_refused(model, number):
    assert model.of(Fraction(number)).fraction == number
    beyond = Fraction(number) + Fraction(1 if number > 0 else -1, 1000)
    with pytest.raises(ValidationError):
        model.of(beyond)


@pytest.mark.parametrize(
    "document",
    [{"value": "0.5", "exact": "1/2"}, {"value": 0, "exact": 0}, {"value": True, "exact": "1"}],
    ids=repr,
)
def test_a_text_is_no_number_and_a_number_is_no_text(document):
    with pytest.raises(ValidationError):
        ScoreValue.model_validate(document)


def test_a_later_version_s_field_is_ignored_and_a_number_does_not_change():
    number = ScoreValue.model_validate({"value": 0.5, "exact": "1/2", "added": 1})
    assert number == ScoreValue.of(Fraction(1, 2))
    with pytest.raises(ValidationError, match="frozen"):
        number.value = 0.25


@pytest.mark.parametrize(("characters", "taken"), [(2048, True), (2049, False)])
def test_the_longest_ratio_has_2048_characters(characters, taken):
    exact = "1/1" + "0" * (characters - 3)
    if taken:
        assert ScoreValue(value=0.0, exact=exact).exact == exact
        return
    with pytest.raises(ValidationError, match="at most 2048 characters"):
        ScoreValue(value=0.0, exact=exact)


def test_the_error_of_two_unequal_forms_is_cut():
    with pytest.raises(ValidationError, match="exact is not in lowest terms"):
        ScoreValue(value=0.5, exact="2/4")
    with pytest.raises(ValidationError, match=f"not exact 1/1{'0' * 61}, rounded"):
        ScoreValue(value=0.5, exact="1/1" + "0" * 99)


def test_a_total_is_exact_and_of_nothing_it_is_0():
    assert total([Points.of(Fraction(1, 3)), Points.of(Fraction(1, 6))]) == Fraction(1, 2)
    assert total([]) == 0
