"""What can be recorded: the contract of each kind, and the fields that a person is asked for."""

from typing import Final, NamedTuple

from pydantic import BaseModel

from rapport_schemas.desk import ActionRecorded, NoteRecorded
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseMade,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)

DAY_FIELDS: Final = frozenset({"made_on", "happened_on"})
"""Fields that are the day of the event unless another is given."""


class RecordKind(NamedTuple):
    """One kind of what can be recorded."""

    name: str
    model: type[BaseModel]
    fields: tuple[str, ...]
    """Fields of the contract that are options, the required ones first."""
    help: str
    id_field: str | None = None
    """Field with the id of the thing; None: it is an event, with an id of its own."""


PROMISE: Final = RecordKind(
    "promise",
    PromiseMade,
    ("what", "due_on", "made_on", "link"),
    """Record a promise, or with --kept or --broken that one was settled.

    Example:  rapport record promise finance --what "A test system" --due-on 2026-03-20

    Example:  rapport record promise finance --id 2026-03-02-1f9ac3d4 --kept
    """,
    "promise_id",
)
SETTLEMENT: Final = RecordKind("promise", PromiseSettled, ("made_on",), "", "promise_id")
KINDS: Final = (
    RecordKind(
        "touchpoint",
        TouchpointHeld,
        ("kind", "roles", "teams", "topics", "message_carried", "note"),
        """Record that IT and the client met.

        Example:  rapport record touchpoint finance --kind workshop --role cio --topic goals
        """,
    ),
    RecordKind(
        "signal",
        SignalHeard,
        ("signal", "note"),
        """Record one of the four signals that was heard.

        Example:  rapport record signal finance --signal options_open
        """,
    ),
    RecordKind(
        "profile",
        ProfileUpdated,
        ("facet", "held_from", "statement", "link"),
        """Record what is known of one facet of the client.

        Example:  rapport record profile finance --facet goals --held-from client
        --statement "Close the books in three days"
        """,
    ),
    PROMISE,
    RecordKind(
        "proposal",
        ProposalDecided,
        ("initiated_by", "accepted"),
        """Record that a proposal was accepted or declined.

        Example:  rapport record proposal finance --initiated-by it --accepted
        """,
    ),
    RecordKind(
        "action",
        ActionRecorded,
        ("what", "kind", "who", "due_on", "concern", "status", "done_on", "link"),
        """Record an action, as it stands now; with --id, what changed of one that is recorded.

        Example:  rapport record action finance --what "Show the catalogue" --kind explain-offer
        --who team-a --due-on 2026-03-20

        Example:  rapport record action finance --id 2026-03-02-1f9ac3d4 --status done
        """,
        "action_id",
    ),
    RecordKind(
        "note",
        NoteRecorded,
        ("text", "happened_on", "link"),
        """Record what one should know when one reads the client's past.

        Example:  rapport record note finance --text "Reorganisation" --on 2026-05-04
        """,
        "note_id",
    ),
)
