"""The field types that contracts share, with their bounds."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TEXT_CHARACTERS_MAX = 65_536

ClientName = Annotated[
    str, Field(min_length=1, max_length=64, description="The client as the publisher knows it.")
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Identifier = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=256)]
FreeText = Annotated[
    str,
    Field(
        max_length=TEXT_CHARACTERS_MAX,
        description="Read for signals, then dropped; never stored.",
    ),
]
Revision = Annotated[int, Field(ge=0, le=2**31 - 1)]
Score = Annotated[int, Field(ge=0, le=100)]
Priority = Literal["P1", "P2", "P3", "P4"]
Viewpoint = Literal["client", "own", "independent"]
Question = Literal["trust", "relationship", "recommend", "clarity", "communication", "delivery"]
Signal = Literal["external_supplier", "options_open", "unclear_role", "raise_the_level"]
Role = Literal["it_team", "project_managers", "it_management", "cio"]
Facet = Literal["strategic_plan", "goals", "mission", "business_strategy", "pain_points"]


class EventData(BaseModel):
    """What every event's data has.

    Unknown fields are ignored when read, so that a publisher may send a newer version's fields to
    an older reader; values are strict: a number in quotes is an error, not a number.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    client: ClientName
