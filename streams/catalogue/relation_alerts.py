"""Alerts on how IT sees itself, and on signs that contradict each other."""

from typing import Final

from rapport.streams.catalogue import metrics as m
from rapport.streams.catalogue import relation_metrics as r
from rapport.streams.catalogue.alert import OWNED, Alert, Case, Runbook
from rapport.streams.catalogue.metric import Metric

_INFO: Final = (
    f'{m.CLIENT_INFO.series}{{client="finance",name="Finance",owner="team-finance"}}',
    "1x3600",
)
_FINANCE: Final = (("client", "finance"), ("name", "Finance"), ("owner", "team-finance"))


def _of_finance(*series: tuple[Metric, str]) -> tuple[tuple[str, str], ...]:
    return (_INFO, *((f'{one.series}{{client="finance"}}', values) for one, values in series))


def _asked(metric: Metric) -> str:
    query = f'printf "{metric.series}{{client=\\"%s\\"}}" $labels.client'
    form = "humanizePercentage"
    return f"{{{{ with {query} | query }}}}{{{{ . | first | value | {form} }}}}{{{{ end }}}}"


OVERRATED: Final = Alert(
    name="RapportITOverratesItself",
    expr=f"({r.OVERRATES.series} == 1) {OWNED}",
    hold="1d",
    keep="1d",
    severity="info",
    kind="risk",
    summary="IT thinks better of its relation with {{ $labels.name }} than the other side does",
    description=(
        "IT's own trust is "
        + _asked(r.PERCEPTION)
        + " of the scale above what the independent party, else {{ $labels.name }} itself, says; "
        + _asked(r.PERCEPTION_PROBABILITY)
        + " sure."
    ),
    runbook=Runbook(
        meaning="IT answers better of itself than others do, by more than chance explains.",
        check="`rapport explain CLIENT` shows each view, how sure it is, and what it rests on.",
        act="Show IT's team both views, and ask the client for two examples before planning.",
        who="The owner of the relationship, in the alert's `owner` label.",
    ),
    cases=(
        Case(
            name="a gap that is great and sure fires",
            series=_of_finance(
                (r.OVERRATES, "1x2880"),
                (r.PERCEPTION, "0.35x2880"),
                (r.PERCEPTION_PROBABILITY, "0.967x2880"),
            ),
            at="25h",
            fires=True,
            labels=_FINANCE,
            summary="IT thinks better of its relation with Finance than the other side does",
            description=(
                "IT's own trust is 35% of the scale above what the independent party, else "
                "Finance itself, says; 96.7% sure."
            ),
        ),
        Case(
            name="a gap that is not sure stays silent",
            series=_of_finance((r.OVERRATES, "0x2880"), (r.PERCEPTION, "0.35x2880")),
            at="25h",
            fires=False,
        ),
    ),
)
DIVERGES: Final = Alert(
    name="RapportSignsContradict",
    expr=f"({r.DIVERGENCE_ALERT.series} == 1) {OWNED}",
    hold="1h",
    keep="1h",
    severity="info",
    kind="risk",
    summary="Signs of {{ $labels.name }} contradict each other",
    description=(
        "Signs that should go together do not, at "
        + _asked(r.DIVERGENCE)
        + " of what is possible: green tickets while outside purchases rise, or high trust while "
        "nobody answers."
    ),
    runbook=Runbook(
        meaning="One source says that all is well while another says that the client leaves.",
        check="`rapport explain CLIENT` names the two signs and the events behind each.",
        act="Do not rest on the green sign. Ask the client what the tickets do not show.",
        who="The owner of the relationship, in the alert's `owner` label.",
    ),
    cases=(
        Case(
            name="green tickets while purchases rise fire",
            series=_of_finance((r.DIVERGENCE_ALERT, "1x180"), (r.DIVERGENCE, "0.66x180")),
            at="2h",
            fires=True,
            labels=_FINANCE,
            summary="Signs of Finance contradict each other",
            description=(
                "Signs that should go together do not, at 66% of what is possible: green tickets "
                "while outside purchases rise, or high trust while nobody answers."
            ),
        ),
        Case(
            name="a weak contradiction stays silent",
            series=_of_finance((r.DIVERGENCE_ALERT, "0x180"), (r.DIVERGENCE, "0.4x180")),
            at="2h",
            fires=False,
        ),
    ),
)
