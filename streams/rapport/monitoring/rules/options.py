"""What an installation may choose about its rules: its labels, its jobs, and where links lead."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rapport.monitoring.rules.promql import with_labels, with_matchers

RUNBOOK_URL: Final = "https://github.com/rapport-monitor/rapport/blob/main/docs/runbook.md"
PAGES_URL: Final = "http://127.0.0.1:9464"
WORKER_JOB: Final = "rapport"
INTAKE_JOB: Final = "rapport-intake"
_PLAIN: Final = re.compile(r"[\w/-]+")
"""A job that is a name and no regular expression."""


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """The options of the rules; the defaults are those of the committed files."""

    labels: tuple[str, ...] = ()
    """Labels beside `job` that tell installations in one Prometheus apart, such as `cluster`."""
    matchers: str = ""
    """What selects the series that the workers expose, such as `namespace=~"prod.*"`."""
    selected: Mapping[str, str] = field(default_factory=dict)
    """Labels that every series of this installation has, such as `namespace: prod`."""
    worker_job: str = WORKER_JOB
    """The job under which Prometheus scrapes the workers; a regular expression for several."""
    intake_job: str = INTAKE_JOB
    runbook_url: str = RUNBOOK_URL
    grafana_url: str = ""
    """Grafana's address, for links in annotations; empty: they begin at the path."""
    pages_url: str = PAGES_URL
    """The address of the worker's pages, for a person's browser."""

    @property
    def kept(self) -> tuple[str, ...]:
        """The labels that every aggregation keeps."""
        return tuple(dict.fromkeys(("job", *self.labels, *self.selected)))

    @property
    def own(self) -> tuple[str, ...]:
        """The matchers of the labels that every series has."""
        return tuple(f'{name}="{value}"' for name, value in self.selected.items())

    def first_job(self, default: str) -> str:
        """Return the name of a job of the built-in rules here; of several the first.

        >>> RuleOptions(worker_job="rapport|test").first_job("rapport")
        'rapport'
        """
        jobs = {WORKER_JOB: self.worker_job, INTAKE_JOB: self.intake_job}
        return jobs.get(default, default).partition("|")[0]

    def expression(self, expr: str) -> str:
        """Return an expression of a rule for this installation.

        >>> RuleOptions(("cluster",), 'env="a"').expression('max by () (up{job="rapport"}) == 0')
        'max by (job, cluster) (up{job="rapport",env="a"}) == 0'
        """
        return with_labels(self.select(expr, ()), self.kept)

    def select(self, expr: str, also: Iterable[str]) -> str:
        """Return an expression whose series are of this installation, with further matchers."""
        further = (*self.own, *also)

        def matchers(series: str) -> Iterable[str]:
            # A recorded series has the labels that aggregations keep, and no others.
            return further if ":" in series else (self.matchers, *further)

        return self._with_jobs(with_matchers(expr, matchers))

    def _with_jobs(self, expr: str) -> str:
        for default, job in ((INTAKE_JOB, self.intake_job), (WORKER_JOB, self.worker_job)):
            equal = "=" if _PLAIN.fullmatch(job) else "=~"
            expr = expr.replace(f'job="{default}"', f'job{equal}"{job}"')
        return expr
