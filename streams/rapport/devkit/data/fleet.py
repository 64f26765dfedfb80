"""The demo's fleet: the table of clients in `fleet.toml`, checked when it is read."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from rapport_schemas.fields import Facet, Priority, Role, Signal, Statement, Viewpoint

FLEET: Final = Path(__file__).with_name("fleet.toml")
Days = Annotated[int, Field(ge=1, le=500)]


class Row(BaseModel):
    """One row of a client's table: an event, or the same event again and again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ago: Days | tuple[Days, Days, Days]
    """Days ago; or the oldest and the newest, and every so many days back from the newest."""

    def days_ago(self) -> range:
        """Return the days on which it happens, the oldest first.

        >>> list(Row(ago=4).days_ago()), list(Row(ago=(9, 2, 3)).days_ago())
        ([4], [8, 5, 2])
        """
        oldest, newest, every = (self.ago, self.ago, 1) if isinstance(self.ago, int) else self.ago
        return range(newest, oldest + 1, every)[::-1]


class Tickets(Row):
    """Tickets that are opened, and closed a day later."""

    kind: Literal["incident", "request"] = "incident"
    priority: Priority = "P3"
    closed: tuple[Literal["in time", "late"], ...] = ("in time",)
    rated: tuple[Annotated[int, Field(ge=0, le=5)], ...] = ()
    """Stars of the client; 0: not rated."""
    reassignments: int = 0
    reopened: bool = False
    comment: str | None = None
    """What the client wrote in it."""
    under: str | None = None
    """The name that the service desk gives the client, where the registry has another."""


class Surveys(Row):
    """Surveys: so many are invited, and each score is one person's answer three days later."""

    view: Viewpoint = "client"
    invited: int = 0
    scores: tuple[Annotated[int, Field(ge=1, le=5)], ...] = ()
    comment: str | None = None
    """What the first of them wrote."""


class Meetings(Row):
    """Meetings of IT with the client."""

    kind: Literal["project_meeting", "workshop", "roadmap_talk"] = "project_meeting"
    roles: tuple[Role, ...] = ("it_team",)
    teams: tuple[str, ...] = ()
    topics: tuple[Facet, ...] = ()
    message: tuple[bool, ...] = (True,)
    """Whether the agreed message was given."""


class Learned(Row):
    """What IT came to know of the client."""

    facets: tuple[Facet, ...]
    held_from: Literal["client", "inferred"] = "client"
    statements: tuple[Statement, ...] = ()
    """What is known, of each facet in the order of the facets; without them only that it is."""


class Promises(Row):
    """Promises of IT, kept or broken."""

    kept: tuple[bool, ...]


class Proposals(Row):
    """Proposals of IT or of the client, and the answer."""

    by: Literal["it", "client"] = "it"
    accepted: tuple[bool, ...]


class Heard(Row):
    """A signal that a colleague of IT heard."""

    signal: Signal


class Promised(Row):
    """A promise of IT that is still open."""

    what: Statement
    due_in: Days


class Action(Row):
    """What IT does for the client, recorded so many days ago."""

    what: Statement
    kind: str
    who: str
    due_in: Days | None = None
    concern: str | None = None
    done_ago: Days | None = None
    """Days ago when it was done; None: it is open."""


class Noted(Row):
    """Something to know when one reads the client's past."""

    text: Statement


class Plan(Row):
    """The plan for the client."""

    text: Statement
    stage: Literal["supplier", "partner", "anticipator"]
    trust: Annotated[int, Field(ge=0, le=100)]
    review_in: Days


class DemoClient(BaseModel):
    """One client of the demo: its registration, its purchases' cost centres, and its events."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    owner: str
    cost_centres: tuple[str, ...]
    profile: str
    """What is to be seen of this client."""
    purchases_since: Days | None = None
    """Days ago of its oldest purchase, for a client that is new; None: all of them."""
    tickets: tuple[Tickets, ...] = ()
    surveys: tuple[Surveys, ...] = ()
    meetings: tuple[Meetings, ...] = ()
    learned: tuple[Learned, ...] = ()
    promises: tuple[Promises, ...] = ()
    proposals: tuple[Proposals, ...] = ()
    heard: tuple[Heard, ...] = ()
    promised: tuple[Promised, ...] = ()
    actions: tuple[Action, ...] = ()
    noted: tuple[Noted, ...] = ()
    plan: tuple[Plan, ...] = ()


class Fleet(BaseModel):
    """The demo's clients."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clients: tuple[DemoClient, ...]


@cache
def read_fleet() -> Fleet:
    """Return the table of the demo's clients."""
    return Fleet.model_validate(tomllib.loads(FLEET.read_text(encoding="utf-8")))
