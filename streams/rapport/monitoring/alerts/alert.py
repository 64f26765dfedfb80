"""What an alert is: its rule, its sentences in two languages, its runbook, the series that test it.

A sentence has slots, such as `{name}` and `{spent}`. A slot of a label is filled by the alert's own
label; any other one by a `Figure`. A case says what each figure reads when the alert fires, so the
sentences are written once and promtool compares them whole.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rapport.monitoring.metrics import scores
from rapport.monitoring.metrics.model import Metric
from rapport.monitoring.metrics.relation import SCORE_CONFIDENCE

RUNBOOK_URL: Final = "https://github.com/rapport-monitor/rapport/blob/main/docs/runbook.md"
DASHBOARD_PATH: Final = "/d/rapport-client/client?var-client="
FLEET_PATH: Final = "/d/rapport-fleet/fleet"
PIPELINE_PATH: Final = "/d/rapport-pipeline/pipeline"
OPERATIONS: Final = "operations"
IT_MANAGEMENT: Final = "it-management"
OWNER: Final = "The owner of the relationship, in the alert's `owner` label."
OWNED: Final = (
    f"* on (client) group_left (name, owner) max by (client, name, owner) ({scores.CLIENT_INFO})"
)
LANGUAGES: Final = ("en", "nl")
STEPS: Final = {"m": "1m", "h": "10m", "d": "30m"}
_SLOT: Final = re.compile(r"{(\w+)}")


class Text(NamedTuple):
    """A sentence in English and in Dutch, with the same slots."""

    en: str
    nl: str

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the slots, in the order of the English sentence."""
        return tuple(dict.fromkeys(_SLOT.findall(self.en)))


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a sentence: a series with the alert's own labels, or the alert's own value."""

    metric: Metric | None = None
    """None: the value of the alert's expression."""
    form: str = "%.0f"
    times: str = ""
    """What PromQL multiplies it with, such as `100 *`."""
    matching: str = ""
    """Further matchers, such as `score="trust"`."""


@dataclass(frozen=True, slots=True)
class Case:
    """A promtool case: series (name and its values), and whether the alert fires at `at`."""

    name: str
    series: tuple[tuple[str, str], ...]
    at: str = "2h"
    fires: bool = True
    labels: tuple[tuple[str, str], ...] = ()
    says: Mapping[str, str] = field(default_factory=dict)
    """Slot -> what its figure reads, with a decimal point."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """What whoever is woken needs to know."""

    meaning: str
    check: str
    act: str
    who: str = OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. Its kind (risk, opportunity or pipeline) and its owner decide where it goes.

    What is not said is that of most alerts on a client.
    """

    name: str
    expr: str
    hold: str = "1h"
    keep: str = "1h"
    severity: str = "info"
    kind: str = "risk"
    summary: Text
    description: Text
    runbook: Runbook
    cases: tuple[Case, ...]
    figures: Mapping[str, Figure] = field(default_factory=dict)
    by: tuple[str, ...] = ("client",)
    """The labels of its expression, without those of its client."""
    owner: str = ""
    """Who it is for when it speaks of no client; a client's alert has its client's owner."""
    reads: tuple[str, ...] = ()
    """Sources without which it cannot be believed: a broken feed of one of them inhibits it."""

    @property
    def of_client(self) -> bool:
        """Whether it speaks of one client, whose dashboard it links."""
        return not self.owner

    @property
    def step(self) -> str:
        """How far apart the samples of its cases are: what holds for long takes long to test."""
        return STEPS[self.hold[-1]]

    @property
    def runbook_url(self) -> str:
        """The address of its runbook entry."""
        return f"{RUNBOOK_URL}#{self.name.lower()}"

    @property
    def dashboard_path(self) -> str:
        """The dashboard to open, below Grafana's address; a client's ends where its id belongs."""
        if self.of_client:
            return DASHBOARD_PATH
        return PIPELINE_PATH if self.kind == "pipeline" else FLEET_PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineAlert(Alert):
    """An alert about Rapport itself, for those who run it."""

    hold: str = "5m"
    keep: str = "0m"
    severity: str = "warning"
    kind: str = "pipeline"
    by: tuple[str, ...] = ()
    owner: str = OPERATIONS


def per_client(condition: str, *by: str) -> str:
    """Return an expression for one client, with the client's name and owner."""
    return f"max by ({', '.join(('client', *by))}) ({condition}) {OWNED}"


def confident(score: str, least: float) -> str:
    """Return a gate: the score's confidence is at least that."""
    return f'on (client) {SCORE_CONFIDENCE}{{score="{score}"}} >= {least}'
