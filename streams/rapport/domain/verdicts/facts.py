"""What the rules of concerns read of one client, and the days of its looks."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapport.domain.calendar import last_day_of, week_of
from rapport.domain.concerns.looks import on_since
from rapport.domain.ledger.measures import ClientMeasures, Measures
from rapport.domain.policy.concerns import ConcernPolicy
from rapport.domain.policy.model import Policy
from rapport.domain.procurement.client_inputs import ClientInputs
from rapport.domain.procurement.health import FleetContext
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """One client on one day, under one policy."""

    health: ClientHealth
    measures: ClientMeasures
    inputs: ClientInputs
    context: FleetContext
    compiled: CompiledPolicy

    @property
    def policy(self) -> Policy:
        """The policy."""
        return self.compiled.policy

    @property
    def marks(self) -> ConcernPolicy:
        """The policy's section on concerns."""
        return self.compiled.policy.concerns

    @property
    def day(self) -> int:
        """Today."""
        return self.health.day

    @property
    def amounts(self) -> Measures:
        """The daily amounts of the client."""
        return self.measures.amounts

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
