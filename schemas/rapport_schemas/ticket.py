"""Contracts of ticket events: opened, resolved, reopened, rated and withdrawn."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from rapport_schemas.fields import (
    FREE_TEXT,
    SCALE_RULES,
    EventData,
    FreeText,
    Highest,
    Identifier,
    Lowest,
    Priority,
    Score,
    Withdrawal,
    rules,
)

Comment = Annotated[FreeText | None, Field(description=FREE_TEXT)]


class TicketEvent(EventData):
    """Base of ticket events."""

    ticket_id: Identifier


class TicketOpened(TicketEvent):
    """The client asked IT for something, or reported a fault."""

    kind: Annotated[
        Literal["incident", "request"], Field(description="A fault, or a request for something.")
    ]
    priority: Priority
    comment: Comment = None


class TicketResolved(TicketEvent):
    """A ticket was closed, in time or not."""

    model_config = rules("opened_at <= resolved_at")

    priority: Priority
    sla_met: Annotated[bool, Field(description="Was it resolved within the agreed time?")]
    reassignments: Annotated[
        int, Field(ge=0, le=10_000, description="How often it went from one group to another.")
    ] = 0
    closed_by: Annotated[
        Literal["person", "auto"],
        Field(description="auto: closed without an answer of the client."),
    ] = "person"
    opened_at: Annotated[AwareDatetime | None, Field(description="When it was opened.")] = None
    resolved_at: Annotated[AwareDatetime | None, Field(description="When it was resolved.")] = None
    comment: Comment = None

    @model_validator(mode="after")
    def _resolved_after_opened(self) -> Self:
        if self.opened_at and self.resolved_at and self.resolved_at < self.opened_at:
            raise ValueError("resolved_at is before opened_at")
        return self


class TicketReopened(TicketEvent):
    """A closed ticket turned out not to be resolved."""


class TicketRated(TicketEvent):
    """The client rated how a ticket was handled."""

    model_config = rules(*SCALE_RULES)

    score: Score
    lowest: Lowest = 1
    highest: Highest = 5
    comment: Comment = None

    @model_validator(mode="after")
    def _score_on_its_scale(self) -> Self:
        check_scale(self.score, self.lowest, self.highest)
        return self


class TicketWithdrawn(Withdrawal):
    """A ticket event was wrong and counts no more."""


def check_scale(score: int, lowest: int, highest: int) -> None:
    """Raise `ValueError` unless `score` lies on a scale of at least two points."""
    if lowest >= highest:
        raise ValueError(f"a scale from {lowest} to {highest} has fewer than two points")
    if not lowest <= score <= highest:
        raise ValueError(f"score {score} is outside the scale of {lowest} to {highest}")
