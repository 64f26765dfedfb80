"""A client at one moment: its scores, and where every point of them comes from."""

from dataclasses import dataclass

from rapport.domain.explanation.attribution import (
    AttributionInputs,
    ScoreAttribution,
    score_attributions,
)
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.procurement.purchase_rows import PurchaseRow, purchase_rows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import ClientHealth
from rapport.domain.signals.counts import SignalDay, signals_by_day


@dataclass(frozen=True, slots=True)
class ClientSnapshot:
    """What is known of a client at the end of a day, of the ledger as it is now."""

    health: ClientHealth
    attributions: dict[str, ScoreAttribution]
    """By score."""
    bought: tuple[PurchaseRow, ...]
    heard: tuple[SignalDay, ...]


def client_snapshot(
    measures: ClientMeasures, plan: CompiledPolicy, health: ClientHealth
) -> ClientSnapshot:
    """Return the reasons behind the scores of a client, evaluated under the same plan."""
    day = health.day
    source = AttributionInputs(measures.amounts, plan, measures.sums_at(plan, day))
    rows = purchase_rows(measures.amounts, plan.policy.purchases, day)
    return ClientSnapshot(
        health, score_attributions(source, health), rows, signals_by_day(measures.amounts, day)
    )
