"""Rows of the pipeline's dashboard on what runs: lag, stages, workers, processes, the intake."""

from typing import Final

from rapport.monitoring.alerts.pipeline import PARTITION_NOT_PROGRESSING
from rapport.monitoring.dashboards import palette
from rapport.monitoring.dashboards.panel import (
    Panel,
    PanelRow,
    Query,
    TableColumn,
    bars,
    stat,
    table,
)
from rapport.monitoring.metrics import intake, pipeline, process
from rapport.monitoring.metrics.model import Metric

RATE: Final = "[$__rate_interval]"
INTAKES: Final = 'up{job="$intake"}'
"""The intake is a job of its own, which the dashboard's reader chooses."""
ANSWERS: Final = ((0, "down", palette.BAD), (1, "up", palette.SKY))
REACHES: Final = ((0, "unreachable", palette.BAD), (1, "reachable", palette.SKY))


def _lines(title: str, description: str, *queries: Query, unit: str = "short") -> Panel:
    return Panel(title, description, queries, unit=unit, minimum=0)


def _per_instance(metric: Metric, job: str = "") -> str:
    return f"max by (instance) ({metric}{job})"


_NOW: Final = tuple(
    stat(title, text, expr, unit=unit, steps=steps)
    for title, expr, unit, text, steps in (
        (
            "Workers that are not ready",
            f"count(up) - (sum({pipeline.READY}) or vector(0))",
            "short",
            "Workers that do not answer, or whose ledger is not recovered yet.",
            palette.bad_from(1),
        ),
        (
            "Workers without Kafka",
            f"count({pipeline.KAFKA_UP} == 0) or 0 * count({pipeline.KAFKA_UP})",
            "short",
            "Workers that Kafka did not answer for 10 seconds; their lag is not known.",
            palette.bad_from(1),
        ),
        (
            "Age of the scores",
            f"time() - min({pipeline.EVALUATED} > 0)",
            "s",
            "Time since the worker that is most behind last brought its scores up to date.",
            palette.bad_from(300),
        ),
        (
            "Oldest event that waits",
            f"max({pipeline.LAG_SECONDS})",
            "s",
            "How long the oldest event that is not processed yet has waited in Kafka.",
            palette.bad_from(600),
        ),
        (
            "Dead letters to handle",
            f"max({pipeline.DEAD_LETTERS_UNHANDLED})",
            "short",
            "Rejected events that were neither replayed nor discarded.",
            palette.watch_from(1),
        ),
        (
            "Partitions without scores",
            f"max({pipeline.PARTITIONS}) - sum({pipeline.ASSIGNED})",
            "short",
            "Partitions whose clients no worker scores now.",
            palette.bad_from(1),
        ),
    )
)
_PROGRESS: Final = (
    _lines(
        "Age of the oldest event that waits, by source",
        "How far the processing is behind, in time.",
        Query(f"max by (source) ({pipeline.LAG_SECONDS})", "{{source}}", many=True),
        unit="s",
    ),
    _lines(
        "Consumer lag, by partition",
        "Events that are to be processed, in each partition of each source.",
        Query(
            f"max by (source, partition) ({pipeline.LAG})", "{{source}} {{partition}}", many=True
        ),
    ),
    bars(
        "Partitions that do not progress",
        "Events that have waited for 15 minutes in a partition of which none was processed.",
        PARTITION_NOT_PROGRESSING.expr,
        "{{source}} {{partition}}",
        color=palette.VERMILLION,
    ),
    Panel(
        "Kafka, as each worker reaches it",
        "Whether Kafka answered a worker in the last 10 seconds.",
        (Query(_per_instance(pipeline.KAFKA_UP), "{{instance}}"),),
        kind="state-timeline",
        texts=REACHES,
    ),
)
_STAGES: Final = (
    _lines(
        "Records per second, by stage",
        "Decoded, joined into ledger pages, and written: the slowest stage sets the rate.",
        Query(f"sum by (stage) (rate({pipeline.STAGE_RECORDS}{RATE}))", "{{stage}}", many=True),
        unit="ops",
    ),
    _lines(
        "Time per record, by stage",
        "What a record takes in a stage, of all that its chunk took there.",
        Query(
            f"sum by (stage) (rate({pipeline.STAGE_SECONDS}{RATE})) "
            f"/ (sum by (stage) (rate({pipeline.STAGE_RECORDS}{RATE})) > 0)",
            "{{stage}}",
            many=True,
        ),
        unit="s",
    ),
    _lines(
        "Commits of offsets per second, by outcome",
        "A commit fails when a rebalance is first; one that fails again and again does not.",
        Query(f"sum by (outcome) (rate({pipeline.COMMITS}{RATE}))", "{{outcome}}", many=True),
        unit="ops",
    ),
    _lines(
        "Time per commit",
        "How long Kafka takes to answer a commit of offsets.",
        Query(
            f"sum(rate({pipeline.COMMIT_SECONDS}{RATE})) "
            f"/ (sum(rate({pipeline.COMMITS}{RATE})) > 0)",
            "commit",
        ),
        unit="s",
    ),
)
_WORKERS: Final = (
    _lines(
        "Partitions, by worker",
        "Partitions whose clients a worker scores; 0 while it recovers.",
        Query(_per_instance(pipeline.ASSIGNED), "{{instance}}", many=True),
    ),
    Panel(
        "Rebalances, by worker",
        "How often a worker was given its partitions, each in the bar of its time.",
        (
            Query(
                f"sum by (instance) (increase({pipeline.REBALANCES}{RATE}))",
                "{{instance}}",
                color=palette.ORANGE,
                many=True,
            ),
        ),
        minimum=0,
        bars=True,
    ),
    _lines(
        "Recovery: records to read",
        "Records of the changelog that a worker must read before it is ready.",
        Query(_per_instance(pipeline.RECOVERY_REMAINING), "{{instance}}", many=True),
    ),
    _lines(
        "Recovery: pages read",
        "Ledger pages that a worker has read in the recovery that goes on, or in the last one.",
        Query(_per_instance(pipeline.RECOVERY_PAGES), "{{instance}}", many=True),
    ),
    _lines(
        "Delay of the event loop, by worker",
        "The longest in a minute; above 10 s a worker loses its partitions.",
        Query(_per_instance(pipeline.LOOP_LAG), "{{instance}}", many=True),
        unit="s",
    ),
    _lines(
        "Data directory, and room that is left",
        "Size of the local store on disk, and what its file system has left.",
        Query(_per_instance(pipeline.STORE_BYTES), "{{instance}}: store", many=True),
        Query(
            _per_instance(pipeline.STORE_FREE_BYTES),
            "{{instance}}: left",
            color=palette.ORANGE,
            many=True,
        ),
        unit="bytes",
    ),
)


