"""What the rules of concerns read of one client, and the days of its looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rapport.domain.calendar import last_day_of, week_of
from rapport.domain.concerns.looks import on_since
from rapport.domain.concerns.verdict import Concern
from rapport.domain.ledger.measures import Measures
from rapport.domain.policy.concerns import ConcernPolicy
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.procurement.health import FleetContext
from rapport.domain.procurement.windows import Windows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth, OwnScores


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """One client on one day, under one policy, whatever the other clients do."""

    day: int
    own: OwnScores
    active: Mapping[str, int]
    """Source -> days with events, as a bit set: bit 0 is the day itself."""
    amounts: Measures
    """The daily amounts of the client."""
    compiled: CompiledPolicy

    @property
    def policy(self) -> Policy:
        """The policy."""
        return self.compiled.policy

    @property
    def marks(self) -> ConcernPolicy:
        """The policy's section on concerns."""
        return self.compiled.policy.concerns

    def week_end(self, weeks_ago: int) -> int:
        """Return the last day of the week that closed `weeks_ago`; 1 is the last one."""
        return last_day_of(week_of(self.day) - weeks_ago)

    def day_of_look(self, ago: int) -> int:
        """Return the day of a look: 0 is today, 1 the end of the last closed week."""
        return self.week_end(ago) if ago else self.day

    def since(self, looks: Iterable[int]) -> int | None:
        """Return the day since which something is on, given its looks; None: it is not on."""
        ago = on_since(looks, self.marks.looks_begin, self.marks.looks_end)
        return None if ago is None else self.day_of_look(ago)


@dataclass(frozen=True, slots=True)
class ClientFacts(OwnFacts):
    """The same, beside the other clients."""

    health: ClientHealth
    inputs: ClientInputs
    context: FleetContext
    windows: Windows
    """The windows of the client's purchases."""


class OwnConcern(NamedTuple):
    """A concern that follows from the client's ledger, and the feeds without which it is not."""

    concern: Concern
    score: str | None = None
    """The broken sources of this score lower its sureness; None: none does."""
    source: str | None = None
    """It is not told while the feed of this source is broken."""
