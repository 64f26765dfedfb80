"""What `rapport.publish` offers to services: the publisher, and every event's model."""

from rapport.schemas.client import (
    ClientRegistered,
    ClientRemoved,
)
from rapport.schemas.procurement import (
    PurchaseCancelled,
    PurchaseCorrected,
    PurchaseRecorded,
)
from rapport.schemas.relationship import (
    ProfileUpdated,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)
from rapport.schemas.survey import (
    Answer,
    SurveyAnswered,
    SurveyInvited,
    SurveyWithdrawn,
)
from rapport.schemas.ticket import (
    TicketOpened,
    TicketRated,
    TicketReopened,
    TicketResolved,
    TicketWithdrawn,
)
from rapport.streams.shell.publisher import (
    EventPublisher,
    Published,
    Publisher,
    PublishError,
    Receipt,
    RecordingPublisher,
    Spool,
)

__all__ = [
    "Answer",
    "ClientRegistered",
    "ClientRemoved",
    "EventPublisher",
    "ProfileUpdated",
    "PromiseSettled",
    "ProposalDecided",
    "PublishError",
    "Published",
    "Publisher",
    "PurchaseCancelled",
    "PurchaseCorrected",
    "PurchaseRecorded",
    "Receipt",
    "RecordingPublisher",
    "SignalHeard",
    "Spool",
    "SurveyAnswered",
    "SurveyInvited",
    "SurveyWithdrawn",
    "TicketOpened",
    "TicketRated",
    "TicketReopened",
    "TicketResolved",
    "TicketWithdrawn",
    "TouchpointHeld",
]
