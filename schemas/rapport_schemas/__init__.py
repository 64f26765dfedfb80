"""Event contracts: the data of each event type as a pydantic model, and their form on the wire."""

from rapport_schemas.client import ClientRegistered, ClientRemoved
from rapport_schemas.health import FigureChanged, ScoreChanged, StateChanged
from rapport_schemas.procurement import PurchaseCancelled, PurchaseCorrected, PurchaseRecorded
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)
from rapport_schemas.survey import Answer, SurveyAnswered, SurveyInvited, SurveyWithdrawn
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
    "FigureChanged",
    "ProfileUpdated",
    "PromiseSettled",
    "ProposalDecided",
    "PurchaseCancelled",
    "PurchaseCorrected",
    "PurchaseRecorded",
    "ScoreChanged",
    "SignalHeard",
    "StateChanged",
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
