"""Alerts on events that are rejected, wait, or reach an intake without Kafka; and on the policy."""

from typing import Final

from rapport.monitoring.alerts.alert import Case, PipelineAlert, Runbook, Slot, Text
from rapport.monitoring.alerts.cases import plain_series, with_near_misses
from rapport.monitoring.metrics import intake as i
from rapport.monitoring.metrics import pipeline

_DEAD: Final = Case(
    name="a growing count fires",
    series=plain_series((pipeline.DEAD_LETTERS, 'reason="invalid"', "0+1x60")),
    at="20m",
    labels=(("reason", "invalid"),),
    slot_texts={"events": "15"},
)
DEAD_LETTERS: Final = PipelineAlert(
    name="RapportDeadLetters",
    expr=f"sum by (reason) (increase({pipeline.DEAD_LETTERS}[15m])) > 0",
    for_="1m",
    keep_firing_for="15m",
    by=("reason",),
    summary=Text(
        en="Events are not taken: {reason}", nl="Gebeurtenissen worden niet aangenomen: {reason}"
    ),
    description=Text(
        en="{events} events went to the dead letters in 15 minutes, for the reason {reason}.",
        nl="{events} gebeurtenissen gingen in 15 minuten naar de dode brieven, om de reden {reason}.",
    ),
    slots={"events": Slot()},
    runbook=Runbook(
        meaning="A publisher sends what breaks its contract, or a client is not registered.",
        check="`rapport dead-letters list` names the reason, the place of the error and the origin of each; `show` gives one whole.",
        act="Repair the publisher, or register the client; then `rapport dead-letters replay`. No event counts twice.",
        who="Operations, with the team of the source.",
    ),
    cases=with_near_misses(
        _DEAD, ("a count that stands still stays silent", pipeline.DEAD_LETTERS, "7x60")
    ),
)
_BEHIND: Final = Case(
    name="a backlog that lasts fires",
    series=plain_series((pipeline.LAG, 'source="tickets",partition="0"', 100_001)),
    at="20m",
    labels=(("source", "tickets"),),
    slot_texts={"events": "100001"},
)
LAG: Final = PipelineAlert(
    name="RapportBehind",
    expr=f"sum by (source) ({pipeline.LAG}) > 100000",
    for_="10m",
    keep_firing_for="5m",
    by=("source",),
    summary=Text(en="Rapport is behind on {source}", nl="Rapport loopt achter met {source}"),
    description=Text(
        en="{events} events of {source} wait to be processed.",
        nl="{events} gebeurtenissen van {source} wachten op verwerking.",
    ),
    slots={"events": Slot()},
    runbook=Runbook(
        meaning="Events arrive faster than they are processed, or the worker stands still.",
        check="`rapport_events_total` should grow. Is the machine full, or Kafka slow?",
        act="Wait when an import is running; else add a worker, up to one per partition.",
    ),
    cases=with_near_misses(
        _BEHIND,
        ("a small backlog stays silent", pipeline.LAG, 100_000),
        ("a backlog that shrinks in time stays silent", pipeline.LAG, "200000x8 0x60"),
    ),
)
_INTAKE: Final = Case(
    name="an intake without Kafka fires",
    series=plain_series((i.READY, 'instance="a"', 0)),
    at="10m",
    slot_texts={"intakes": "1"},
)
INTAKE: Final = PipelineAlert(
    name="RapportIntakeNotReady",
    expr=f"count({i.READY} == 0) > 0",
    severity="critical",
    summary=Text(
        en="The HTTP intake cannot reach Kafka", nl="De HTTP-ingang kan Kafka niet bereiken"
    ),
    description=Text(
        en="{intakes} intake(s) have had no Kafka, or not its topics, for 5 minutes; publishers get 503 and try again.",
        nl="{intakes} ingang(en) hebben al 5 minuten geen Kafka of niet de topics; wie publiceert krijgt 503 en probeert het opnieuw.",
    ),
    slots={"intakes": Slot()},
    runbook=Runbook(
        meaning="The intake answers 503 because Kafka cannot be reached or has not the topics.",
        check="Does Kafka run? `rapport topics` says what is missing, and why the connection is refused.",
        act="Repair Kafka. Publishers that follow Retry-After lose nothing; ask those that do not.",
    ),
    cases=with_near_misses(
        _INTAKE, ("an intake that is away for minutes stays silent", i.READY, "0x3 1x60")
    ),
)
_REFUSED: Final = Case(
    name="a refused policy fires",
    series=plain_series((pipeline.POLICY_REFUSED, 'instance="a"', 1_700_000_000)),
    at="10m",
    labels=(("instance", "a"),),
)
POLICY_REFUSED: Final = PipelineAlert(
    name="RapportPolicyRefused",
    expr=f"max by (instance) ({pipeline.POLICY_REFUSED}) > 0",
    by=("instance",),
    summary=Text(
        en="The policy on disk is not the one in force",
        nl="Het beleid op schijf is niet het beleid dat geldt",
    ),
    description=Text(
        en="Worker {instance} refuses its policy file and goes on with the one before it.",
        nl="Worker {instance} weigert zijn beleidsbestand en gaat verder met het vorige.",
    ),
    runbook=Runbook(
        meaning="The policy file was changed into one that is not allowed, or cannot be read.",
        check="`rapport policy check FILE` gives the place and what is allowed; so does `/status`.",
        act="Correct the file; it is read again within seconds, and nothing needs a restart.",
        who="Whoever changed the policy.",
    ),
    cases=with_near_misses(
        _REFUSED,
        ("a policy in force stays silent", pipeline.POLICY_REFUSED, 0),
        (
            "a file that is corrected at once stays silent",
            pipeline.POLICY_REFUSED,
            "1700000000x3 0x60",
        ),
    ),
)
