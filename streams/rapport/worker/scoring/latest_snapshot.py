"""Snapshots: a frozen copy of all scores after each evaluation, for readers in other threads."""

from typing import Any, Final

from rapport.domain.clients.registry import Directory
from rapport.web.fleet_snapshot import FleetSnapshot
from rapport.worker.assignment import Assignment
from rapport.worker.scoring.fleet_exchange import FleetExchange
from rapport.worker.scoring.scorer import Scorer

_NOTHING: Final[tuple[Any, ...]] = ()


def fleet_snapshot(
    scorer: Scorer, directory: Directory, others: FleetExchange | None = None
) -> FleetSnapshot:
    """Return a frozen copy of the scores of the last evaluation, and of other workers' scores."""
    registered = {client.id: client for client in directory}
    rows = {} if others is None else others.elsewhere(registered.keys() - scorer.health.keys())
    return FleetSnapshot(
        directory=registered,
        health={**scorer.health, **{client: row.health for client, row in rows.items()}},
        elsewhere={client: row.worker for client, row in rows.items()},
        workers=() if others is None else others.workers(),
        inputs=dict(scorer.client_inputs),
        context=scorer.fleet_context,
        closed_weeks=scorer.closed_baselines,
        shared_concerns=scorer.shared_concerns,
        policy=scorer.policy,
        calendar=scorer.calendar,
        organisation=scorer.organisation.frozen(),
    )


class LatestSnapshot:
    """Keeps the newest snapshot; a reader that holds an older one still reads consistent scores."""

    def __init__(
        self,
        assignment: Assignment,
        scorer: Scorer,
        directory: Directory,
        others: FleetExchange | None = None,
    ) -> None:
        self._assignment, self._scorer, self._directory = assignment, scorer, directory
        self._others = others
        self._copied = _NOTHING
        self._fleet: FleetSnapshot | None = None

    @property
    def fleet(self) -> FleetSnapshot | None:
        """The newest snapshot; None during recovery.

        An alert on partially recovered scores would be false.
        """
        return self._fleet if self._assignment.ready else None

    def take(self) -> None:
        """Copy the scores, if they or what the organisation decided changed since the last copy."""
        others = None if self._others is None else self._others.state()
        present = self._scorer.evaluations, self._scorer.organisation.changes, others
        if present != self._copied:
            self._copied = present
            self._fleet = fleet_snapshot(self._scorer, self._directory, self._others)

    def retake(self) -> None:
        """Copy the scores again: those of revoked partitions were dropped."""
        self._copied = _NOTHING
        self.take()
