"""The Python SDK: services publish events with it; it needs the base install only.

>>> from rapport.publish import PromiseSettled, RecordingPublisher
>>> with RecordingPublisher(source="urn:example:crm") as publisher:
...     receipt = publisher.publish(PromiseSettled(client="finance", kept=True))
>>> receipt.done, publisher.published[0].data.kept
(True, True)
"""

from rapport.publish.base import EventPublisher
from rapport.publish.publisher import Publisher
from rapport.publish.receipts import PublishError, Receipt
from rapport.publish.spool.spool import Spool
from rapport.publish.testing import Published, RecordingPublisher
from rapport_schemas.client import (
    AccountRole,
    ClientRegistered,
    ClientRemoved,
    OrganisationDescribed,
    OrganisationWithdrawn,
)
from rapport_schemas.desk import (
    ActionRecorded,
    AgreedTextWithdrawn,
    ConcernAcknowledged,
    EntryCancelled,
    MessageAgreed,
    NoteRecorded,
    OfferDescribed,
    PlanRecorded,
)
from rapport_schemas.fields import ScoreTargets
from rapport_schemas.procurement import (
    PurchaseCancelled,
    PurchaseCorrected,
    PurchaseRecorded,
    SupplierApprovalWithdrawn,
    SupplierApproved,
)
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseMade,
    PromiseSettled,
    ProposalDecided,
    RelationshipWithdrawn,
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
    "AccountRole",
    "ActionRecorded",
    "AgreedTextWithdrawn",
    "Answer",
    "ClientRegistered",
    "ClientRemoved",
    "ConcernAcknowledged",
    "EntryCancelled",
    "EventPublisher",
    "MessageAgreed",
    "NoteRecorded",
    "OfferDescribed",
    "OrganisationDescribed",
    "OrganisationWithdrawn",
    "PlanRecorded",
    "ProfileUpdated",
    "PromiseMade",
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
    "RelationshipWithdrawn",
    "ScoreTargets",
    "SignalHeard",
    "Spool",
    "SupplierApprovalWithdrawn",
    "SupplierApproved",
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
