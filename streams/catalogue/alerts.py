"""Every alert once: its rule, its words, its runbook entry, and the series that test it."""

from typing import Final

from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue.alert import DASHBOARD_PATH, OWNED, Alert, Case, Runbook
from rapport.streams.catalogue.metric import Metric
from rapport.streams.catalogue.relation_alerts import DIVERGES, OVERRATED
from rapport.streams.catalogue.source_alerts import POLICY_REFUSED, SOURCE_BROKEN
from rapport.streams.catalogue.supplier_alerts import NEW_SUPPLIER, PEER_OUTLIER, SUPPLIER_SPREADS

__all__ = ["ALERTS", "DASHBOARD_PATH", "Alert", "Case"]


def _client_series(client: str, **values: str) -> tuple[tuple[str, str], ...]:
    info = f'{m.CLIENT_INFO.series}{{client="{client}",name="Finance",owner="team-finance"}}'
    series = [(info, "1x60")]
    names = {
        "state": m.PURCHASES_STATE,
        "observed": m.PURCHASES_OBSERVED,
        "expected": m.PURCHASES_EXPECTED,
        "chance": m.PURCHASES_PROBABILITY,
    }
    for key, value in values.items():
        series.append((f'{names[key].series}{{client="{client}"}}', value))
    return tuple(series)


def _asked(metric: Metric, form: str) -> str:
    query = f'printf "{metric.series}{{client=\\"%s\\"}}" $labels.client'
    return f"{{{{ with {query} | query }}}}{{{{ . | first | value | {form} }}}}{{{{ end }}}}"


