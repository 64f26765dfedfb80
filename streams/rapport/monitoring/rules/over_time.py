"""Tests of the rules over time, for promtool: gaps, restarts, two workers, two installations.

What fires is asked of `ALERTS`. `ALERTS_FOR_STATE` is when an alert began: an alert that resolved
and fired again has another beginning.
"""

from collections.abc import Iterable
from typing import Any, Final

DAY: Final = 24 * 6
"""The samples of a day, at a sample each ten minutes."""
Series = tuple[str, str]
"""A series and its values, in promtool's notation."""
Phase = tuple[int, float | None]
"""For how many samples a series has a value, or is absent."""


def shown(*phases: Phase) -> str:
    """Return promtool's values of the phases, one after the other.

    >>> shown((3, 30), (2, None), (4, 20))
    '30x2 stale _x1 20x3'
    """
    parts: list[str] = []
    for samples, value in phases:
        if value is not None:
            parts.append(f"{value}x{samples - 1}")
        elif not parts:
            parts.append(f"_x{samples}")
        else:
            parts += ["stale", f"_x{samples - 1}"] if samples > 1 else ["stale"]
    return " ".join(parts)


def series(metric: str, *phases: Phase, job: str = "rapport", **labels: str) -> Series:
    """Return a series with its values."""
    every = ",".join(f'{name}="{value}"' for name, value in {"job": job, **labels}.items())
    return f"{metric}{{{every}}}", shown(*phases)


def info(
    *phases: Phase, client: str = "finance", owner: str = "team-finance", **labels: str
) -> Series:
    """Return whether a worker shows a client."""
    return series("rapport_client_info", *phases, client=client, name=client, owner=owner, **labels)


def points(*phases: Phase, client: str = "finance", **labels: str) -> Series:
    """Return the points of a client's concern about low trust."""
    concern = "trust_low"
    return series(
        "rapport_client_concern_points", *phases, client=client, concern=concern, **labels
    )


def clients(*phases: Phase, **labels: str) -> Series:
    """Return the number of registered clients."""
    return series("rapport_clients", *phases, **labels)


def case(
    name: str,
    given: Iterable[Series],
    *,
    fires: Iterable[int],
    quiet: Iterable[int] = (),
    alert: str = "RapportTrustLow",
    since: int | None = None,
    labels: str = "",
    step: int = 1,
) -> dict[str, Any]:
    """Return a test: the samples at which the alert fires and those at which it is quiet.

    `since` is the sample at which it began, whenever it fires; `step` the minutes between samples.
    """
    firing = f'count(ALERTS{{alertname="{alert}",alertstate="firing"{labels}}}) or vector(0)'
    began = f'max(ALERTS_FOR_STATE{{alertname="{alert}"{labels}}}) / {60 * step}'
    asked = [(at, firing, 1) for at in fires] + [(at, firing, 0) for at in quiet]
    asked += [] if since is None else [(at, began, since) for at in fires]
    return {
        "name": f"{alert}: {name}",
        "interval": f"{step}m",
        "input_series": [{"series": one, "values": values} for one, values in given],
        "promql_expr_test": [
            {
                "expr": expr,
                "eval_time": f"{at * step}m",
                "exp_samples": [{"value": value, "labels": "{}"}],
            }
            for at, expr, value in sorted(asked)
        ],
    }


def shown_by(
    *phases: Phase,
    total: int = 1,
    instance: str = "a",
    job: str = "rapport",
    client: str = "finance",
    owner: str = "team-finance",
) -> tuple[Series, ...]:
    """Return the series of one worker, which shows the client with a concern, or is away."""
    where = {"instance": instance, "job": job}
    there = [(samples, None if value is None else 1) for samples, value in phases]
    registered = [(samples, None if value is None else total) for samples, value in phases]
    return (
        info(*there, client=client, owner=owner, **where),
        points(*phases, client=client, **where),
        clients(*registered, **where),
    )


def restarted_daily(days: int) -> list[Phase]:
    """Return the phases of a worker that is away for ten minutes once a day."""
    return [phase for _ in range(days) for phase in ((DAY - 1, 30.0), (1, None))]


