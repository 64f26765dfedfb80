"""Registry of contracts (event type -> model and topic) and of Kafka topics.

`CONTRACTS` are the events that Rapport consumes, `PUBLISHED` those that only Rapport publishes.
"""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from rapport_schemas import client, desk, health, procurement, relationship, survey, ticket
from rapport_schemas.wire.dead_letter import DeadLetter
from rapport_schemas.wire.rejection import Rejected
from rapport_schemas.wire.topic_names import prefixed
from rapport_schemas.wire.unique_keys import check_keys


@dataclass(frozen=True, slots=True)
class Topic:
    """Kafka topic and its settings."""

    name: str
    cleanup: str = "delete"
    feeds_ledger: bool = False
    """Whether its events go into the ledger; it then has as many partitions as the ledger."""
    partitions: int = 1


CLIENTS_TOPIC: Final = prefixed("clients")
TICKETS_TOPIC: Final = prefixed("tickets")
PROCUREMENT_TOPIC: Final = prefixed("procurement")
SURVEYS_TOPIC: Final = prefixed("surveys")
RELATIONSHIP_TOPIC: Final = prefixed("relationship")
ORGANISATION_TOPIC: Final = prefixed("organisation")
SUPPLIERS_TOPIC: Final = prefixed("suppliers")
AGREED_TEXTS_TOPIC: Final = prefixed("agreed-texts")
DEAD_LETTERS_TOPIC: Final = prefixed("dead-letters")
RELATIONSHIP_HEALTH_TOPIC: Final = prefixed("relationship-health")
TOPICS: Final = {
    topic.name: topic
    for topic in (
        Topic(CLIENTS_TOPIC, cleanup="compact"),
        Topic(TICKETS_TOPIC, feeds_ledger=True),
        Topic(PROCUREMENT_TOPIC, feeds_ledger=True),
        Topic(SURVEYS_TOPIC, feeds_ledger=True),
        Topic(RELATIONSHIP_TOPIC, feeds_ledger=True),
        Topic(ORGANISATION_TOPIC, cleanup="compact"),
        Topic(SUPPLIERS_TOPIC, cleanup="compact"),
        Topic(AGREED_TEXTS_TOPIC, cleanup="compact"),
        Topic(DEAD_LETTERS_TOPIC),
        Topic(RELATIONSHIP_HEALTH_TOPIC),
    )
}
"""Topics that other services read or write."""
GROUP: Final = prefixed("rapport")
"""Consumer group of the workers; Faust names the changelog of a table after it."""
LEDGER_TABLE: Final = "ledger"
CHANGELOG_TOPIC: Final = f"{GROUP}-{LEDGER_TABLE}-changelog"
OUTBOX_TABLE: Final = "announced"
OUTBOX_TOPIC: Final = f"{GROUP}-{OUTBOX_TABLE}-changelog"
"""Outbox: the last announcement of each client and score."""
DESK_TABLE: Final = "desk"
DESK_TOPIC: Final = f"{GROUP}-{DESK_TABLE}-changelog"
"""Desk: what people recorded of each client, with its text."""
CLIENT_INPUTS_TOPIC: Final = f"{GROUP}-figures"
"""Inputs for comparisons with clients of other workers (peer exchange)."""
FLEET_TOPIC: Final = f"{GROUP}-fleet"
"""Scores of each client, and which worker has it, for the lists of other workers."""
SETTLED_DEAD_LETTERS_TOPIC: Final = prefixed("dead-letters-done")
"""Which dead letters were replayed or discarded, by their partition and offset."""
CHANGELOG_TOPICS: Final = (CHANGELOG_TOPIC, DESK_TOPIC, OUTBOX_TOPIC)
"""The changelogs of the workers' tables, which have as many partitions as the inputs."""
WORKER_TOPICS: Final = (*CHANGELOG_TOPICS, CLIENT_INPUTS_TOPIC, FLEET_TOPIC)


class Contract:
    """Event type with its model and topic."""

    __slots__ = ("adapter", "model", "topic", "type")

    def __init__(self, event_type: str, topic: str, model: type[BaseModel]) -> None:
        self.type = event_type
        self.topic = topic
        self.model = model
        self.adapter: TypeAdapter[Any] = TypeAdapter(model)

    def decode(self, data: bytes) -> Any:
        """Return the model of JSON `data`; raises `Rejected` with the path of the error."""
        try:
            model = self.adapter.validate_json(data)
        except ValidationError as error:
            rejection = rejection_of(error)
            if rejection.reason != "not-json":
                check_keys(data, "data")
            raise rejection from None
        check_keys(data, "data")
        return model


