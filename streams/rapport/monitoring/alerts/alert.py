"""What an alert is: its rule, its texts in two languages, its runbook entry, and its test cases.

The texts and the runbook entries are in `texts.toml`, by the alert's name. A text has slots, such
as `{name}` and `{spent}`. A slot with the name of a label shows the alert's own label; any other
slot shows what its `Slot` says. Each firing case states what its slots show, so that promtool
compares whole texts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final, NamedTuple

from rapport.domain.documents.toml import parse_toml
from rapport.monitoring.alerts.slots import Slot
from rapport.monitoring.metrics.concerns import CONCERN_POINTS, NEWS, STATE
from rapport.monitoring.metrics.scores import CLIENT_INFO
from rapport.monitoring.rules.records import CLIENT_SEEN, CONCERN
from rapport_schemas.wire.errors import RapportError

CLIENT_PATH: Final = "/d/rapport-client/client"
FLEET_PATH: Final = "/d/rapport-fleet/fleet"
PIPELINE_PATH: Final = "/d/rapport-pipeline/pipeline"
OPERATIONS: Final = "operations"
IT_MANAGEMENT: Final = "it-management"
OWNED: Final = f"+ on (client) group_left (name, owner) 0 * {CLIENT_SEEN}"
"""Gives a series per client the client's name and owner; also while no worker shows the client."""
OWNED_IN_GRAFANA: Final = (
    "+ on (client) group_left (name, owner) "
    f"0 * topk by (client) (1, max by (client, name, owner) ({CLIENT_INFO}))"
)
"""The same for Grafana's own rules, which read no recorded series."""
LANGUAGES: Final = ("en", "nl")
SAMPLE_INTERVALS: Final = {"m": "1m", "h": "10m", "d": "30m"}
"""The unit of an alert's `for`, or of a case's time -> the interval between samples."""
TEXTS: Final[Mapping[str, Mapping[str, Any]]] = parse_toml(
    (files(__package__) / "texts.toml").read_text(encoding="utf-8"), "texts.toml", RapportError
).values
"""Name of an alert -> its `summary`, `description` and `runbook`."""
_SLOT: Final = re.compile(r"{(\w+)}")


class Text(NamedTuple):
    """A sentence in English and in Dutch, with the same slots."""

    en: str
    nl: str

    @property
    def slot_names(self) -> tuple[str, ...]:
        """The names of the slots, in the order of the English sentence."""
        return tuple(dict.fromkeys(_SLOT.findall(self.en)))


@dataclass(frozen=True, slots=True)
class Case:
    """A promtool case: series (selector and values), and whether the alert fires at `at`."""

    name: str
    series: tuple[tuple[str, str], ...]
    at: str = "120m"
    fires: bool = True
    labels: tuple[tuple[str, str], ...] = ()
    slot_texts: Mapping[str, str] = field(default_factory=dict)
    """Slot -> the text it shows, with a decimal point."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """What the person who receives the alert needs to know."""

    meaning: str
    check: str
    act: str
    who: str = ""
    """Who acts, if not the owner of the relationship, or operations for a pipeline alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. Its kind (risk, opportunity or pipeline) and its owner determine its route.

    The defaults are those of most alerts on a client.
    """

    name: str
    expr: str
    for_: str = "1h"
    keep_firing_for: str = "1h"
    severity: str = "info"
    kind: str = "risk"
    cases: tuple[Case, ...]
    slots: Mapping[str, Slot] = field(default_factory=dict)
    by: tuple[str, ...] = ("client",)
    """The labels of its expression that its texts show and that select the series of its slots."""
    owner: str = ""
    """Who receives an alert that is not per client; else the client's owner does."""
    depends_on: tuple[str, ...] = ()
    """Sources whose data it needs: a broken feed of one of them inhibits it."""

    @property
    def summary(self) -> Text:
        """Its one-line text."""
        return Text(**TEXTS[self.name]["summary"])

    @property
    def description(self) -> Text:
        """Its text with the numbers."""
        return Text(**TEXTS[self.name]["description"])

    @property
    def runbook(self) -> Runbook:
        """Its runbook entry."""
        return Runbook(**TEXTS[self.name]["runbook"])

    @property
    def is_per_client(self) -> bool:
        """Whether each alert is about one client, whose dashboard it links."""
        return not self.owner

    @property
    def labels(self) -> dict[str, str]:
        """The labels that its rule adds."""
        owner = {"owner": self.owner} if self.owner else {}
        return {"severity": self.severity, "kind": self.kind, **owner}

    @property
    def who(self) -> str:
        """Who acts on it."""
        if self.is_per_client:
            return (
                self.runbook.who or "The owner of the relationship, in the alert's `owner` label."
            )
        return self.runbook.who or "Operations."

    @property
    def sample_interval(self) -> str:
        """The interval between the samples of its cases: longer ones need fewer samples."""
        units = {self.for_[-1], *(case.at[-1] for case in self.cases)}
        return next(step for unit, step in reversed(SAMPLE_INTERVALS.items()) if unit in units)

    @property
    def grafana_expr(self) -> str:
        """Its expression for Grafana's own rules."""
        return self.expr

    @property
    def dashboard_path(self) -> str:
        """The path of its dashboard below Grafana's address, without its variables."""
        if self.is_per_client:
            return CLIENT_PATH
        return PIPELINE_PATH if self.kind == "pipeline" else FLEET_PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernAlert(Alert):
    """An alert on a concern of one client, whose hysteresis is in the evaluation of the concern.

    Recording rules hold it while the worker is away: see `records`.
    """

    for_: str = "5m"
    keep_firing_for: str = "0m"
    concern: str = ""
    """The kind of concern or good news for which it stands; empty where it needs more than that."""

    @property
    def grafana_expr(self) -> str:
        """Its expression for Grafana: 1 while the concern is on, and 0 while it is off.

        A client that no worker shows has no series, and Grafana then keeps what it knew.
        """
        if not self.concern:
            return self.expr
        series = NEWS if self.kind == "opportunity" else CONCERN_POINTS
        label = "news" if series is NEWS else "concern"
        on = f'max by (client) ({series}{{{label}="{self.concern}"}}) >= bool 0'
        return f"(({on}) or 0 * max by (client) ({STATE})) {OWNED_IN_GRAFANA}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineAlert(Alert):
    """An alert about Rapport itself, for operations."""

    for_: str = "5m"
    keep_firing_for: str = "0m"
    severity: str = "warning"
    kind: str = "pipeline"
    by: tuple[str, ...] = ()
    owner: str = OPERATIONS
    of_intake: bool = False
    """Whether its series are those of the HTTP intake, which is a job of its own."""


def concern(kind: str) -> str:
    """Return the series of the clients with a concern or good news; its value is the points, or 1.

    It is recorded, so that it goes on while the client's worker is away.
    """
    return f'{CONCERN}{{concern="{kind}"}}'


def on_concern(kind: str) -> str:
    """Return the expression of the alert on a concern: it fires exactly while the concern is on."""
    return f"{concern(kind)} {OWNED}"
