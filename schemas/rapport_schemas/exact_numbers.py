"""Published numbers: a JSON number, and the exact ratio that it rounds."""

from fractions import Fraction
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rapport_schemas.fields import rules

EXACT_CHARACTERS_MAX = 2048
_ROUNDED: Final = "Rounded, to read and to show."

Ratio = Annotated[
    str,
    Field(
        pattern=r"^-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?$",
        max_length=EXACT_CHARACTERS_MAX,
        description="The exact number: an integer or a ratio in lowest terms.",
    ),
]


class _Exact(BaseModel):
    """Base of published numbers."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True) | rules(
        "exact is in lowest terms", "value is exact, rounded to a double"
    )
    smallest: ClassVar[int] = -100
    largest: ClassVar[int] = 100

    value: Annotated[float, Field(ge=-100, le=100, description=_ROUNDED)]
    exact: Ratio

    @property
    def fraction(self) -> Fraction:
        """The exact number."""
        return Fraction(self.exact)

    @classmethod
    def of(cls, number: Fraction) -> Self:
        """Return `number` in both forms.

        >>> ScoreValue.of(Fraction(1, 3))
        ScoreValue(value=0.3333333333333333, exact='1/3')
        """
        return cls(value=float(number), exact=str(number))

    @model_validator(mode="after")
    def _value_rounds_exact(self) -> Self:
        number = self.fraction
        if str(number) != self.exact:
            raise ValueError("exact is not in lowest terms")
        # The bounds come first: a ratio far outside them has no double.
        if not self.smallest <= number <= self.largest or float(number) != self.value:
            raise ValueError(f"value {self.value} is not exact {self.exact[:64]}, rounded")
        return self


class ScoreValue(_Exact):
    """A score, from 0 (worst) to 1 (best)."""

    smallest: ClassVar[int] = 0
    largest: ClassVar[int] = 1

    value: Annotated[float, Field(ge=0, le=1, description=_ROUNDED)]


class FigureValue(_Exact):
    """A number outside 0 to 1; its range is documented where it is used."""


class Points(_Exact):
    """How much a score went up or down, in the score's own unit: 0.01 is one point of a hundred."""


def total(points: Any) -> Fraction:
    """Return the exact sum of numbers.

    >>> total([Points.of(Fraction(1, 3)), Points.of(Fraction(-1, 6))])
    Fraction(1, 6)
    """
    return sum((each.fraction for each in points), Fraction(0))
