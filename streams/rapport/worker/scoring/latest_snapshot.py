"""Snapshots: a frozen copy of all scores after each evaluation, for readers in other threads."""

from typing import Final

from rapport.domain.clients.registry import Directory
from rapport.web.fleet_snapshot import FleetSnapshot
from rapport.worker.assignment import Assignment
from rapport.worker.scoring.scorer import Scorer

_NOTHING: Final = (-1, -1)


def fleet_snapshot(scorer: Scorer, directory: Directory) -> FleetSnapshot:
    """Return a frozen copy of the scores of the last evaluation."""
    return FleetSnapshot(
        directory={client.id: client for client in directory},
        health=dict(scorer.health),
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

    def __init__(self, assignment: Assignment, scorer: Scorer, directory: Directory) -> None:
        self._assignment, self._scorer, self._directory = assignment, scorer, directory
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
        present = self._scorer.evaluations, self._scorer.organisation.changes
        if present != self._copied:
            self._copied = present
            self._fleet = fleet_snapshot(self._scorer, self._directory)

    def retake(self) -> None:
        """Copy the scores again: those of revoked partitions were dropped."""
        self._copied = _NOTHING
        self.take()
