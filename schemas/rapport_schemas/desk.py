"""Contracts of what people record with text to keep: actions, plans, notes, acknowledgements.

Each has an id of its own and revisions, with the full state: the highest revision is what is kept.
The agreed message and what IT offers are in a compacted topic: the newest record is what holds.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rapport_schemas.fields import (
    EVERY_CLIENT,
    KEPT_TEXT,
    Day,
    EventData,
    ForClient,
    HigherRevision,
    Identifier,
    OptionalLink,
    PageText,
    Percent,
    Revision,
    Slug,
    Statement,
    Targets,
    rules,
)

Concern = Annotated[
    Slug, Field(description="The kind of concern, as `trust_falling`; others may come.")
]
StageName = Annotated[
    Literal["supplier", "partner", "anticipator"], Field(description="A stage of maturity.")
]
Reason = Annotated[Statement, Field(description=f"Why. {KEPT_TEXT}")]


class ActionRecorded(EventData):
    """What IT does for a client, as it stands now."""

    model_config = rules("done_on is given exactly when status is done")

    action_id: Identifier
    revision: Revision = 0
    what: Annotated[Statement, Field(description=f"What is done. {KEPT_TEXT}")]
    kind: Annotated[Slug, Field(description="The kind of action, of the policy's list.")]
    who: Annotated[Slug, Field(description="The role or team that does it; never a person.")]
    due_on: Annotated[Day | None, Field(description="The day on which it is due.")] = None
    concern: Annotated[
        Concern | None, Field(description="The kind of concern that it is meant to end.")
    ] = None
    status: Annotated[
        Literal["open", "done", "dropped"], Field(description="dropped: it will not be done.")
    ] = "open"
    done_on: Annotated[Day | None, Field(description="The day on which it was done.")] = None
    link: OptionalLink = None

    @model_validator(mode="after")
    def _done_on_a_day(self) -> Self:
        if (self.status == "done") != (self.done_on is not None):
            raise ValueError("done_on is given exactly when status is done")
        return self


class PlanRecorded(EventData):
    """The plan for a client, as it stands now; a source has one plan per client."""

    revision: Revision = 0
    text: Annotated[PageText, Field(description=f"What is wanted, and how. {KEPT_TEXT}")]
    stage: Annotated[StageName | None, Field(description="The stage that is wanted.")] = None
    targets: Targets = None
    review_on: Annotated[Day | None, Field(description="When the plan is looked at again.")] = None
    link: OptionalLink = None


class NoteRecorded(EventData):
    """Something to know when one reads a client's past, such as a reorganisation."""

    note_id: Identifier
    revision: Revision = 0
    happened_on: Annotated[Day, Field(description="The day at which it stands on the timeline.")]
    text: Annotated[Statement, Field(description=f"What happened. {KEPT_TEXT}")]
    link: OptionalLink = None


class ConcernAcknowledged(EventData):
    """A concern is known, and needs no attention until a day.

    It holds per client and kind. The concern returns earlier when its points rise.
    """

    concern: Concern
    revision: Revision = 0
    reason: Reason
    until: Annotated[Day, Field(description="The last day on which it holds.")]
    points: Annotated[
        Percent | None, Field(description="The concern's points when it was acknowledged.")
    ] = None


class EntryCancelled(EventData):
    """Something that was recorded under an id of its own, and should not have been.

    Its revision is higher than that of what it takes back. An event without such an id is taken
    back by `withdrawn`, which names the event.
    """

    model_config = rules("made_on is given exactly when kind is settlement")

    kind: Annotated[
        Literal["promise", "settlement", "action", "plan", "note", "acknowledgement"],
        Field(description="What it takes back; settlement: that a promise was kept or broken."),
    ]
    entry_id: Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            description="Its id; of a plan `plan`, of an acknowledgement the kind of concern.",
        ),
    ]
    revision: HigherRevision
    made_on: Annotated[
        Day | None, Field(description="The day on which the settled promise was made.")
    ] = None

    @model_validator(mode="after")
    def _settlement_is_found(self) -> Self:
        if (self.kind == "settlement") != (self.made_on is not None):
            raise ValueError("made_on is given exactly when kind is settlement")
        return self


class _AgreedText(BaseModel):
    """Base of texts of IT: the newest for a client, or for every client, is what holds."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    client: ForClient = None
    since: Annotated[Day, Field(description="The day since which it holds.")]
    link: OptionalLink = None


class MessageAgreed(_AgreedText):
    """The message that everybody of IT brings to clients."""

    text: Annotated[Statement, Field(description=f"The message. {KEPT_TEXT}")]

    @property
    def record_key(self) -> str:
        """Return the key of its record."""
        return agreed_text_key("message", self.client)


class OfferDescribed(_AgreedText):
    """What IT does for its clients, and what it does not."""

    does: Annotated[PageText, Field(description=f"What IT does. {KEPT_TEXT}")]
    does_not: Annotated[PageText, Field(description=f"What IT does not. {KEPT_TEXT}")]

    @property
    def record_key(self) -> str:
        """Return the key of its record."""
        return agreed_text_key("offer", self.client)


class AgreedTextWithdrawn(BaseModel):
    """A message or an offer holds no more."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    kind: Annotated[Literal["message", "offer"], Field(description="Which text.")]
    client: ForClient = None

    @property
    def record_key(self) -> str:
        """Return the key of its record: that of the text."""
        return agreed_text_key(self.kind, self.client)


def agreed_text_key(kind: str, client: str | None) -> str:
    """Return the key of a record with a text of IT.

    >>> agreed_text_key("offer", None), agreed_text_key("message", "finance")
    ('offer|*', 'message|finance')
    """
    return f"{kind}|{client or EVERY_CLIENT}"
