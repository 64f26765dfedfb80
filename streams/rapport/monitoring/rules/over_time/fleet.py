"""Tests over time of the alerts on all clients together, and on clients without scores."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from rapport.monitoring.rules.samples import DAY, Phase, Series, case, clients, info, series

SPREADING: Final = "rapport_spreading_supplier_clients"
SHARED: Final = "rapport_shared_concern_clients"
RISE: Final = "rapport_population_common_rise_ratio"
LIMIT: Final = "rapport_population_common_rise_limit_ratio"
_ALL: Final = 8 * DAY


def _feed(
    *phases: Phase, source: str = "procurement", state: str = "broken", **labels: str
) -> Series:
    return series("rapport_source_state", *phases, source=source, state=state, **labels)


def _common_rise(
    instance: str, *phases: Phase, limit: float = 1.5, limits: tuple[Phase, ...] = ()
) -> list[Series]:
    """Return the series of a worker about a rise of purchases at all clients."""
    there = limits or [(samples, None if rise is None else limit) for samples, rise in phases]
    return [series(RISE, *phases, instance=instance), series(LIMIT, *there, instance=instance)]


def _while_broken(alert: str, seen: list[Series]) -> Iterator[dict[str, Any]]:
    """Yield the tests of an alert that is silent while the feed of purchases is broken."""
    case_ = partial(case, alert=alert, step=10)
    yield case_(
        "one of two workers that finds the feed broken silences it",
        [*seen, _feed((_ALL, 1), instance="a"), _feed((_ALL, 0), instance="b")],
        fires=[],
        quiet=[10, 30],
    )
    yield case_(
        "one of two workers that found the feed broken silences it, also when both are away",
        [*seen, _feed((3, 1), (99, None), instance="a"), _feed((3, 0), (99, None), instance="b")],
        fires=[],
        quiet=[2, 10, 30],
    )
    yield case_(
        "two workers that found the feed broken silence it, also when both are away",
        [*seen, *(_feed((12, 1), (99, None), instance=worker) for worker in "ab")],
        fires=[],
        quiet=[10, 30, 50],
    )
    yield case_(
        "a feed that was broken when the worker went away silences it for three days",
        [*seen, _feed((3, 1), (_ALL, None))],
        fires=[],
        quiet=[2 * DAY, 2 * DAY + 100],
    )


def _while_it_flows(alert: str, seen: list[Series]) -> Iterator[dict[str, Any]]:
    """Yield the tests of that alert while the feed of purchases flows."""
    case_ = partial(case, alert=alert, step=10)
    yield case_(
        "a worker that went away with a broken feed says nothing when another finds it mended",
        [*seen, _feed((3, 1), (99, None), instance="a"), _feed((99, 0), instance="b")],
        fires=[12, 30],
    )
    yield case_(
        "a feed that was mended before the worker went away does not silence it",
        [*seen, _feed((3, 1), (12, 0), (2 * DAY, None))],
        fires=[12, 30, 30 + DAY],
    )
    yield case_(
        "another feed, and another state, do not silence it, also when the worker is away",
        [
            *seen,
            _feed((20, 0), (_ALL, None)),
            _feed((20, 1), (_ALL, None), source="tickets"),
            _feed((20, 1), (_ALL, None), state="flowing"),
        ],
        fires=[12, 19, 30, 30 + DAY],
    )
    yield case_(
        "a broken feed of another installation does not silence it",
        [*seen, _feed((_ALL, 1), job="test")],
        fires=[12, 30],
        since=0,
    )


FEEDS: Final = [
    *(
        test
        for alert, seen in (
            ("RapportCommonRiseOfPurchases", _common_rise("a", (_ALL, 2))),
            ("RapportSupplierSpreads", [series(SPREADING, (_ALL, 9), supplier="acme")]),
        )
        for tests in (_while_broken, _while_it_flows)
        for test in tests(alert, seen)
    ),
    case(
        "a broken feed is forgotten after three days, when the worker is away",
        [series(SPREADING, (_ALL, 9), supplier="acme"), _feed((3, 1), (_ALL, None))],
        alert="RapportSupplierSpreads",
        fires=[4 + 3 * DAY + 8],
        step=10,
    ),
]
RISES: Final = [
    case(
        "the greater rise of two workers counts, and is known for three days when both are away",
        [
            *_common_rise("a", (12, 2), (_ALL, None), limits=((3, 3), (9, 1.5), (_ALL, None))),
            *_common_rise("b", (12, 1), (_ALL, None), limits=((3, 3), (9, 1.4), (_ALL, None))),
        ],
        alert="RapportCommonRiseOfPurchases",
        fires=[9, 30, 12 + 2 * DAY, 12 + 3 * DAY],
        since=3,
        quiet=[8, 14 + 4 * DAY],
        step=10,
    ),
    case(
        "the rises of two workers are not added up when both are away",
        [*_common_rise("a", (3, 1), (99, None)), *_common_rise("b", (3, 1), (99, None), limit=1)],
        alert="RapportCommonRiseOfPurchases",
        fires=[],
        quiet=[30],
        step=10,
    ),
    case(
        "a rise that was over when the worker went away stays silent",
        _common_rise("a", (3, 2), (12, 1), (99, None)),
        alert="RapportCommonRiseOfPurchases",
        fires=[],
        quiet=[12, 40],
        step=10,
    ),
    case(
        "what a worker knew that went away does not count beside what another finds",
        [*_common_rise("a", (3, 2), (99, None)), *_common_rise("b", (99, 1))],
        alert="RapportCommonRiseOfPurchases",
        fires=[],
        quiet=[12, 30],
        step=10,
    ),
    case(
        "the limit of a worker that went away does not count beside that of another",
        [*_common_rise("a", (3, 2), (99, None), limit=3), *_common_rise("b", (99, 2))],
        alert="RapportCommonRiseOfPurchases",
        fires=[12, 30],
        step=10,
    ),
    case(
        "the higher limit of two workers counts, also when both are away",
        [
            *_common_rise("a", (12, 2), (99, None), limit=3),
            *_common_rise("b", (12, 2), (99, None)),
        ],
        alert="RapportCommonRiseOfPurchases",
        fires=[],
        quiet=[11, 40],
        step=10,
    ),
]
OTHERS: Final = [
    case(
        "what most clients had is known for three days when the workers are away",
        [series(SHARED, (6, 9), (_ALL, None), concern="overrated")],
        alert="RapportConcernOfMostClients",
        fires=[1, 2 * DAY, 3 * DAY],
        quiet=[8 + 3 * DAY],
        step=10,
    ),
    case(
        "a worker that is away does not end it, and it ends when few clients have it",
        [series(SHARED, (60, 9), (60, None), (60, 9), (60, 0), concern="overrated")],
        alert="RapportConcernOfMostClients",
        fires=[10, 61, 119, 121, 170],
        since=0,
        quiet=[4, 180, 200],
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
        "a supplier that is named fires after an hour",
        [series(SPREADING, (20, 9), supplier="acme")],
        alert="RapportSupplierSpreads",
        fires=[6],
        since=0,
        quiet=[5],
        step=10,
    ),
    case(
        "a supplier that leaves the five that are named, and comes back, is one alert",
        [series(SPREADING, (3, 9), (48, None), (3, 9), (400, None), supplier="acme")],
        alert="RapportSupplierSpreads",
        fires=[2, 3, 30, 51, 387],
        since=0,
        quiet=[1, 390],
        step=30,
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
FLEET: Final = [*FEEDS, *RISES, *OTHERS]
