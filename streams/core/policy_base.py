"""What every section of the policy is made of: its base, and the kinds of numbers it takes."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

DECIMAL_PLACES_MAX: Final = 9
Days = Annotated[int, Field(ge=1, le=3650)]
# Decimals are calculated with exactly, so their places are bounded: 1e-999999 is a number too.
Weight = Annotated[Decimal, Field(ge=0, le=100, decimal_places=DECIMAL_PLACES_MAX)]
Cap = Annotated[Decimal, Field(ge=1, le=1000, decimal_places=DECIMAL_PLACES_MAX)]
Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=DECIMAL_PLACES_MAX)]


class Section(BaseModel):
    """A section: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
