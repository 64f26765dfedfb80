"""Base models of policy sections, and their types of numbers."""

from decimal import Decimal
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

DECIMAL_PLACES_MAX: Final = 9
Days = Annotated[int, Field(ge=1, le=3650)]
# Decimals are exact, so their decimal places are bounded: 1e-999999 is a number too.
Weight = Annotated[Decimal, Field(ge=0, le=100, decimal_places=DECIMAL_PLACES_MAX)]
Cap = Annotated[Decimal, Field(ge=1, le=1000, decimal_places=DECIMAL_PLACES_MAX)]
UnitInterval = Annotated[Decimal, Field(ge=0, le=1, decimal_places=DECIMAL_PLACES_MAX)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """Frozen section that forbids unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitWeights(Section):
    """Weights of one score, which sum to 1."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = sum(Decimal(getattr(self, name)) for name in type(self).model_fields)
        if total != 1:
            raise ValueError(f"the weights sum to {total}; they must sum to 1")
        return self
