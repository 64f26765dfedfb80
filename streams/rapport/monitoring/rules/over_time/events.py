"""Tests over time of the alerts on events that wait, fail or are rejected: beginning and end.

Windows of Prometheus 2 include their first moment and those of Prometheus 3 do not, so what a
window decides has a sample of margin.
"""

from typing import Final

from rapport.monitoring.metrics import feeds, pipeline
from rapport.monitoring.rules.samples import DAY, Series, case, series, written


def _partition(
    lag: tuple[tuple[int, float | None], ...], offset: str, instance: str = "a"
) -> tuple[Series, Series]:
    """Return the series of a partition that a worker reads."""
    labels = {"source": "tickets", "partition": "3", "instance": instance}
    return (
        series(pipeline.LAG.series, *lag, **labels),
        written(pipeline.HANDLED_OFFSET.series, offset, **labels),
    )


EVENTS: Final = [
    case(
        "it fires after an hour, and for a quarter of an hour after its end",
        [
            series(
                feeds.SOURCE_STATE.series,
                *((10, 0), (80, 1), (60, 0)),
                source="tickets",
                state="broken",
            )
        ],
        alert="RapportFeedBroken",
        fires=[70, 89, 104],
        quiet=[69, 105],
    ),
    case(
        "of two workers, one that finds the feed broken is enough, and a source is one alert",
        [
            series(
                feeds.SOURCE_STATE.series,
                (150, value),
                source="tickets",
                state="broken",
                instance=instance,
            )
            for instance, value in (("a", 1), ("b", 0), ("c", 1))
        ],
        alert="RapportFeedBroken",
        fires=[70],
    ),
    case(
        "another state than broken does not fire it",
        [series(feeds.SOURCE_STATE.series, (150, 1), source="tickets", state="flowing")],
        alert="RapportFeedBroken",
        fires=[],
        quiet=[70],
    ),
    case(
        "it fires a minute after the first letter, and for half an hour",
        [written(pipeline.DEAD_LETTERS.series, "0x9 1x80", reason="invalid", instance="a")],
        alert="RapportDeadLetters",
        fires=[11, 22, 37],
        quiet=[10, 41],
    ),
    case(
        "the letters of two workers, and of each reason, are one alert a reason",
        [
            written(pipeline.DEAD_LETTERS.series, "0+1x80", reason=reason, instance=instance)
            for reason, instance in (("invalid", "a"), ("invalid", "b"), ("unknown", "a"))
        ],
        alert="RapportDeadLetters",
        labels=',reason="invalid"',
        fires=[20],
    ),
    case(
        "one letter fires a day later, for an hour, and for an hour after it is handled",
        [
            series(
                pipeline.DEAD_LETTERS_UNHANDLED.series,
                *((6, 0), (DAY + 20, 1), (60, 0)),
                instance="a",
            )
        ],
        alert="RapportDeadLettersUnhandled",
        fires=[DAY + 12, DAY + 25, DAY + 31],
        quiet=[DAY + 11, DAY + 32],
        step=10,
    ),
    case(
        "workers that have not yet counted the letters do not end it",
        [
            series(pipeline.DEAD_LETTERS_UNHANDLED.series, (2 * DAY, 1), instance="a"),
            series(pipeline.DEAD_LETTERS_UNHANDLED.series, (2 * DAY, 0), instance="b"),
        ],
        alert="RapportDeadLettersUnhandled",
        fires=[DAY + 12],
        step=10,
    ),
    case(
        "it fires after five minutes, and for five minutes after the events are read",
        [
            series(
                pipeline.LAG_SECONDS.series,
                *((10, 0), (20, 630), (30, 0)),
                source="tickets",
                partition="0",
                instance="a",
            )
        ],
        alert="RapportConsumerLag",
        fires=[15, 29, 34],
        quiet=[14, 35],
    ),
    case(
        "the waits of two partitions are not added, and the longest counts",
        [
            series(
                pipeline.LAG_SECONDS.series,
                (60, seconds),
                source=source,
                partition=partition,
                instance="a",
            )
            for source, partition, seconds in (
                ("tickets", "0", 350),
                ("tickets", "1", 350),
                ("surveys", "0", 700),
                ("surveys", "1", 0),
            )
        ],
        alert="RapportConsumerLag",
        fires=[20],
    ),
    case(
        "one record fires after a quarter of an hour, and for five minutes after it is read",
        [*_partition(((80, 1),), "39x9 40x29 41x30")],
        alert="RapportPartitionNotProgressing",
        fires=[26, 39, 44],
        quiet=[25, 45],
    ),
    case(
        "a partition that went to a worker with nothing to wait for is silent",
        [
            *_partition(((40, 7), (40, None)), "40x39 stale"),
            *_partition(((40, None), (40, 0)), "_x40 40x39", "b"),
        ],
        alert="RapportPartitionNotProgressing",
        fires=[],
        quiet=[46, 52],
    ),
    case(
        "a partition that one of two workers works off is silent",
        [*_partition(((80, 7),), "40x79"), *_partition(((80, 7),), "40+1x79", "b")],
        alert="RapportPartitionNotProgressing",
        fires=[],
        quiet=[40],
    ),
    case(
        "a partition that stands at both of two workers fires once",
        [*_partition(((80, 7),), "40x79"), *_partition(((80, 7),), "38x79", "b")],
        alert="RapportPartitionNotProgressing",
        fires=[40],
    ),
    case(
        "it fires after eleven commits that failed, and for a quarter of an hour",
        [
            written(
                # The window's own rounding makes a bound of 9 of nothing less than 9.2.
                pipeline.COMMITS.series,
                "0x19 10.1x14 10.1x60",
                outcome="failed",
                instance="a",
            )
        ],
        alert="RapportCommitsFailing",
        fires=[21, 32, 47],
        quiet=[20, 51],
    ),
    case(
        "nine commits that failed stay silent, and so do those that are done",
        [
            written(pipeline.COMMITS.series, "0x19 9.2x80", outcome="failed", instance="a"),
            written(pipeline.COMMITS.series, "0+1x100", outcome="done", instance="a"),
        ],
        alert="RapportCommitsFailing",
        fires=[],
        quiet=[21, 30],
    ),
    case(
        "failed commits of half an hour are not added up",
        [written(pipeline.COMMITS.series, "0x19 6x17 12x80", outcome="failed", instance="a")],
        alert="RapportCommitsFailing",
        fires=[],
        quiet=[39, 45],
    ),
    case(
        "it fires after the eleventh rebalance of an hour, and for a quarter of an hour",
        [written(pipeline.REBALANCES.series, "0x69 10.5x150", instance="a")],
        alert="RapportFrequentRebalances",
        fires=[71, 127, 142],
        quiet=[70, 146],
    ),
    case(
        "nine rebalances stay silent, and those of two hours are not added up",
        [written(pipeline.REBALANCES.series, "0x69 9.5x69 19x80", instance="a")],
        alert="RapportFrequentRebalances",
        fires=[],
        quiet=[75, 120, 145, 180],
    ),
]
