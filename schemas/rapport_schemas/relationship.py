"""Contracts of relationship events: signals, touchpoints, profiles, promises and proposals.

What is recorded with text to keep, such as actions and notes, is in `desk`.
"""

from typing import Annotated, Literal

from pydantic import Field

from rapport_schemas.fields import (
    FREE_TEXT,
    KEPT_TEXT,
    Day,
    EventData,
    Facet,
    FreeText,
    Identifier,
    Name,
    OptionalLink,
    Revision,
    Role,
    Signal,
    Statement,
    Withdrawal,
)

Note = Annotated[FreeText | None, Field(description=FREE_TEXT)]


class SignalHeard(EventData):
    """A relationship manager heard one of the four signals."""

    signal: Signal
    note: Note = None


class TouchpointHeld(EventData):
    """IT and the client met."""

    kind: Annotated[
        Literal["project_meeting", "workshop", "roadmap_talk"],
        Field(description="Of which kind the meeting was."),
    ]
    roles: Annotated[
        list[Role], Field(min_length=1, max_length=4, description="Which roles of IT took part.")
    ]
    teams: Annotated[
        list[Name],
        Field(max_length=20, default_factory=list, description="Which teams of IT took part."),
    ]
    topics: Annotated[
        list[Facet],
        Field(max_length=5, default_factory=list, description="Which facets were talked about."),
    ]
    message_carried: Annotated[
        bool | None, Field(description="Was the agreed message brought? null when there is none.")
    ] = None
    note: Note = None


class ProfileUpdated(EventData):
    """IT updated its knowledge of one facet of the client."""

    facet: Facet
    held_from: Annotated[
        Literal["client", "inferred"], Field(description="Told by the client, or inferred by IT.")
    ]
    statement: Annotated[
        Statement | None, Field(description=f"What is known, in a few sentences. {KEPT_TEXT}")
    ] = None
    link: OptionalLink = None


class PromiseMade(EventData):
    """IT promised the client something."""

    promise_id: Identifier
    revision: Revision = 0
    made_on: Annotated[
        Day, Field(description="The day on which it was promised; its settlement repeats it.")
    ]
    due_on: Annotated[Day, Field(description="The day on which it is due.")]
    what: Annotated[Statement, Field(description=f"What was promised. {KEPT_TEXT}")]
    link: OptionalLink = None


class PromiseSettled(EventData):
    """A promise or appointment was kept or broken."""

    kept: Annotated[bool, Field(description="true: kept; false: broken.")]
    promise_id: Annotated[
        Identifier | None,
        Field(description="Which promise; of one promise the highest revision counts, once."),
    ] = None
    made_on: Annotated[
        Day | None,
        Field(description="The day on which it was promised; without it, promise_id is not used."),
    ] = None
    revision: Revision = 0


class ProposalDecided(EventData):
    """A proposal was accepted or declined."""

    initiated_by: Annotated[Literal["it", "client"], Field(description="Who proposed it.")]
    accepted: Annotated[bool, Field(description="true: accepted; false: declined.")]


class RelationshipWithdrawn(Withdrawal):
    """A relationship event was wrong and counts no more."""
