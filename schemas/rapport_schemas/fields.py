"""Field types that contracts share, with their bounds."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

TEXT_CHARACTERS_MAX = 65_536

ClientName = Annotated[
    str, Field(min_length=1, max_length=64, description="The client as the publisher knows it.")
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
ClientSlug = Annotated[
    Slug, Field(description="The client's own id in the registry: lower case, never changed.")
]
EVERY_CLIENT: Final = "*"
"""Stands for all clients in the key of a record."""
ForClient = Annotated[
    ClientSlug | None, Field(description="The client that it is for; null: every client.")
]
Identifier = Annotated[
    str, Field(min_length=1, max_length=128, description="The publisher's own id of it.")
]
Name = Annotated[str, Field(min_length=1, max_length=256)]
FREE_TEXT: Final = "Read for signals, then dropped; never stored."
FreeText = Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX)]
Revision = Annotated[
    int,
    Field(ge=0, le=2**31 - 1, description="The highest revision of an id is the one that counts."),
]
HigherRevision = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="Higher than every revision before it.")
]
Score = Annotated[int, Field(ge=0, le=100, description="The point of the scale that was chosen.")]
Lowest = Annotated[int, Field(ge=0, le=100, description="The worst point of the scale.")]
Highest = Annotated[int, Field(ge=0, le=100, description="The best point of the scale.")]
Priority = Annotated[Literal["P1", "P2", "P3", "P4"], Field(description="P1 is the most urgent.")]
Viewpoint = Annotated[
    Literal["client", "own", "independent"],
    Field(description="Whose view it is: the client's, IT's own, or that of an independent party."),
]
Question = Annotated[
    Literal["trust", "relationship", "recommend", "clarity", "communication", "delivery"],
    Field(description="What was asked; clarity: is it clear what IT does, and what it does not?"),
]
Signal = Annotated[
    Literal["external_supplier", "options_open", "unclear_role", "raise_the_level"],
    Field(description="Which of the four signals it was."),
]
OccurredOn = Annotated[
    date,
    Field(
        ge=date(1970, 1, 1),
        le=date(2200, 1, 1),
        description="The day, in UTC, of the withdrawn event's own time; it finds the event.",
    ),
]
Day = Annotated[
    date,
    Field(
        ge=date(1970, 1, 1),
        le=date(2200, 1, 1),
        json_schema_extra={"x-from": "1970-01-01", "x-to": "2200-01-01"},
    ),
]
STATEMENT_CHARACTERS_MAX: Final = 500
PAGE_CHARACTERS_MAX: Final = 4_000
KEPT_TEXT: Final = "Kept as it is, and shown; never read for signals. Not about a person."
Statement = Annotated[str, Field(min_length=1, max_length=STATEMENT_CHARACTERS_MAX)]
PageText = Annotated[str, Field(min_length=1, max_length=PAGE_CHARACTERS_MAX)]
"""A text of at most one page."""
LINK_PATTERN: Final = (
    r"^https://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?"
    r"(/[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]*)?$"
)
"""An address without user information: what follows the host is a port or a slash."""
Link = Annotated[
    str,
    Field(
        max_length=1_000,
        pattern=LINK_PATTERN,
    ),
]
OptionalLink = Annotated[
    Link | None,
    Field(
        description="Where to read more: an https address. Shown only if the installation allows "
        "its host; never opened by Rapport."
    ),
]
Role = Literal["it_team", "project_managers", "it_management", "cio"]
Facet = Annotated[
    Literal["strategic_plan", "goals", "mission", "business_strategy", "pain_points"],
    Field(description="Which of the five facets of the client it is about."),
]


SCALE_RULES: Final = ("lowest < highest", "lowest <= score <= highest")


def rules(*texts: str) -> ConfigDict:
    """Return a model configuration with rules on fields that JSON Schema cannot express.

    The rules are part of the contract: they are rendered, and the gate compares them.
    """
    return ConfigDict(json_schema_extra={"x-rules": [*texts]})


class EventData(BaseModel):
    """Base of the data of all events.

    Unknown fields are ignored, so that an older consumer reads a newer version's events; values are
    strict: a number in quotes is an error.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    client: ClientName

    @property
    def record_key(self) -> str:
        """Return the key of its record: all events of a client are in one partition."""
        return self.client


class Withdrawal(EventData):
    """An event of the same source that should not have been sent, or not like this.

    It counts no more, whichever of the two arrives first. What is true instead is a new event with
    an id of its own: the content of an id never changes.
    """

    event_id: Annotated[
        str, Field(min_length=1, max_length=256, description="The CloudEvents id to withdraw.")
    ]
    occurred_on: OccurredOn


Percent = Annotated[int, Field(ge=0, le=100)]
Points = Annotated[Percent | None, Field(description="Points of a hundred.")]


class ScoreTargets(BaseModel):
    """The values that scores should reach."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    trust: Points = None
    engagement: Points = None
    knowledge: Points = None
    participation: Points = None


Targets = Annotated[ScoreTargets | None, Field(description="The scores that are wanted.")]
