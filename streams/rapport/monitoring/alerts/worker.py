"""Alerts on workers: unreachable or not recovered, without Kafka or room, and outdated scores."""

from dataclasses import replace
from typing import Final

from rapport.monitoring.alerts.alert import Case, PipelineAlert
from rapport.monitoring.alerts.cases import ABSENT, plain_series, with_near_misses
from rapport.monitoring.alerts.slots import Slot, of
from rapport.monitoring.metrics import pipeline, process, scores
from rapport.monitoring.metrics.model import Metric

UP: Final = Metric("up", "gauge", "Prometheus' own: 1 when the scrape worked.")
_WORKER_A: Final = 'job="rapport",instance="a"'
_AWAY: Final = Case(
    name="workers that are all down fire",
    series=plain_series(
        (UP, 'job="rapport",instance="a"', 0), (UP, 'job="rapport",instance="b"', 0)
    ),
    at="10m",
)
WORKER_DOWN: Final = PipelineAlert(
    name="RapportWorkerDown",
    # Where no worker is found, there is no series.
    expr=f'max by () ({UP}{{job="rapport"}}) == 0 or absent({UP}{{job="rapport"}})',
    severity="critical",
    cases=(
        Case(
            "workers that are not there fire", plain_series((UP, 'job="another-program"', 1)), "10m"
        ),
        *with_near_misses(
            _AWAY,
            ("one of two workers down stays silent", UP, 1, 'instance="b"'),
            ("workers that restart stay silent", UP, "1x7 0x60", 'instance="b"'),
        ),
    ),
)
_RECOVERING: Final = Case(
    name="a worker that does not get ready fires",
    series=plain_series((pipeline.READY, 'instance="a"', 0), (pipeline.READY, 'instance="b"', 1)),
    at="20m",
    labels=(("instance", "a"),),
)
WORKER_NOT_READY: Final = PipelineAlert(
    name="RapportWorkerNotReady",
    expr=f"max by (instance) ({pipeline.READY}) == 0",
    for_="15m",
    by=("instance",),
    cases=with_near_misses(
        _RECOVERING,
        ("a recovery of 10 minutes stays silent", pipeline.READY, "0x10 1x60", 'instance="a"'),
    ),
)
_NO_KAFKA: Final = Case(
    name="a worker without Kafka fires",
    series=plain_series(
        (pipeline.KAFKA_UP, 'instance="a"', 0),
        (pipeline.KAFKA_LAST_ANSWER, 'instance="a"', "60x60"),
    ),
    at="11m",
    labels=(("instance", "a"),),
    slot_texts={"minutes": "10"},
)
KAFKA_UNREACHABLE: Final = PipelineAlert(
    name="RapportKafkaUnreachable",
    expr=(
        f"max by (instance) ((time() - {pipeline.KAFKA_LAST_ANSWER}) / 60 "
        f"and {pipeline.KAFKA_UP} == 0)"
    ),
    keep_firing_for="1m",
    severity="critical",
    by=("instance",),
    slots={"minutes": Slot()},
    cases=with_near_misses(
        _NO_KAFKA, ("a broker that restarts stays silent", pipeline.KAFKA_UP, "0x4 1x60")
    ),
)
_STANDS: Final = Case(
    name="scores that are five minutes old fire",
    series=plain_series(
        (pipeline.EVALUATED, 'instance="a"', "0+60x60 3600x60"), (pipeline.READY, 'instance="a"', 1)
    ),
    at="75m",
    labels=(("instance", "a"),),
    slot_texts={"minutes": "15"},
)
SCORES_NOT_UPDATING: Final = PipelineAlert(
    name="RapportScoresNotUpdating",
    expr=(
        f"max by (instance) ((time() - ({pipeline.EVALUATED} > 0)) / 60 > 5 "
        f"and {pipeline.READY} == 1)"
    ),
    keep_firing_for="5m",
    severity="critical",
    by=("instance",),
    slots={"minutes": Slot()},
    cases=with_near_misses(
        _STANDS,
        (
            "scores that are evaluated a little late stay silent",
            pipeline.EVALUATED,
            "0+60x71 4260x60",
        ),
        ("a worker that reads its ledger has an alert of its own", pipeline.READY, 0),
    ),
)
_RESTARTS: Final = Case(
    name="a worker that starts every ten minutes fires",
    series=plain_series(
        (process.PROCESS_START, _WORKER_A, "0x10 600x10 1200x10 1800x10 2400x60"),
        (process.BUILD_INFO, f'{_WORKER_A},version="1",python="3"', 1),
    ),
    at="50m",
    labels=(("instance", "a"),),
    slot_texts={"restarts": "4"},
)
FREQUENT_RESTARTS: Final = PipelineAlert(
    name="RapportFrequentRestarts",
    expr=(
        f"max by (instance) (changes({process.PROCESS_START}[1h]) "
        f"and on (instance) {process.BUILD_INFO}) > 3"
    ),
    for_="1m",
    keep_firing_for="15m",
    by=("instance",),
    slots={"restarts": Slot()},
    cases=with_near_misses(
        _RESTARTS,
        ("three restarts in an hour stay silent", process.PROCESS_START, "0x10 9x10 99x10 999x60"),
        ("a process that is not Rapport's stays silent", process.BUILD_INFO, ABSENT),
    ),
)
_REBALANCES: Final = Case(
    name="a worker that gets its partitions every few minutes fires",
    series=plain_series((pipeline.REBALANCES, 'instance="a"', "0+1x60")),
    at="30m",
    labels=(("instance", "a"),),
    slot_texts={"rebalances": "30"},
)
FREQUENT_REBALANCES: Final = PipelineAlert(
    name="RapportFrequentRebalances",
    expr=f"max by (instance) (increase({pipeline.REBALANCES}[1h])) > 10",
    for_="1m",
    keep_firing_for="15m",
    by=("instance",),
    slots={"rebalances": Slot()},
    cases=with_near_misses(
        _REBALANCES, ("the rebalances of a deployment stay silent", pipeline.REBALANCES, "1x9 6x60")
    ),
)
_FULL: Final = Case(
    name="a disk with less room than the store takes fires",
    series=plain_series(
        (pipeline.STORE_BYTES, 'instance="a"', 4e9),
        (pipeline.STORE_FREE_BYTES, 'instance="a"', 3e9),
    ),
    at="30m",
    labels=(("instance", "a"),),
    slot_texts={"percent": "75"},
)
DISK_FILLING: Final = PipelineAlert(
    name="RapportDiskFilling",
    expr=f"100 * min by (instance) ({pipeline.STORE_FREE_BYTES} / {pipeline.STORE_BYTES}) < 100",
    for_="15m",
    keep_firing_for="15m",
    by=("instance",),
    slots={"percent": Slot()},
    cases=with_near_misses(
        _FULL,
        ("as much room as the store takes stays silent", pipeline.STORE_FREE_BYTES, 4e9),
        ("a small store on a small disk stays silent", pipeline.STORE_BYTES, 2e9),
    ),
)
_UNSCORED: Final = Case(
    name="a fifth of the clients without series fires",
    series=plain_series(
        (pipeline.CLIENTS, "", 5), *((scores.CLIENT_INFO, f'client="{n}"', 1) for n in range(4))
    ),
    at="60m",
    slot_texts={"share": "20", "clients": "5"},
)
_UNSCORED_OF_TWO: Final = replace(
    _UNSCORED,
    name="two workers know the same clients",
    series=(
        *plain_series(
            (pipeline.CLIENTS, 'instance="a"', 5),
            (pipeline.CLIENTS, 'instance="b"', 5),
        ),
        *_UNSCORED.series[1:],
    ),
)
SCORES_MISSING: Final = PipelineAlert(
    name="RapportScoresMissing",
    expr=(
        f"100 * (1 - (count by () (count by (client) ({scores.CLIENT_INFO})) "
        f"or 0 * max by () ({pipeline.CLIENTS})) / max by () ({pipeline.CLIENTS})) > 10"
    ),
    for_="20m",
    keep_firing_for="5m",
    slots={"share": Slot(), "clients": of(pipeline.CLIENTS)},
    cases=(
        _UNSCORED_OF_TWO,
        *with_near_misses(
            _UNSCORED, ("a restart of minutes stays silent", pipeline.CLIENTS, "5x10 4x50")
        ),
    ),
)
_ONE_DOWN: Final = Case(
    name="one of two workers that does not answer fires",
    series=plain_series(
        (UP, 'job="rapport",instance="a"', 0), (UP, 'job="rapport",instance="b"', 1)
    ),
    at="20m",
    labels=(("instance", "a"),),
)
ONE_WORKER_DOWN: Final = PipelineAlert(
    name="RapportOneWorkerDown",
    expr=f'max by (instance) ({UP}{{job="rapport"}}) == 0',
    for_="15m",
    by=("instance",),
    cases=with_near_misses(
        _ONE_DOWN, ("a worker that is updated stays silent", UP, "0x12 1x60", 'instance="a"')
    ),
)
