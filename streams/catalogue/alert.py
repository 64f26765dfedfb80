"""What an alert is: its rule, its words, its runbook entry, and the series that test it."""

from dataclasses import dataclass
from typing import Final

from rapport.streams.catalogue import metrics as m

RUNBOOK_URL: Final = "https://github.com/rapport-monitor/rapport/blob/main/docs/runbook.md"
DASHBOARD_PATH: Final = "/d/rapport-client/client?var-client="
OWNED: Final = f"* on (client) group_left (name, owner) {m.CLIENT_INFO.series}"


@dataclass(frozen=True, slots=True)
class Case:
    """A promtool case: series (name and its values), and whether the alert fires at `at`."""

    name: str
    series: tuple[tuple[str, str], ...]
    at: str
    fires: bool
    labels: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Runbook:
    """What whoever is woken needs to know."""

    meaning: str
    check: str
    act: str
    who: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. `kind` is risk, opportunity or pipeline, and decides where it goes."""

    name: str
    expr: str
    hold: str
    keep: str
    severity: str
    kind: str
    summary: str
    description: str
    runbook: Runbook
    cases: tuple[Case, ...]

    @property
    def of_client(self) -> bool:
        """Whether it speaks of one client, whose dashboard it links."""
        return self.kind != "pipeline"

    @property
    def runbook_url(self) -> str:
        """The address of its runbook entry."""
        return f"{RUNBOOK_URL}#{self.name.lower()}"
