"""The pipeline: events and rejections, freshness of the sources, state of the workers."""

from typing import Final

from rapport.monitoring.dashboards import operations, palette
from rapport.monitoring.dashboards.panel import Dashboard, Note, Panel, PanelRow, Query, stat
from rapport.monitoring.metrics import feeds, pipeline

RATE: Final = "[$__rate_interval]"


_NOW: Final = tuple(
    stat(title, text, expr, unit=unit, steps=steps)
    for title, expr, unit, text, steps in (
        (
            "Workers that are ready",
            f"sum({pipeline.READY}) or vector(0)",
            "short",
            "Workers whose ledger is recovered; until then they show no scores.",
            ((None, palette.BAD), (1, palette.GOOD)),
        ),
        (
            "Consumer lag",
            f"sum({pipeline.LAG})",
            "short",
            "Events that are to be processed; they wait in Kafka, and none is lost.",
            palette.bad_from(100_000),
        ),
        (
            "Dead letters, 1 h",
            f"round(sum(increase({pipeline.DEAD_LETTERS}[1h])))",
            "short",
            "Rejected events; each keeps its reason and position.",
            palette.bad_from(1),
        ),
        (
            "Last evaluation",
            f"max({pipeline.EVALUATION})",
            "s",
            "How long all scores took.",
            palette.bad_from(60),
        ),
        (
            "Broken feeds",
            f'sum(max by (source) ({feeds.SOURCE_STATE}{{state="broken"}}))',
            "short",
            "Sources without events for longer than their usual gaps.",
            palette.bad_from(1),
        ),
        (
            "Policy refused",
            f"max({pipeline.POLICY_REFUSED} > bool 0)",
            "short",
            "1 while the policy file on disk is refused and the previous one is in force.",
            palette.bad_from(1),
        ),
    )
)


def _per_source(title: str, description: str, expr: str, unit: str = "s") -> Panel:
    queries = (Query(expr, "{{source}}", many=True),)
    return Panel(title, description, queries, unit=unit, minimum=0)


_EVENTS: Final = Panel(
    title="Events per second, by outcome",
    unit="ops",
    description="Applied, seen before, superseded, sent on, or sent to the dead letters.",
    queries=(Query(f"sum by (outcome) (rate({pipeline.EVENTS}{RATE}))", "{{outcome}}", many=True),),
    minimum=0,
)
_BY_SOURCE: Final = _per_source(
    "Events per second, by source",
    "Which source sends how much; an event that is sent on to its own partition counts there.",
    f'sum by (source) (rate({pipeline.EVENTS}{{outcome!="forwarded"}}{RATE}))',
    "ops",
)
_LAG: Final = _per_source(
    "Consumer lag, by source",
    "Events that are to be processed.",
    f"sum by (source) ({pipeline.LAG})",
    "short",
)
_DEAD: Final = Panel(
    title="Dead letters, by reason",
    description="Rejected events, each in the bar of its time.",
    queries=(
        Query(
            f"sum by (reason) (increase({pipeline.DEAD_LETTERS}{RATE}))",
            "{{reason}}",
            color=palette.VERMILLION,
            many=True,
        ),
    ),
    minimum=0,
    bars=True,
)
_AGE: Final = _per_source(
    "Age of the newest event, by source",
    "By the events' own time: late data is normal, so this may be days.",
    f"time() - max by (source) ({pipeline.LAST_EVENT})",
)
_ARRIVAL: Final = _per_source(
    "Time since the last arrival, by source",
    "When Kafka last received something of each source.",
    f"time() - max by (source) ({pipeline.LAST_ARRIVAL})",
)
_FEEDS: Final = Panel(
    title="Feeds, by their own rhythm",
    kind="state-timeline",
    description="Flowing, not known yet, or broken: silent for longer than its rhythm explains.",
    queries=(
        Query(
            f'max by (source) ({feeds.SOURCE_STATE}{{state="unknown"}} '
            f'+ ignoring (state) 2 * {feeds.SOURCE_STATE}{{state="broken"}})',
            "{{source}}",
        ),
    ),
    texts=((0, "flowing", palette.GOOD), (1, "unknown", palette.GREY), (2, "broken", palette.BAD)),
)
_SILENCE: Final = Panel(
    title="Silence against what is usual",
    unit="s",
    description="Full days without an event, per source, and what its rhythm explains.",
    queries=(
        Query(f"max by (source) ({feeds.SOURCE_SILENCE})", "{{source}}", many=True),
        Query(
            f"max by (source) ({feeds.SOURCE_USUAL_SILENCE})",
            "{{source}}: usual",
            color=palette.ORANGE,
            many=True,
        ),
    ),
    minimum=0,
)
_WORK: Final = Panel(
    title="Evaluation and recovery",
    unit="s",
    description="How long the last evaluation took, and reading the ledger at the last start.",
    queries=(
        Query(f"max({pipeline.EVALUATION})", "evaluation"),
        Query(f"max({pipeline.RECOVERY})", "recovery", color=palette.ORANGE),
    ),
    minimum=0,
)
_PAGES: Final = Panel(
    title="Ledger pages and desk entries per second",
    unit="ops",
    description=(
        "Pages that were stored, many events of a day on one, and those past the horizon; and "
        "entries of what people recorded with text, stored or removed."
    ),
    queries=(
        Query(f"sum(rate({pipeline.PAGES_WRITTEN}{RATE}))", "pages", color=palette.GREEN),
        Query(f"sum(rate({pipeline.PAGES_REMOVED}{RATE}))", "removed", color=palette.ORANGE),
        Query(f"sum(rate({pipeline.DESK_ENTRIES_WRITTEN}{RATE}))", "desk", color=palette.SKY),
    ),
    minimum=0,
)
_SCRAPES: Final = Panel(
    title="Workers that answer",
    kind="state-timeline",
    description="Whether Prometheus reaches each worker.",
    queries=(Query("up", "{{instance}}"),),
    width=24,
    height=5,
    texts=((0, "down", palette.BAD), (1, "up", palette.SKY)),
)
_NEW_POLICY: Final = (
    f"count by (hash) ({pipeline.POLICY_INFO}) unless "
    f"count by (hash) (last_over_time({pipeline.POLICY_INFO}[1h] offset 1m)) "
    f"and on () count(last_over_time({pipeline.POLICY_INFO}[1d] offset 1m))"
)
"""A policy that no worker had in the hour before, while one had another in the day before."""
PIPELINE: Final = Dashboard(
    slug="pipeline",
    title="Rapport: pipeline",
    description="What operations watches: events, lag, dead letters, workers, and the intake.",
    has_intake=True,
    since="now-6h",
    rows=(
        PanelRow("Now", _NOW),
        operations.NOW,
        PanelRow("Events", (_EVENTS, _BY_SOURCE, _LAG, _DEAD)),
        PanelRow("Freshness", (_AGE, _ARRIVAL, _FEEDS, _SILENCE)),
        PanelRow("The worker", (_WORK, _PAGES, _SCRAPES)),
        *operations.ROWS,
    ),
    notes=(
        Note(
            "Policy",
            _NEW_POLICY,
            "another policy was applied",
            palette.BLUE,
            step="1m",
        ),
    ),
)
