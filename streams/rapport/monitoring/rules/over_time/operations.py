"""Tests over time of the alerts on processes and on scores: when each begins, and when it ends.

Windows of Prometheus 2 include their first moment and those of Prometheus 3 do not, so what a
window decides has a sample of margin.
"""

from typing import Final

from rapport.monitoring.metrics import intake, pipeline, process
from rapport.monitoring.rules.samples import Series, case, clients, info, series, written

INTAKE: Final = "rapport-intake"


def _shown_clients(*phases: tuple[int, int], total: int) -> list[Series]:
    """Return the series of a worker that shows some clients of all, a number for each phase."""
    most = max(shown for _, shown in phases)
    every = (
        info(*((samples, 1 if number < shown else None) for samples, shown in phases), client=name)
        for number, name in enumerate(f"c{number}" for number in range(most))
    )
    return [clients((sum(samples for samples, _ in phases), total)), *every]


PROCESSES: Final = [
    case(
        "it fires five minutes after the last worker went down, until one is up",
        [
            series("up", (10, 1), (10, 0), (30, 1), instance="a"),
            series("up", (50, 0), instance="b"),
        ],
        alert="RapportWorkerDown",
        fires=[15, 19],
        quiet=[9, 14, 20],
    ),
    case(
        "it fires five minutes after the last worker disappeared, until one is there",
        [series("up", (10, 1), (10, None), (30, 1)), series("up", (50, 1), job="other")],
        alert="RapportWorkerDown",
        fires=[15, 19],
        quiet=[14, 20],
    ),
    case(
        "a job that is not Rapport's does not fire it",
        [series("up", (50, 0), job="other"), series("up", (50, 1))],
        alert="RapportWorkerDown",
        fires=[],
        quiet=[20],
    ),
    case(
        "it fires a quarter of an hour after one of two went down, until it is up",
        [
            series("up", (10, 1), (20, 0), (20, 1), instance="a"),
            series("up", (50, 1), instance="b"),
        ],
        alert="RapportOneWorkerDown",
        fires=[25, 29],
        quiet=[24, 30],
    ),
    case(
        "a job that is not Rapport's has no worker",
        [series("up", (50, 0), job="other", instance="a"), series("up", (50, 1), instance="b")],
        alert="RapportOneWorkerDown",
        fires=[],
        quiet=[20, 40],
    ),
    case(
        "it fires after a quarter of an hour, until the worker is ready",
        [series(pipeline.READY.series, (10, 1), (20, 0), (20, 1), instance="a")],
        alert="RapportWorkerNotReady",
        fires=[25, 29],
        quiet=[24, 30],
    ),
    case(
        "it fires after five minutes, until a minute after Kafka answers",
        [
            series(pipeline.KAFKA_UP.series, (10, 1), (10, 0), (30, 1), instance="a"),
            series(pipeline.KAFKA_LAST_ANSWER.series, (50, 60), instance="a"),
        ],
        alert="RapportKafkaUnreachable",
        fires=[15, 20],
        quiet=[14, 21],
    ),
    case(
        "it fires at the fourth restart in an hour, and goes on while Prometheus sees it away",
        [
            written(process.PROCESS_START.series, "0x4 1x4 2x4 3x4 4x60", instance="a"),
            series(process.BUILD_INFO.series, (30, 1), (30, None), instance="a"),
        ],
        alert="RapportFrequentRestarts",
        fires=[21, 29, 43],
        quiet=[20, 46],
    ),
    case(
        "four restarts in more than an hour stay silent, and four within it fire",
        [
            written(process.PROCESS_START.series, "0x4 1x28 2x28 3x28 4x60", instance="a"),
            written(process.PROCESS_START.series, "0x4 1x13 2x13 3x13 4x60", instance="b"),
            series(process.BUILD_INFO.series, (150, 1), instance="a"),
            series(process.BUILD_INFO.series, (150, 1), instance="b"),
        ],
        alert="RapportFrequentRestarts",
        labels=',instance="a"',
        fires=[],
        quiet=[95, 100],
    ),
    case(
        "four restarts within an hour fire",
        [
            written(process.PROCESS_START.series, "0x4 1x13 2x13 3x13 4x60", instance="a"),
            series(process.BUILD_INFO.series, (150, 1), instance="a"),
        ],
        alert="RapportFrequentRestarts",
        fires=[49, 52],
        quiet=[46],
    ),
    case(
        "a process of the same job that is not Rapport's is silent",
        [
            written(process.PROCESS_START.series, "0x4 1x4 2x4 3x4 4x60", instance="a"),
            series(process.BUILD_INFO.series, (60, 1), instance="b"),
        ],
        alert="RapportFrequentRestarts",
        fires=[],
        quiet=[30],
    ),
    case(
        "it fires after five minutes, until the policy is corrected",
        [series(pipeline.POLICY_REFUSED.series, (10, 0), (10, 1.7e9), (30, 0), instance="a")],
        alert="RapportPolicyRefused",
        fires=[15, 19],
        quiet=[14, 20],
    ),
    case(
        "it fires five minutes after an intake went down, until it is up",
        [series("up", (10, 1), (10, 0), (30, 1), job=INTAKE, instance="a")],
        alert="RapportIntakeDown",
        fires=[15, 19],
        quiet=[14, 20],
    ),
    case(
        "it fires after five minutes, until Kafka answers",
        [
            series(intake.READY.series, (10, 1), (10, 0), (30, 1), job=INTAKE, instance="a"),
        ],
        alert="RapportIntakeNotReady",
        fires=[15, 19],
        quiet=[14, 20],
    ),
    case(
        "it fires after a quarter of an hour, and for as long after there is room again",
        [
            series(pipeline.STORE_BYTES.series, (60, 4e9), instance="a"),
            series(
                pipeline.STORE_FREE_BYTES.series, (10, 4e9), (20, 3.8e9), (30, 4e9), instance="a"
            ),
        ],
        alert="RapportDiskFilling",
        fires=[25, 29, 44],
        quiet=[24, 45],
    ),
    case(
        "a twentieth more room than the store takes stays silent",
        [
            series(pipeline.STORE_BYTES.series, (60, 4e9), instance="a"),
            series(pipeline.STORE_FREE_BYTES.series, (60, 4.2e9), instance="a"),
        ],
        alert="RapportDiskFilling",
        fires=[],
        quiet=[40],
    ),
]
SCORES: Final = [
    case(
        "it fires five minutes after scores are more than five minutes old, and for as long on",
        [
            # At the 25th minute the scores were evaluated in the ninth.
            written(pipeline.EVALUATED.series, "0+60x9 540x15 1560+60x30", instance="a"),
            series(pipeline.READY.series, (60, 1), instance="a"),
        ],
        alert="RapportScoresNotUpdating",
        fires=[20, 25, 30],
        quiet=[19, 31],
    ),
    case(
        "a worker that has not evaluated yet is silent",
        [
            series(pipeline.EVALUATED.series, (60, 0), instance="a"),
            series(pipeline.READY.series, (60, 1), instance="a"),
        ],
        alert="RapportScoresNotUpdating",
        fires=[],
        quiet=[40],
    ),
    case(
        "it fires after twenty minutes, and for five minutes after the clients are shown",
        _shown_clients((10, 19), (25, 17), (30, 19), total=19),
        alert="RapportScoresMissing",
        fires=[30, 34, 39],
        quiet=[29, 40],
    ),
    case(
        "two of twenty-one clients without scores stay silent",
        _shown_clients((60, 19), total=21),
        alert="RapportScoresMissing",
        fires=[],
        quiet=[40],
    ),
    case(
        "two workers that show the same clients do not make up for those that none shows",
        [
            *_shown_clients((60, 3), total=4),
            *(info((60, 1), client=f"c{n}", instance="b") for n in range(3)),
            clients((60, 4), instance="b"),
        ],
        alert="RapportScoresMissing",
        fires=[40],
    ),
    case(
        "of two workers, the one that knows more clients is right",
        [
            *_shown_clients((60, 3), total=3),
            clients((60, 4), instance="b"),
        ],
        alert="RapportScoresMissing",
        fires=[40],
    ),
]
OPERATIONS: Final = [*PROCESSES, *SCORES]