PURCHASES_RISING: Final = Alert(
    name="RapportOutsidePurchasesRising",
    expr=f"({m.PURCHASES_STATE.series} == 2) {OWNED}",
    hold="1m",
    keep="15m",
    severity="warning",
    kind="risk",
    summary="{{ $labels.name }} buys more IT outside IT than expected",
    description=(
        "{{ $labels.name }} made "
        + _asked(m.PURCHASES_OBSERVED, 'printf "%.0f"')
        + " purchases of IT outside IT in the last 4 weeks and this one; "
        + _asked(m.PURCHASES_EXPECTED, 'printf "%.1f"')
        + " were to be expected from its own past at this time of year. The chance of that many "
        "when nothing changed is " + _asked(m.PURCHASES_PROBABILITY, "humanizePercentage") + "."
    ),
    runbook=Runbook(
        meaning=(
            "A client's purchases from outside suppliers, in categories that are IT's, rose above "
            "what its own past and the season explain. The detector's threshold gives about one "
            "false alert in 100 client-months, so it is worth a talk, and not a reproach."
        ),
        check=(
            "Open the client's dashboard: which suppliers and categories, since when, and did trust "
            "or engagement fall before? `rapport clients` gives the same in a terminal. Ask whether a "
            "purchase was made together with IT and only not recorded so; a correction clears it."
        ),
        act=(
            "Talk with the client within a week: what did IT not offer, or not in time? Agree on one "
            "thing to do, and record the touchpoint and the promise as events."
        ),
        who="The owner of the relationship, in the alert's `owner` label.",
    ),
    cases=(
        Case(
            name="a client whose purchases rise fires, with its owner and its numbers",
            series=_client_series(
                "finance", state="2x60", observed="9x60", expected="2.5x60", chance="0.0011x60"
            ),
            at="5m",
            fires=True,
            labels=(("client", "finance"), ("name", "Finance"), ("owner", "team-finance")),
            summary="Finance buys more IT outside IT than expected",
            description=(
                "Finance made 9 purchases of IT outside IT in the last 4 weeks and this one; 2.5 were "
                "to be expected from its own past at this time of year. The chance of that many when "
                "nothing changed is 0.11%."
            ),
        ),
        Case(
            name="a client that is only watched stays silent",
            series=_client_series(
                "finance", state="1x60", observed="6x60", expected="2.5x60", chance="0.0037x60"
            ),
            at="30m",
            fires=False,
        ),
        Case(
            name="an alert that lasts less than its time to hold stays silent",
            series=_client_series(
                "finance", state="2 0x60", observed="9x60", expected="2.5x60", chance="0.001x60"
            ),
            at="5m",
            fires=False,
        ),
    ),
)
COMMON_RISE: Final = Alert(
    name="RapportCommonRiseOfPurchases",
    expr=f"{m.COMMON_RISE.series} > 1.5",
    hold="1h",
    keep="1h",
    severity="warning",
    kind="pipeline",
    summary="Outside purchases rise for many clients at once",
    description=(
        'Recent outside purchases of all clients together are {{ $value | printf "%.1f" }} times '
        "the level of a year ago. Each client is held against the others, so the alert per client "
        "does not see this."
    ),
    runbook=Runbook(
        meaning="The whole population buys more outside IT than a year ago, by half or more.",
        check="Did a feed begin to deliver more, or a category move? If not, the rise is real.",
        act="Bring it to IT's management: this is about IT's offer, not about one client.",
        who="IT management.",
    ),
    cases=(
        Case(
            name="a common rise fires",
            series=((m.COMMON_RISE.series, "1.8x120"),),
            at="90m",
            fires=True,
            summary="Outside purchases rise for many clients at once",
            description=(
                "Recent outside purchases of all clients together are 1.8 times the level of a year "
                "ago. Each client is held against the others, so the alert per client does not see "
                "this."
            ),
        ),
        Case(
            name="a rise of just under half stays silent",
            series=((m.COMMON_RISE.series, "1.49x120"),),
            at="90m",
            fires=False,
        ),
    ),
)
WORKER_AWAY: Final = Alert(
    name="RapportWorkerAway",
    expr='absent(up{job="rapport"} == 1)',
    hold="5m",
    keep="0m",
    severity="critical",
    kind="pipeline",
    summary="No Rapport worker answers",
    description="Prometheus has not reached any Rapport worker for 5 minutes; scores stand still.",
    runbook=Runbook(
        meaning="No worker's /metrics could be scraped, so every other alert is blind.",
        check="Does the process run? Does `/healthz` answer? What does its log say last?",
        act="Start it again; events wait in Kafka, and none is lost or counted twice.",
        who="Operations.",
    ),
    cases=(
        Case(
            name="a worker that is down fires",
            series=(('up{job="rapport",instance="a"}', "0x60"),),
            at="10m",
            fires=True,
            summary="No Rapport worker answers",
            description=(
                "Prometheus has not reached any Rapport worker for 5 minutes; scores stand still."
            ),
        ),
        Case(
            name="one of two workers down stays silent",
            series=(
                ('up{job="rapport",instance="a"}', "0x60"),
                ('up{job="rapport",instance="b"}', "1x60"),
            ),
            at="10m",
            fires=False,
        ),
    ),
)
DEAD_LETTERS: Final = Alert(
    name="RapportDeadLetters",
    expr=f"sum by (reason) (increase({m.DEAD_LETTERS.series}[15m])) > 0",
    hold="1m",
    keep="15m",
    severity="warning",
    kind="pipeline",
    summary="Events are not taken: {{ $labels.reason }}",
    description=(
        '{{ $value | printf "%.0f" }} events went to the dead letters in 15 minutes, for the reason '
        "{{ $labels.reason }}."
    ),
    runbook=Runbook(
        meaning="A publisher sends what breaks its contract, or a client is not registered.",
        check="Run `rapport dead-letters list`, then `show` one: it says what, where and from whom.",
        act="Mend the publisher, or register the client, and publish again; nothing counts twice.",
        who="Operations, with the team of the source.",
    ),
    cases=(
        Case(
            name="a growing count fires",
            series=((f'{m.DEAD_LETTERS.series}{{reason="invalid"}}', "0+1x60"),),
            at="20m",
            fires=True,
            labels=(("reason", "invalid"),),
            summary="Events are not taken: invalid",
            description=(
                "15 events went to the dead letters in 15 minutes, for the reason invalid."
            ),
        ),
        Case(
            name="a count that stands still stays silent",
            series=((f'{m.DEAD_LETTERS.series}{{reason="invalid"}}', "7x60"),),
            at="20m",
            fires=False,
        ),
    ),
)
LAG: Final = Alert(
    name="RapportBehind",
    expr=f"sum by (source) ({m.LAG.series}) > 100000",
    hold="10m",
    keep="5m",
    severity="warning",
    kind="pipeline",
    summary="Rapport is behind on {{ $labels.source }}",
    description='{{ $value | printf "%.0f" }} events of {{ $labels.source }} wait to be folded.',
    runbook=Runbook(
        meaning="Events arrive faster than they are folded, or the worker stands still.",
        check="`rapport_events_total` should grow. Is the machine full, or Kafka slow?",
        act="Wait when an import is running; else add a worker, up to one per partition.",
        who="Operations.",
    ),
    cases=(
        Case(
            name="a backlog that lasts fires",
            series=((f'{m.LAG.series}{{source="tickets",partition="0"}}', "200000x60"),),
            at="20m",
            fires=True,
            labels=(("source", "tickets"),),
            summary="Rapport is behind on tickets",
            description="200000 events of tickets wait to be folded.",
        ),
        Case(
            name="a small backlog stays silent",
            series=((f'{m.LAG.series}{{source="tickets",partition="0"}}', "99999x60"),),
            at="20m",
            fires=False,
        ),
    ),
)
ALERTS: Final = (
    PURCHASES_RISING,
    NEW_SUPPLIER,
    PEER_OUTLIER,
    SUPPLIER_SPREADS,
    DIVERGES,
    OVERRATED,
    COMMON_RISE,
    WORKER_AWAY,
    DEAD_LETTERS,
    LAG,
    SOURCE_BROKEN,
    POLICY_REFUSED,
)
