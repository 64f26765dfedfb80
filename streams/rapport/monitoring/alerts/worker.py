"""Alerts on workers: unreachable, not recovered, without Kafka, outdated scores, missing series."""

from typing import Final

from rapport.monitoring.alerts.alert import Case, PipelineAlert, Runbook, Slot, Text
from rapport.monitoring.alerts.cases import plain_series, with_near_misses
from rapport.monitoring.metrics import pipeline, scores
from rapport.monitoring.metrics.model import Metric

UP: Final = Metric("up", "gauge", "Prometheus' own: 1 when the scrape worked.")
_AWAY: Final = Case(
    name="workers that are all down fire",
    series=plain_series(
        (UP, 'job="rapport",instance="a"', 0), (UP, 'job="rapport",instance="b"', 0)
    ),
    at="10m",
)
WORKER_AWAY: Final = PipelineAlert(
    name="RapportWorkerAway",
    expr=f'absent({UP}{{job="rapport"}} == 1)',
    severity="critical",
    summary=Text(en="No Rapport worker answers", nl="Geen enkele worker van Rapport antwoordt"),
    description=Text(
        en="Prometheus has not reached any Rapport worker for 5 minutes; scores stand still, and every other alert is blind.",
        nl="Prometheus bereikt al 5 minuten geen worker van Rapport; de scores staan stil en elke andere waarschuwing is blind.",
    ),
    runbook=Runbook(
        meaning="No worker's /metrics could be scraped, so every other alert is blind.",
        check="Does the process run? Does `/healthz` answer? What does its log say last?",
        act="Start it again; events wait in Kafka, and none is lost or counted twice.",
    ),
    cases=with_near_misses(_AWAY, ("one of two workers down stays silent", UP, 1, 'instance="b"')),
)
_RECOVERING: Final = Case(
    name="a worker that does not get ready fires",
    series=plain_series((pipeline.READY, 'instance="a"', 0), (pipeline.READY, 'instance="b"', 1)),
    at="20m",
    slot_texts={"workers": "1"},
)
RECOVERING: Final = PipelineAlert(
    name="RapportNotReady",
    expr=f"count({pipeline.READY} == 0) > 0",
    for_="15m",
    summary=Text(
        en="A worker does not recover its ledger", nl="Een worker krijgt zijn grootboek niet terug"
    ),
    description=Text(
        en="{workers} worker(s) have read the ledger for more than 15 minutes; until they are ready their clients have no scores.",
        nl="{workers} worker(s) lezen al meer dan 15 minuten hun grootboek; tot zij klaar zijn hebben hun klanten geen scores.",
    ),
    slots={"workers": Slot()},
    runbook=Runbook(
        meaning="A worker started, or was given partitions, and reads their ledger from its store or its changelog topic.",
        check="Does its log show recovery going on? Is the disk or Kafka slow? `rapport_recovery_seconds` says what it took before.",
        act="Wait while it makes progress. If not, stop it and remove its data directory: it is rebuilt from the changelog.",
    ),
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
KAFKA_AWAY: Final = PipelineAlert(
    name="RapportKafkaAway",
    expr=(
        f"max by (instance) ((time() - {pipeline.KAFKA_LAST_ANSWER}) / 60 "
        f"and {pipeline.KAFKA_UP} == 0)"
    ),
    keep_firing_for="1m",
    severity="critical",
    by=("instance",),
    summary=Text(en="A worker has no Kafka", nl="Een worker heeft geen Kafka"),
    description=Text(
        en="Kafka answered worker {instance} {minutes} minutes ago for the last time; what it shows gets old, and its backlog is not known.",
        nl="Kafka gaf worker {instance} {minutes} minuten geleden voor het laatst antwoord; wat hij toont veroudert, en zijn achterstand is niet bekend.",
    ),
    slots={"minutes": Slot()},
    runbook=Runbook(
        meaning="The worker still shows its last scores, and receives no events: silence of a source means nothing meanwhile.",
        check="Does Kafka run, and can this machine reach it? `rapport topics` says which step of the connection fails.",
        act="Repair Kafka or the network. The worker reconnects by itself, and reads the missed events.",
    ),
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
STANDS_STILL: Final = PipelineAlert(
    name="RapportScoresStandStill",
    expr=(
        f"max by (instance) ((time() - ({pipeline.EVALUATED} > 0)) / 60 > 5 "
        f"and {pipeline.READY} == 1)"
    ),
    keep_firing_for="5m",
    severity="critical",
    by=("instance",),
    summary=Text(en="The scores of a worker stand still", nl="De scores van een worker staan stil"),
    description=Text(
        en="Worker {instance} answers, and brought its scores up to date {minutes} minutes ago for the last time.",
        nl="Worker {instance} antwoordt, maar heeft zijn scores {minutes} minuten geleden voor het laatst bijgewerkt.",
    ),
    slots={"minutes": Slot()},
    runbook=Runbook(
        meaning="The worker is scraped and no longer evaluates its scores: what it shows is outdated.",
        check="What does its log say last? Is the machine full? `rapport_evaluation_seconds` says how long all scores take.",
        act="Restart the worker, and keep its log: this should not happen.",
    ),
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
_UNSCORED: Final = Case(
    name="a fifth of the clients without series fires",
    series=plain_series(
        (pipeline.CLIENTS, "", 5), *((scores.CLIENT_INFO, f'client="{n}"', 1) for n in range(4))
    ),
    at="1h",
    slot_texts={"share": "20", "clients": "5"},
)
UNSCORED: Final = PipelineAlert(
    name="RapportClientsWithoutScores",
    expr=(
        f"100 * (1 - (count(count by (client) ({scores.CLIENT_INFO})) or vector(0)) "
        f"/ (max({pipeline.CLIENTS}) > 0)) > 10"
    ),
    for_="20m",
    keep_firing_for="5m",
    summary=Text(en="Clients have no scores", nl="Klanten hebben geen scores"),
    description=Text(
        en="{share} % of the {clients} registered clients have no series; their alerts are silent, and not solved.",
        nl="{share} % van de {clients} geregistreerde klanten heeft geen reeksen; hun waarschuwingen zwijgen, maar zijn niet opgelost.",
    ),
    slots={"share": Slot(), "clients": Slot(pipeline.CLIENTS)},
    runbook=Runbook(
        meaning="A series that vanishes resolves its alerts. So many at once are those of a worker that is not there.",
        check="Do all workers run, are they scraped, and are they ready? Which clients does `rapport clients` not show?",
        act="Start the worker that is missing; its clients are back once it has read their ledger.",
    ),
    cases=with_near_misses(
        _UNSCORED, ("a restart of minutes stays silent", pipeline.CLIENTS, "5x10 4x50")
    ),
)
