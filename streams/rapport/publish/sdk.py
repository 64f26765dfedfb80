"""What `rapport.publish` offers to services: the publisher, and every event's model."""

from rapport.publish.publisher import (
    EventPublisher,
    Published,
    Publisher,
    PublishError,
    Receipt,
    RecordingPublisher,
    Spool,
)
from rapport_schemas.client import (
    ClientRegistered,
    ClientRemoved,
)
from rapport_schemas.procurement import (
    PurchaseCancelled,
    PurchaseCorrected,
    PurchaseRecorded,
)
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)
from rapport_schemas.survey import (
    Answer,
    SurveyAnswered,
    SurveyInvited,
    SurveyWithdrawn,
)
from rapport_schemas.ticket import (
    TicketOpened,
    TicketRated,
    TicketReopened,
    TicketResolved,
    TicketWithdrawn,
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