def _both(metric: Metric, before: str = "", after: str = "") -> tuple[Query, Query]:
    """Return the queries of a process's series, of the workers and of the intakes."""
    return (
        Query(
            f'max by (instance) ({before}{metric}{{job="$job"}}{after})',
            "worker {{instance}}",
            many=True,
        ),
        Query(
            f'max by (instance) ({before}{metric}{{job="$intake"}}{after})',
            "intake {{instance}}",
            color=palette.ORANGE,
            many=True,
        ),
    )


_PROCESSES: Final = (
    _lines(
        "Memory",
        "Memory that each process holds; a worker's decoders are processes of their own.",
        *_both(process.MEMORY),
        unit="bytes",
    ),
    _lines(
        "Processor cores in use",
        "Processor time per second; a worker's decoders are processes of their own.",
        *_both(process.CPU, "rate(", f"{RATE})"),
    ),
    _lines(
        "Garbage collections per second",
        "Of all generations; each pauses the process for some milliseconds.",
        *(
            Query(
                query.expr.replace("max by", "sum by"), query.legend, color=query.color, many=True
            )
            for query in _both(process.GC_RUNS, "rate(", f"{RATE})")
        ),
        unit="ops",
    ),
    table(
        "Versions",
        "The version of Rapport and of Python that each process runs.",
        "instance",
        (
            TableColumn("instance", "process"),
            TableColumn("version", "Rapport"),
            TableColumn("python", "Python"),
        ),
        f'max by (instance, version, python) ({process.BUILD_INFO}{{job=~"$job|$intake"}})',
        sort_by="instance",
        descending=False,
    ),
)
_INTAKE: Final = (
    Panel(
        "Intakes that answer",
        "Whether Prometheus reaches each intake.",
        (Query(INTAKES, "{{instance}}"),),
        kind="state-timeline",
        texts=ANSWERS,
    ),
    Panel(
        "Kafka, as each intake reaches it",
        "Whether an intake can take events: Kafka is reachable and has the topics.",
        (Query(_per_instance(intake.READY), "{{instance}}"),),
        kind="state-timeline",
        texts=REACHES,
    ),
    _lines(
        "Requests per second, by status",
        "202 and 207: events were taken; 4xx: the publisher must mend it; 5xx: it sends again.",
        Query(f"sum by (status) (rate({intake.REQUESTS}{RATE})) > 0", "{{status}}", many=True),
        unit="ops",
    ),
    _lines(
        "Events offered per second, by outcome",
        "Accepted, or the reason of the refusal.",
        Query(f"sum by (outcome) (rate({intake.EVENTS}{RATE})) > 0", "{{outcome}}", many=True),
        unit="ops",
    ),
    _lines(
        "Time to answer",
        "From the head of a request to its answer, Kafka's acknowledgement included.",
        *(
            Query(
                f"histogram_quantile({ratio}, sum by (le) (rate({intake.SECONDS}_bucket{RATE})))",
                f"{percent} % within",
                color=color,
            )
            for ratio, percent, color in (
                (0.5, 50, palette.SKY),
                (0.95, 95, palette.ORANGE),
                (0.99, 99, palette.VERMILLION),
            )
        ),
        unit="s",
    ),
    _lines(
        "Events in flight",
        "Events that an intake has taken and Kafka has not acknowledged yet.",
        Query(_per_instance(intake.IN_FLIGHT), "{{instance}}", many=True),
    ),
)
NOW: Final = PanelRow("Now: workers and Kafka", _NOW)
ROWS: Final = (
    PanelRow("Progress", _PROGRESS),
    PanelRow("Stages and commits", _STAGES),
    PanelRow("Rebalances and recovery", _WORKERS),
    PanelRow("Processes", _PROCESSES),
    PanelRow("The HTTP intake", _INTAKE),
)
