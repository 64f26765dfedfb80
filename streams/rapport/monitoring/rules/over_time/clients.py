"""Tests over time of what holds a client's concern: its worker restarts, is away, or moves it."""

from functools import partial
from typing import Final

from rapport.monitoring.rules.records import CLIENT_SEEN, CONCERN, CONCERN_SEEN
from rapport.monitoring.rules.samples import (
    DAY,
    Phase,
    Series,
    case,
    clients,
    info,
    points,
    recorded,
    restarted_daily,
    series,
    shown_by,
    written,
)

_case = partial(case, step=5)


def _counted(record: str) -> str:
    """Return the query for how many series of the test client are recorded, of no worker alone."""
    return f'count({record}{{client="finance",instance=""}}) or vector(0)'


QUARTERS: Final = {"interval": "15s"}
"""Four samples a minute, as Prometheus scrapes by default."""


def _unmarked(
    last: int, client: str = "finance", concern: str = "trust_low", job: str = "rapport"
) -> Series:
    """Return the points of a concern after whose last sample no mark says that it ended."""
    metric = "rapport_client_concern_points"
    return written(metric, f"30x{last} _x60", client=client, concern=concern, job=job)


WORKERS: Final = [
    case(
        "a worker that restarts every day neither delays nor ends it",
        shown_by(*restarted_daily(5)),
        fires=[1, *(day * DAY + past for day in range(5) for past in (90, DAY - 2, DAY - 1))],
        since=0,
        quiet=[0],
        step=10,
    ),
    _case(
        "a worker that is away for an hour does not end it",
        shown_by((12, 30), (12, None), (90, 30)),
        fires=[6, 12, 18, 23, 24, 40],
        since=0,
    ),
    _case(
        "two workers that are away for an hour do not end it",
        [
            given
            for instance in ("a", "b")
            for given in shown_by((12, 30), (12, None), (90, 30), instance=instance)
        ],
        fires=[6, 12, 18, 23, 24, 40],
        since=0,
    ),
    _case(
        "good news goes on in the same way",
        [
            info((12, 1), (12, None), (90, 1)),
            series(
                "rapport_client_news",
                *((12, 1), (12, None), (12, 1), (90, None)),
                client="finance",
                news="stage_won",
            ),
            clients((12, 1), (12, None), (90, 1)),
        ],
        alert="RapportStageWon",
        fires=[6, 12, 18, 23, 24, 35],
        since=0,
        quiet=[36, 50],
    ),
    _case(
        "good news of two workers is one alert, and goes on when both are away",
        [
            given
            for instance in ("a", "b")
            for given in (
                info((12, 1), (12, None), instance=instance),
                series(
                    "rapport_client_news",
                    *((12, 1), (12, None)),
                    client="finance",
                    news="stage_won",
                    instance=instance,
                ),
                clients((12, 1), (12, None), instance=instance),
            )
        ],
        alert="RapportStageWon",
        fires=[6, 12, 18],
        since=0,
    ),
    _case(
        "two workers in the place of one do not end it, and do not fire it twice",
        [
            *shown_by((12, 30), (90, None), instance="a", total=2),
            *shown_by((14, None), (90, 30), instance="b", total=2),
            *shown_by((16, None), (90, 40), client="hr", instance="c", total=2),
        ],
        labels=',client="finance"',
        fires=[6, 12, 13, 14, 15, 16, 40],
        since=0,
    ),
    _case(
        "two workers that show a client fire one alert, whatever points they give",
        [*shown_by((90, 30), instance="a"), *shown_by((90, 25), instance="b")],
        fires=[6, 40],
        since=0,
    ),
    _case(
        "a concern that ended is not revived when the worker goes away",
        [info((14, 1), (90, None)), points((12, 30), (90, None)), clients((14, 1), (90, None))],
        fires=[6, 11],
        quiet=[12, 13, 14, 18, 26, 40],
    ),
    *(
        case(
            f"a concern whose end Prometheus did not see is over {when}",
            [info((60, 1)), _unmarked(last_sample), clients((60, 1))],
            fires=fires,
            quiet=quiet,
        )
        | QUARTERS
        for when, last_sample, fires, quiet in (
            ("165 seconds later", 37, (9,), (12,)),
            ("and not yet after 150", 38, (9, 12), ()),
        )
    ),
    _case(
        "of two concerns, the one that ended is not revived when the worker goes away",
        [
            info((14, 1), (90, None)),
            points((12, 30), (90, None)),
            series(
                "rapport_client_concern_points",
                *((14, 20), (90, None)),
                client="finance",
                concern="silent",
            ),
            clients((14, 1), (90, None)),
        ],
        fires=[6, 11],
        quiet=[12, 13, 14, 18, 26, 40],
    ),
    _case(
        "a client that moves to a worker that finds the concern ended is quiet, also afterwards",
        [
            *shown_by((12, 30), (90, None), total=2),
            info((13, None), (2, 1), (90, None), instance="b"),
            clients((13, None), (2, 2), (90, None), instance="b"),
        ],
        fires=[6, 12],
        quiet=[13, 14, 16, 26],
    ),
    _case(
        "a concern that begins again after its end begins anew",
        [info((90, 1)), points((12, 30), (12, None), (60, 30)), clients((90, 1))],
        fires=[25, 40],
        since=24,
        quiet=[12, 23, 24],
    ),
    case(
        "it ends when the worker is away for more than three days",
        shown_by((6, 30), (4 * DAY, None)),
        fires=[6, 2 * DAY, 4 + 3 * DAY],
        since=0,
        quiet=[5 + 3 * DAY, 20 + 3 * DAY],
        step=10,
    ),
    case(
        "it goes on when Prometheus is away for most of an hour, with the worker",
        shown_by((2, 30), (4, None), total=2),
        fires=[1, 2, 4],
        since=0,
        step=50,
    ),
]
REGISTERED: Final = [
    _case(
        "a client that is removed has no alert",
        [
            info((12, 1), (90, None), instance="a"),
            points((12, 30), (90, None), instance="a"),
            *(info((90, 1), client=other, instance="b") for other in ("hr", "sales")),
            *(clients((12, 3), (90, 2), instance=instance) for instance in ("a", "b")),
        ],
        fires=[6, 11],
        quiet=[12, 18],
    ),
    _case(
        "a client that other workers do not show yet keeps its alert",
        [
            info((12, 1), (90, None), instance="a"),
            points((12, 30), (90, None), instance="a"),
            *(info((90, 1), client="hr", instance=instance) for instance in ("b", "c")),
            clients((90, 2), instance="b"),
            clients((90, 1), instance="c"),
        ],
        fires=[6, 12, 18, 40],
        since=0,
    ),
    *(
        _case(
            f"a client with a new owner has one alert{whose}",
            [
                info((12, 1), (90, None)),
                info((12, None), (90, 1), owner="team-new"),
                points((90, 30)),
                clients((90, total)),
            ],
            labels=labels,
            fires=fires,
            quiet=quiet,
        )
        for total in (1, 2)
        for whose, labels, fires, quiet in (
            (f", of {total} clients", "", (6, 11, 14, 18, 40), ()),
            (f", of {total} clients, for the new owner", ',owner="team-new"', (14, 18), (6, 11)),
        )
    ),
    _case(
        "of two owners that two workers know, one is told",
        [*shown_by((90, 30)), *shown_by((90, 30), owner="team-new", instance="b")],
        fires=[6, 40],
    ),
    *(
        _case(
            f"two installations with the same client are apart: {job}",
            [
                *shown_by((90, 30)),
                *shown_by((90, 30), job="test", owner="team-new"),
                *shown_by((90, 30), job="other", client="hr"),
            ],
            labels=f',job="{job}",owner="{owner}"',
            fires=[6, 40],
            since=0,
        )
        for job, owner in (("rapport", "team-finance"), ("test", "team-new"))
    ),
    _case(
        "that every client of one installation is shown says nothing of another",
        [*shown_by((12, 30), (90, None), job="test"), *shown_by((90, 30))],
        labels=',job="test"',
        fires=[6, 12, 24],
        since=0,
    ),
    _case(
        "a concern that ended in one installation is not kept by that of another",
        [
            *shown_by((90, 30), job="test"),
            info((14, 1), (90, None)),
            points((12, 30), (90, None)),
            clients((14, 1), (90, None)),
        ],
        labels=',job="rapport"',
        fires=[6, 11],
        quiet=[12, 14, 18, 30],
    ),
    _case(
        "a concern that ended at one client is not kept by that of another",
        [
            *shown_by((14, 30), (90, None), client="hr", total=2),
            info((14, 1), (90, None)),
            points((12, 30), (90, None)),
        ],
        labels=',client="finance"',
        fires=[6, 11],
        quiet=[12, 14, 18, 30],
    ),
]


