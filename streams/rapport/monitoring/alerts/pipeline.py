"""Alerts on events that are rejected or wait, and on the policy."""

from typing import Final

from rapport.monitoring.alerts.alert import Case, PipelineAlert
from rapport.monitoring.alerts.cases import plain_series, with_near_misses
from rapport.monitoring.alerts.slots import Slot
from rapport.monitoring.metrics import pipeline

_PARTITION: Final = 'source="tickets",partition="3",instance="a"'
_DEAD: Final = Case(
    name="a growing count fires",
    series=plain_series((pipeline.DEAD_LETTERS, 'reason="invalid"', "0+1x60")),
    at="20m",
    labels=(("reason", "invalid"),),
    slot_texts={"events": "15"},
)
_DEAD_OF_TWO: Final = Case(
    name="the letters of two workers are added up",
    series=plain_series(
        (pipeline.DEAD_LETTERS, 'reason="invalid",instance="a"', "0+1x60"),
        (pipeline.DEAD_LETTERS, 'reason="invalid",instance="b"', "0+2x60"),
    ),
    at="20m",
    labels=(("reason", "invalid"),),
    slot_texts={"events": "45"},
)
DEAD_LETTERS: Final = PipelineAlert(
    name="RapportDeadLetters",
    expr=f"sum by (reason) (increase({pipeline.DEAD_LETTERS}[15m])) > 0",
    for_="1m",
    keep_firing_for="15m",
    by=("reason",),
    slots={"events": Slot()},
    cases=(
        _DEAD_OF_TWO,
        *with_near_misses(
            _DEAD, ("a count that stands still stays silent", pipeline.DEAD_LETTERS, "7x60")
        ),
    ),
)
_UNHANDLED: Final = Case(
    name="dead letters that are not handled for a day fire, though the workers were away and moved",
    series=plain_series(
        (pipeline.DEAD_LETTERS_UNHANDLED, 'instance="a"', "0x6 9x60 _x300"),
        (pipeline.DEAD_LETTERS_UNHANDLED, 'instance="b"', "_x100 7x300"),
    ),
    at="28h",
    slot_texts={"events": "7"},
)
_UNHANDLED_OF_TWO: Final = Case(
    name="the letters that two workers count are the same ones",
    series=plain_series(
        (pipeline.DEAD_LETTERS_UNHANDLED, 'instance="a"', "9x300"),
        (pipeline.DEAD_LETTERS_UNHANDLED, 'instance="b"', "8x300"),
    ),
    at="28h",
    slot_texts={"events": "9"},
)
DEAD_LETTERS_UNHANDLED: Final = PipelineAlert(
    name="RapportDeadLettersUnhandled",
    expr=(
        f"min_over_time(max by () ({pipeline.DEAD_LETTERS_UNHANDLED})[1d:10m]) > 0 "
        f"and on () {pipeline.DEAD_LETTERS_UNHANDLED} offset 1d"
    ),
    for_="1h",
    keep_firing_for="1h",
    slots={"events": Slot()},
    cases=(
        _UNHANDLED_OF_TWO,
        *with_near_misses(
            _UNHANDLED,
            (
                "dead letters that were all handled in between stay silent",
                pipeline.DEAD_LETTERS_UNHANDLED,
                "_x80 7x5 0x3 7x300",
                'instance="b"',
            ),
            (
                "workers that have known them for less than a day are silent",
                pipeline.DEAD_LETTERS_UNHANDLED,
                "_x300",
                'instance="a"',
            ),
            (
                "dead letters of less than a day stay silent",
                pipeline.DEAD_LETTERS_UNHANDLED,
                "0x30 9x36 _x300",
                'instance="a"',
            ),
        ),
    ),
)
_BEHIND: Final = Case(
    name="events that wait for a quarter of an hour fire, in a small installation too",
    series=plain_series(
        (pipeline.LAG_SECONDS, 'source="tickets",partition="0",instance="a"', "0+60x60"),
        (pipeline.LAG_SECONDS, 'source="tickets",partition="1",instance="b"', 0),
    ),
    at="16m",
    labels=(("source", "tickets"),),
    slot_texts={"minutes": "16"},
)
CONSUMER_LAG: Final = PipelineAlert(
    name="RapportConsumerLag",
    expr=f"max by (source) ({pipeline.LAG_SECONDS}) / 60 > 10",
    keep_firing_for="5m",
    by=("source",),
    slots={"minutes": Slot()},
    cases=with_near_misses(
        _BEHIND,
        (
            "events that wait for ten minutes stay silent",
            pipeline.LAG_SECONDS,
            "0+60x10 600x60",
            'partition="0"',
        ),
        (
            "a backlog that is worked off in time stays silent",
            pipeline.LAG_SECONDS,
            "0+60x13 0x60",
            'partition="0"',
        ),
    ),
)
_STUCK: Final = Case(
    name="a partition whose events wait while its offset stays fires, though the worker was away",
    series=plain_series(
        (pipeline.LAG, _PARTITION, "0x5 7x10 _x3 7x60"),
        (pipeline.HANDLED_OFFSET, _PARTITION, "39x5 40x10 _x2 40x60"),
    ),
    at="30m",
    labels=(("source", "tickets"), ("partition", "3")),
    slot_texts={"events": "7"},
)
PARTITION_NOT_PROGRESSING: Final = PipelineAlert(
    name="RapportPartitionNotProgressing",
    # The duration is in the expression: a worker that is away for minutes would restart a `for`.
    expr=(
        f"min by (source, partition) (min_over_time({pipeline.LAG}[15m])) > 0 "
        f"and max by (source, partition) ({pipeline.HANDLED_OFFSET}) "
        f"== max by (source, partition) ({pipeline.HANDLED_OFFSET} offset 15m)"
    ),
    for_="1m",
    keep_firing_for="5m",
    severity="critical",
    by=("source", "partition"),
    slots={"events": Slot()},
    cases=with_near_misses(
        _STUCK,
        (
            "a long backlog that is worked off stays silent",
            pipeline.HANDLED_OFFSET,
            "39x5 40x10 _x2 40+1x60",
        ),
        (
            "a partition that went on ten minutes ago is silent",
            pipeline.HANDLED_OFFSET,
            "39x15 _x3 40x60",
        ),
        (
            "a partition without events for which its offset stays is silent",
            pipeline.LAG,
            "0x15 _x3 0x60",
        ),
        (
            "events that arrived less than a quarter of an hour ago are silent",
            pipeline.LAG,
            "0x15 _x3 0x2 7x60",
        ),
    ),
)
_UNCOMMITTED: Final = Case(
    name="commits that fail again and again fire",
    series=plain_series((pipeline.COMMITS, 'outcome="failed",instance="a"', "0+1x60")),
    at="30m",
    labels=(("instance", "a"),),
    slot_texts={"commits": "15"},
)
COMMITS_FAILING: Final = PipelineAlert(
    name="RapportCommitsFailing",
    expr=f'sum by (instance) (increase({pipeline.COMMITS}{{outcome="failed"}}[15m])) > 10',
    for_="1m",
    keep_firing_for="15m",
    by=("instance",),
    slots={"commits": Slot()},
    cases=with_near_misses(
        _UNCOMMITTED,
        ("commits that a rebalance rejects stay silent", pipeline.COMMITS, "0x20 5x60"),
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
