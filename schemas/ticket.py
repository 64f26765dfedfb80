"""Ticket events: a request or incident was opened, resolved, reopened, or rated."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from rapport.schemas.fields import EventData, FreeText, Identifier, Priority, Score


class TicketEvent(EventData):
    """What every ticket event has."""

    ticket_id: Identifier


class TicketOpened(TicketEvent):
    """Somebody asked IT for something, or reported that something broke."""

    kind: Literal["incident", "request"]
    priority: Priority
    comment: FreeText | None = None


class TicketResolved(TicketEvent):
    """A ticket was closed, in time or not."""

    priority: Priority
    sla_met: bool
    reassignments: Annotated[int, Field(ge=0, le=10_000)] = 0
    closed_by: Literal["person", "auto"] = "person"
    opened_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    comment: FreeText | None = None

    @model_validator(mode="after")
    def _resolved_after_opened(self) -> Self:
        if self.opened_at and self.resolved_at and self.resolved_at < self.opened_at:
            raise ValueError("resolved_at is before opened_at")
        return self


class TicketReopened(TicketEvent):
    """A ticket that was closed turned out not to be done."""


class TicketRated(TicketEvent):
    """The client rated how a ticket was handled."""

    score: Score
    lowest: Score = 1
    highest: Score = 5
    comment: FreeText | None = None

    @model_validator(mode="after")
    def _score_on_its_scale(self) -> Self:
        check_scale(self.score, self.lowest, self.highest)
        return self


def check_scale(score: int, lowest: int, highest: int) -> None:
    """Raise `ValueError` unless `score` lies on a scale of at least two points."""
    if lowest >= highest:
        raise ValueError(f"a scale from {lowest} to {highest} has no two points")
    if not lowest <= score <= highest:
        raise ValueError(f"score {score} is outside the scale of {lowest} to {highest}")