def rejection_of(error: ValidationError) -> Rejected:
    """Return the rejection of the first validation error."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Rejected("not-json", "data", first["msg"])
    path = ".".join(("data", *map(str, first["loc"])))
    more = error.error_count() - 1
    return Rejected("invalid", path, first["msg"] + (f" (and {more} more)" if more else ""))


_TABLE: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "ticket.opened": (TICKETS_TOPIC, ticket.TicketOpened),
    "ticket.resolved": (TICKETS_TOPIC, ticket.TicketResolved),
    "ticket.reopened": (TICKETS_TOPIC, ticket.TicketReopened),
    "ticket.rated": (TICKETS_TOPIC, ticket.TicketRated),
    "ticket.withdrawn": (TICKETS_TOPIC, ticket.TicketWithdrawn),
    "procurement.recorded": (PROCUREMENT_TOPIC, procurement.PurchaseRecorded),
    "procurement.corrected": (PROCUREMENT_TOPIC, procurement.PurchaseCorrected),
    "procurement.cancelled": (PROCUREMENT_TOPIC, procurement.PurchaseCancelled),
    "survey.invited": (SURVEYS_TOPIC, survey.SurveyInvited),
    "survey.answered": (SURVEYS_TOPIC, survey.SurveyAnswered),
    "survey.withdrawn": (SURVEYS_TOPIC, survey.SurveyWithdrawn),
    "relationship.signal-heard": (RELATIONSHIP_TOPIC, relationship.SignalHeard),
    "relationship.touchpoint-held": (RELATIONSHIP_TOPIC, relationship.TouchpointHeld),
    "relationship.profile-updated": (RELATIONSHIP_TOPIC, relationship.ProfileUpdated),
    "relationship.promise-settled": (RELATIONSHIP_TOPIC, relationship.PromiseSettled),
    "relationship.proposal-decided": (RELATIONSHIP_TOPIC, relationship.ProposalDecided),
    "relationship.withdrawn": (RELATIONSHIP_TOPIC, relationship.RelationshipWithdrawn),
    "relationship.promise-made": (RELATIONSHIP_TOPIC, relationship.PromiseMade),
    "relationship.action-recorded": (RELATIONSHIP_TOPIC, desk.ActionRecorded),
    "relationship.plan-recorded": (RELATIONSHIP_TOPIC, desk.PlanRecorded),
    "relationship.note-recorded": (RELATIONSHIP_TOPIC, desk.NoteRecorded),
    "relationship.concern-acknowledged": (RELATIONSHIP_TOPIC, desk.ConcernAcknowledged),
    "relationship.cancelled": (RELATIONSHIP_TOPIC, desk.EntryCancelled),
    "client.registered": (CLIENTS_TOPIC, client.ClientRegistered),
    "client.removed": (CLIENTS_TOPIC, client.ClientRemoved),
    "organisation.described": (ORGANISATION_TOPIC, client.OrganisationDescribed),
    "organisation.withdrawn": (ORGANISATION_TOPIC, client.OrganisationWithdrawn),
    "supplier.approved": (SUPPLIERS_TOPIC, procurement.SupplierApproved),
    "supplier.approval-withdrawn": (SUPPLIERS_TOPIC, procurement.SupplierApprovalWithdrawn),
    "agreed-text.message-agreed": (AGREED_TEXTS_TOPIC, desk.MessageAgreed),
    "agreed-text.offer-described": (AGREED_TEXTS_TOPIC, desk.OfferDescribed),
    "agreed-text.withdrawn": (AGREED_TEXTS_TOPIC, desk.AgreedTextWithdrawn),
}
CONTRACTS: Final = {
    f"rapport.{name}.v1": Contract(f"rapport.{name}.v1", topic, model)
    for name, (topic, model) in _TABLE.items()
}
_PUBLISHED: Final[dict[str, type[BaseModel]]] = {
    "health.score-changed": health.ScoreChanged,
    "health.figure-changed": health.FigureChanged,
    "health.state-changed": health.StateChanged,
}
PUBLISHED: Final = {
    f"rapport.{name}.v1": Contract(f"rapport.{name}.v1", RELATIONSHIP_HEALTH_TOPIC, model)
    for name, model in _PUBLISHED.items()
}
CONTRACT_OF_MODEL: Final = {
    contract.model: contract for contract in (*CONTRACTS.values(), *PUBLISHED.values())
}
DEAD_LETTER: Final = Contract("rapport.dead-letter.v1", DEAD_LETTERS_TOPIC, DeadLetter)
EVERY_CONTRACT: Final = {**CONTRACTS, **PUBLISHED, DEAD_LETTER.type: DEAD_LETTER}
"""Contracts that the gate compares: every event, and the dead-letter header."""