CONCERNS: Final = [
    case(
        "a worker that restarts every day neither delays nor ends it",
        shown_by(*restarted_daily(5)),
        fires=[1, *(day * DAY + past for day in range(5) for past in (90, DAY - 2, DAY - 1))],
        since=0,
        quiet=[0],
        step=10,
    ),
    case(
        "a worker that is away for an hour does not end it",
        shown_by((60, 30), (60, None), (600, 30)),
        fires=[30, 61, 90, 119, 121, 300],
        since=0,
    ),
    case(
        "good news goes on in the same way",
        [
            info((60, 1), (60, None), (600, 1)),
            series(
                "rapport_client_news",
                (60, 1),
                (60, None),
                (60, 1),
                (540, None),
                client="finance",
                news="stage_won",
            ),
            clients((60, 1), (60, None), (600, 1)),
        ],
        alert="RapportStageWon",
        fires=[30, 61, 90, 119, 121],
        since=0,
        quiet=[182, 300],
    ),
    case(
        "two workers in the place of one do not end it, and do not fire it twice",
        [
            *shown_by((60, 30), (600, None), instance="a", total=2),
            *shown_by((70, None), (600, 30), instance="b", total=2),
            *shown_by((80, None), (600, 40), client="hr", instance="c", total=2),
        ],
        labels=',client="finance"',
        fires=[30, 61, 69, 71, 79, 81, 300],
        since=0,
    ),
    case(
        "two workers that show a client fire one alert, whatever points they give",
        [*shown_by((600, 30), instance="a"), *shown_by((600, 25), instance="b")],
        fires=[30, 300],
        since=0,
    ),
    case(
        "a concern that ended is not revived when the worker goes away",
        [
            info((70, 1), (600, None)),
            points((60, 30), (600, None)),
            clients((70, 1), (600, None)),
        ],
        fires=[30, 59],
        quiet=[61, 69, 71, 90, 130, 300],
    ),
    case(
        "a client that moves to a worker that finds the concern ended is quiet, also afterwards",
        [
            *shown_by((60, 30), (600, None), total=2),
            info((65, None), (10, 1), (600, None), instance="b"),
            clients((65, None), (10, 2), (600, None), instance="b"),
        ],
        fires=[30, 61, 64],
        quiet=[66, 74, 80, 130],
    ),
    case(
        "a concern that begins again after its end begins anew",
        [info((600, 1)), points((60, 30), (60, None), (480, 30)), clients((600, 1))],
        fires=[126, 300],
        since=120,
        quiet=[61, 119, 124],
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
        "a client that is removed has no alert",
        [
            info((60, 1), (600, None)),
            points((60, 30), (600, None)),
            info((660, 1), client="hr"),
            clients((60, 2), (600, 1)),
        ],
        fires=[30, 59],
        quiet=[61, 90],
    ),
    case(
        "a client that another worker does not show yet keeps its alert",
        [
            info((60, 1), (600, None)),
            points((60, 30), (600, None)),
            info((660, 1), client="hr"),
            clients((660, 2)),
        ],
        fires=[30, 61, 90, 300],
        since=0,
    ),
    *(
        case(
            f"a client with a new owner has one alert{whose}",
            [
                info((60, 1), (600, None)),
                info((60, None), (600, 1), owner="team-new"),
                points((660, 30)),
                clients((660, 1)),
            ],
            labels=labels,
            fires=fires,
            quiet=quiet,
        )
        for whose, labels, fires, quiet in (
            ("", "", (30, 59, 66, 90, 300), ()),
            (", for the new owner", ',owner="team-new"', (66, 90), (30, 59)),
        )
    ),
    case(
        "of two owners that two workers know, one is told",
        [*shown_by((600, 30)), *shown_by((600, 30), owner="team-new", instance="b")],
        fires=[30, 300],
    ),
    *(
        case(
            f"two installations with the same client are apart: {job}",
            [
                *shown_by((600, 30)),
                *shown_by((600, 30), job="test", owner="team-new"),
                *shown_by((600, 30), job="other", client="hr"),
            ],
            labels=f',job="{job}",owner="{owner}"',
            fires=[30, 300],
            since=0,
        )
        for job, owner in (("rapport", "team-finance"), ("test", "team-new"))
    ),
    case(
        "that every client of one installation is shown says nothing of another",
        [*shown_by((60, 30), (600, None), job="test"), *shown_by((660, 30))],
        labels=',job="test"',
        fires=[30, 61, 120],
        since=0,
    ),
]
SHARED: Final = "rapport_shared_concern_clients"
RISE: Final = "rapport_population_common_rise_ratio"
LIMIT: Final = "rapport_population_common_rise_limit_ratio"
OTHERS: Final = [
    case(
        "a worker that is away does not end it, and it ends when few clients have it",
        [series(SHARED, (60, 9), (60, None), (60, 9), (60, 0), concern="overrated")],
        alert="RapportConcernOfMostClients",
        fires=[10, 61, 119, 121, 170],
        since=0,
        quiet=[4, 181, 200],
    ),
    case(
        "of two workers, one that is gone does not keep it",
        [
            series(SHARED, (60, 9), (600, None), concern="overrated", instance="a"),
            series(SHARED, (60, 9), (600, 0), concern="overrated", instance="b"),
        ],
        alert="RapportConcernOfMostClients",
        fires=[10, 59],
        since=0,
        quiet=[61, 120],
    ),
    case(
        "a worker that is away does not end it; it goes on for a day after its end",
        [
            series(RISE, (12, 2), (6, None), (6, 2), (200, 1)),
            series(LIMIT, (12, 1.5), (6, None), (206, 1.5)),
        ],
        alert="RapportCommonRiseOfPurchases",
        fires=[7, 11, 13, 17, 18, 23, 24, 22 + DAY],
        since=0,
        quiet=[5, 25 + DAY],
        step=10,
    ),
    case(
        "a feed that was broken when the worker went away does not fire it",
        [
            series(RISE, (60, 2), (600, None)),
            series(LIMIT, (60, 1.5), (600, None)),
            series(
                "rapport_source_state", (60, 1), (600, None), source="procurement", state="broken"
            ),
        ],
        alert="RapportCommonRiseOfPurchases",
        fires=[],
        quiet=[50, 90, 150, 300],
    ),
    *(
        case(
            f"two workers say what one says, also when both are away: a rise of {rise:g}",
            [
                given
                for worker in ("a", "b")
                for given in (
                    series(RISE, (3, rise), (2, None), (60, rise), instance=worker),
                    series(LIMIT, (3, 1.5), (2, None), (60, 1.5), instance=worker),
                )
            ],
            alert="RapportCommonRiseOfPurchases",
            fires=fires,
            quiet=quiet,
            step=10,
        )
        for rise, fires, quiet in ((2, (7, 30), (4,)), (1, (), (7, 30)))
    ),
    case(
        "a feed that two workers found broken does not fire it, also when both are away",
        [
            given
            for worker in ("a", "b")
            for given in (
                series(RISE, (3, 2), (60, None), instance=worker),
                series(LIMIT, (3, 1.5), (60, None), instance=worker),
                series(
                    "rapport_source_state",
                    (3, 1),
                    (60, None),
                    source="procurement",
                    state="broken",
                    instance=worker,
                ),
            )
        ],
        alert="RapportCommonRiseOfPurchases",
        fires=[],
        quiet=[2, 10, 30],
        step=10,
    ),
    case(
        "a broken feed of another installation does not hold it back",
        [
            series(RISE, (660, 2)),
            series(LIMIT, (660, 1.5)),
            series(
                "rapport_source_state", (660, 1), job="test", source="procurement", state="broken"
            ),
        ],
        alert="RapportCommonRiseOfPurchases",
        fires=[90],
        since=0,
    ),
    case(
        "a supplier that leaves the five that are named, and comes back, is one alert",
        [
            series(
                "rapport_spreading_supplier_clients",
                (9, 9),
                (DAY, None),
                (9, 9),
                (8 * DAY, None),
                supplier="acme",
            )
        ],
        alert="RapportSupplierSpreads",
        fires=[7, 9, 90, 9 + DAY, 16 + 8 * DAY],
        since=0,
        quiet=[5, 19 + 8 * DAY],
        step=10,
    ),
    case(
        "clients without scores of one installation are not made up for by another",
        [
            clients((120, 4)),
            clients((120, 4), job="test"),
            *(info((120, 1), client=f"c{n}") for n in range(2)),
            *(info((120, 1), client=f"c{n}", job="test") for n in range(4)),
        ],
        alert="RapportScoresMissing",
        labels=',job="rapport"',
        fires=[30, 90],
        since=0,
        quiet=[15],
    ),
    case(
        "an installation without any score has them missing",
        [clients((120, 4))],
        alert="RapportScoresMissing",
        fires=[30, 90],
        since=0,
    ),
]
OVER_TIME: Final = [*CONCERNS, *OTHERS]
