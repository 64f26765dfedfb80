"""Tests of the rules over time, for promtool: gaps, restarts, two workers, two installations.

What fires is asked of `ALERTS`. `ALERTS_FOR_STATE` is when an alert began: an alert that resolved
and fired again has another beginning.
"""

from typing import Final

from rapport.monitoring.rules.samples import (
    DAY,
    case,
    clients,
    info,
    points,
    restarted_daily,
    series,
    shown_by,
)

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
