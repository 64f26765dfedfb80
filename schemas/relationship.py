"""Relationship events: what a relationship manager hears, holds, learns, promises and proposes."""

from typing import Annotated, Literal

from pydantic import Field

from rapport.schemas.fields import EventData, Facet, FreeText, Name, Role, Signal


class SignalHeard(EventData):
    """A relationship manager heard one of the article's four signals."""

    signal: Signal
    note: FreeText | None = None


class TouchpointHeld(EventData):
    """IT and the client met."""

    kind: Literal["project_meeting", "workshop", "roadmap_talk"]
    roles: Annotated[list[Role], Field(min_length=1, max_length=4)]
    teams: Annotated[list[Name], Field(max_length=20, default_factory=list)]
    topics: Annotated[list[Facet], Field(max_length=5, default_factory=list)]
    message_carried: Annotated[
        bool | None, Field(description="Was the agreed message brought? null when there is none.")
    ] = None
    note: FreeText | None = None


class ProfileUpdated(EventData):
    """One facet of what IT knows of the client was learned anew."""

    facet: Facet
    held_from: Annotated[
        Literal["client", "inferred"], Field(description="Told by the client, or inferred by IT.")
    ]


class PromiseSettled(EventData):
    """A promise or appointment was kept or broken."""

    kept: bool


class ProposalDecided(EventData):
    """A proposal was accepted or declined."""

    initiated_by: Literal["it", "client"]
    accepted: bool
