"""Snapshot of a client on one day: its scores, and the events that each point comes from."""

from dataclasses import dataclass

from rapport.domain.explanation.attribution import (
    AttributionInputs,
    ScoreAttribution,
    score_attributions,
)
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.counted_purchases import Approvals
from rapport.domain.procurement.purchase_rows import PurchaseRow, purchase_rows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.signals.counts import SignalDay, signals_by_day


@dataclass(frozen=True, slots=True)
class ClientSnapshot:
    """The state of a client at the end of a day, calculated from the present ledger."""

    health: ClientHealth
    attributions: dict[str, ScoreAttribution]
    """By the name of the score."""
    purchase_rows: tuple[PurchaseRow, ...]
    signal_days: tuple[SignalDay, ...]


def take_client_snapshot(
    measures: ClientMeasures,
    compiled: CompiledPolicy,
    health: ClientHealth,
    approvals: Approvals = (),
) -> ClientSnapshot:
    """Return the snapshot of a client whose health was evaluated under the same policy."""
    day = health.day
    rows = purchase_rows(measures.amounts, compiled.policy.purchases, day, approvals)
    sums = measures.sums_at(compiled, day)
    inputs = AttributionInputs(measures.amounts, compiled, sums, approvals)
    return ClientSnapshot(
        health, score_attributions(inputs, health), rows, signals_by_day(measures.amounts, day)
    )
