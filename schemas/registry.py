"""The tables of contracts: event type -> model, topic; and the topics themselves.

`CONTRACTS` is what Rapport takes, `PUBLISHED` what it publishes: nobody else may announce that.
"""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError

from rapport.schemas import client, health, procurement, relationship, survey, ticket
from rapport.schemas.dead_letter import DeadLetter
from rapport.schemas.keys import check_keys
from rapport.schemas.rejections import Rejected


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic."""

    name: str
    cleanup: str = "delete"
    folded: bool = False
    """Its events go into the ledger, so it has as many partitions as the ledger."""
    partitions: int = 1


TOPICS: Final = {
    topic.name: topic
    for topic in (
        Topic("clients", cleanup="compact"),
        Topic("tickets", folded=True),
        Topic("procurement", folded=True),
        Topic("surveys", folded=True),
        Topic("relationship", folded=True),
        Topic("dead-letters"),
        Topic("relationship-health"),
    )
}


class Contract:
    """One event type: its name, its model, its topic."""

    __slots__ = ("adapter", "model", "topic", "type")

    def __init__(self, event_type: str, topic: str, model: type[BaseModel]) -> None:
        self.type = event_type
        self.topic = topic
        self.model = model
        self.adapter: TypeAdapter[Any] = TypeAdapter(model)

    def decode(self, data: bytes) -> Any:
        """Return the model of JSON `data`; raises `Rejected` with the place of what is wrong."""
        try:
            model = self.adapter.validate_json(data)
        except ValidationError as error:
            found = rejected(error)
            if found.reason != "not-json":
                check_keys(data, "data")
            raise found from None
        check_keys(data, "data")
        return model


def rejected(error: ValidationError) -> Rejected:
    """Return the rejection that names the first thing that is wrong."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Rejected("not-json", "data", first["msg"])
    path = ".".join(("data", *map(str, first["loc"])))
    more = error.error_count() - 1
    return Rejected("invalid", path, first["msg"] + (f" (and {more} more)" if more else ""))


_TABLE: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "ticket.opened": ("tickets", ticket.TicketOpened),
    "ticket.resolved": ("tickets", ticket.TicketResolved),
    "ticket.reopened": ("tickets", ticket.TicketReopened),
    "ticket.rated": ("tickets", ticket.TicketRated),
    "ticket.withdrawn": ("tickets", ticket.TicketWithdrawn),
    "procurement.recorded": ("procurement", procurement.PurchaseRecorded),
    "procurement.corrected": ("procurement", procurement.PurchaseCorrected),
    "procurement.cancelled": ("procurement", procurement.PurchaseCancelled),
    "survey.invited": ("surveys", survey.SurveyInvited),
    "survey.answered": ("surveys", survey.SurveyAnswered),
    "survey.withdrawn": ("surveys", survey.SurveyWithdrawn),
    "relationship.signal-heard": ("relationship", relationship.SignalHeard),
    "relationship.touchpoint-held": ("relationship", relationship.TouchpointHeld),
    "relationship.profile-updated": ("relationship", relationship.ProfileUpdated),
    "relationship.promise-settled": ("relationship", relationship.PromiseSettled),
    "relationship.proposal-decided": ("relationship", relationship.ProposalDecided),
    "client.registered": ("clients", client.ClientRegistered),
    "client.removed": ("clients", client.ClientRemoved),
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
    f"rapport.{name}.v1": Contract(f"rapport.{name}.v1", "relationship-health", model)
    for name, model in _PUBLISHED.items()
}
CONTRACT_OF_MODEL: Final = {
    contract.model: contract for contract in (*CONTRACTS.values(), *PUBLISHED.values())
}
DEAD_LETTER: Final = Contract("rapport.dead-letter.v1", "dead-letters", DeadLetter)
EVERY_CONTRACT: Final = {**CONTRACTS, **PUBLISHED, DEAD_LETTER.type: DEAD_LETTER}
"""What is under the gate: every event, and the header of the dead letters."""