def _of_two_workers(*phases: Phase, metric: str, **labels: str) -> list[Series]:
    """Return the series of two workers that both show one series of a client, or are away."""
    return [
        given
        for instance in ("a", "b")
        for given in (
            info(*_while_there(phases), instance=instance),
            series(metric, *phases, client="finance", instance=instance, **labels),
            clients(*_while_there(phases), instance=instance),
        )
    ]


def _while_there(phases: tuple[Phase, ...]) -> list[Phase]:
    return [(samples, None if value is None else 1) for samples, value in phases]


RECORDED: Final = [
    recorded(
        "the unseen end of another concern, client or installation leaves a concern as it is",
        f'sum({CONCERN}{{job="rapport",client="finance",concern="trust_low"}})',
        [
            *shown_by((48, 30), (20, 20)),
            _unmarked(37, concern="silent"),
            info((60, 1), client="hr"),
            _unmarked(37, client="hr"),
            info((60, 1), job="test"),
            _unmarked(37, job="test"),
        ],
        ((9, 30), (12, 20)),
        step=1,
    )
    | QUARTERS,
    *(
        recorded(
            f"{record} forgets what Prometheus did not see for longer than an hour",
            _counted(record),
            shown_by((2, 30), (4, None)),
            ((1, 1), (2, 0)),
            step=90,
        )
        for record in (CLIENT_SEEN, CONCERN_SEEN, CONCERN)
    ),
    *(
        recorded(
            f"{record} is kept for three days",
            _counted(record),
            shown_by((6, 30), (4 * DAY, None)),
            ((4 + 3 * DAY, 1), (5 + 3 * DAY, 0)),
            step=10,
        )
        for record in (CLIENT_SEEN, CONCERN_SEEN, CONCERN)
    ),
    *(
        recorded(
            f"{record} has one series for two workers",
            _counted(record),
            [*shown_by((12, 30), (40, None)), *shown_by((12, 30), (40, None), instance="b")],
            ((6, 1), (18, 1)),
        )
        for record in (CLIENT_SEEN, CONCERN_SEEN, CONCERN)
    ),
    *(
        recorded(
            f"{record} has one series for good news of two workers",
            _counted(record),
            _of_two_workers((12, 1), (40, None), metric="rapport_client_news", news="stage_won"),
            ((6, 1), (18, 1)),
        )
        for record in (CONCERN_SEEN, CONCERN)
    ),
    recorded(
        "a concern has the most points that a worker gives it, and the last ones while it is away",
        f"max by () ({CONCERN})",
        [
            *shown_by((6, 40), (6, 30), (40, None)),
            *shown_by((6, 35), (6, 25), (40, None), instance="b"),
        ],
        ((5, 40), (8, 30), (18, 30)),
    ),
    recorded(
        "good news of two workers has the value 1",
        f"max by () ({CONCERN})",
        _of_two_workers((12, 1), (40, None), metric="rapport_client_news", news="stage_won"),
        ((6, 1), (18, 1)),
    ),
    *(
        recorded(
            f"what two workers showed, and no longer, is not kept when they go: {metric}",
            f"count({CONCERN}) or vector(0)",
            [
                *_of_two_workers((14, 1), (40, None), metric="rapport_client_state"),
                *(
                    series(
                        metric,
                        *((12, 1.0), (40, None)),
                        client="finance",
                        instance=instance,
                        **{label: "stage_won"},
                    )
                    for instance in ("a", "b")
                ),
            ],
            ((6, 1), (12, 0), (18, 0)),
        )
        for metric, label in (
            ("rapport_client_concern_points", "concern"),
            ("rapport_client_news", "news"),
        )
    ),
]
CLIENTS: Final = [*WORKERS, *REGISTERED, *RECORDED]
