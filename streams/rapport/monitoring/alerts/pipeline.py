"""Alerts on events that are rejected or wait, and on the policy."""

from typing import Final

from rapport.monitoring.alerts.alert import Case, PipelineAlert
from rapport.monitoring.alerts.cases import plain_series, with_near_misses
from rapport.monitoring.alerts.slots import Slot
from rapport.monitoring.metrics import pipeline

_DEAD: Final = Case(
    name="a growing count fires",
    series=plain_series((pipeline.DEAD_LETTERS, 'reason="invalid"', "0+1x60")),
    at="20m",
    labels=(("reason", "invalid"),),
    slot_texts={"events": "15"},
)
DEAD_LETTERS: Final = PipelineAlert(
    name="RapportDeadLetters",
    expr=f"sum by (reason) (increase({pipeline.DEAD_LETTERS}[15m])) > 0",
    for_="1m",
    keep_firing_for="15m",
    by=("reason",),
    slots={"events": Slot()},
    cases=with_near_misses(
        _DEAD, ("a count that stands still stays silent", pipeline.DEAD_LETTERS, "7x60")
    ),
)
_BEHIND: Final = Case(
    name="a backlog that lasts fires",
    series=plain_series((pipeline.LAG, 'source="tickets",partition="0"', 100_001)),
    at="20m",
    labels=(("source", "tickets"),),
    slot_texts={"events": "100001"},
)
CONSUMER_LAG: Final = PipelineAlert(
    name="RapportConsumerLag",
    expr=f"sum by (source) ({pipeline.LAG}) > 100000",
    for_="10m",
    keep_firing_for="5m",
    by=("source",),
    slots={"events": Slot()},
    cases=with_near_misses(
        _BEHIND,
        ("a small backlog stays silent", pipeline.LAG, 100_000),
        ("a backlog that shrinks in time stays silent", pipeline.LAG, "200000x8 0x60"),
    ),
)
_REFUSED: Final = Case(
    name="a refused policy fires",
    series=plain_series((pipeline.POLICY_REFUSED, 'instance="a"', 1_700_000_000)),
    at="10m",
    labels=(("instance", "a"),),
)
POLICY_REFUSED: Final = PipelineAlert(
    name="RapportPolicyRefused",
    expr=f"max by (instance) ({pipeline.POLICY_REFUSED}) > 0",
    by=("instance",),
    cases=with_near_misses(
        _REFUSED,
        ("a policy in force stays silent", pipeline.POLICY_REFUSED, 0),
        (
            "a file that is corrected at once stays silent",
            pipeline.POLICY_REFUSED,
            "1700000000x3 0x60",
        ),
    ),
)
