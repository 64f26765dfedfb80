"""What an installation may choose about its rules: its labels, its jobs, and where links lead."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rapport.monitoring.rules.promql import quoted, with_labels, with_matchers

RUNBOOK_URL: Final = "https://github.com/rapport-monitor/rapport/blob/main/docs/runbook.md"
PAGES_URL: Final = "http://127.0.0.1:9464"
WORKER_JOB: Final = "rapport"
INTAKE_JOB: Final = "rapport-intake"
BETWEEN_JOBS: Final = "|"
"""What separates the names of several jobs."""
_IN_PATTERNS: Final = re.compile(r"[\\.+*?()\[\]{}^$]")
"""A character that means something in a pattern."""
_NAMES: Final = f"{INTAKE_JOB}|{WORKER_JOB}"
_BUILT_IN_JOB: Final = re.compile(rf'\bjob="({_NAMES})"')
_OF_JOB: Final = re.compile(rf'(absent\(\w+{{)job="({_NAMES})"(}}\))|\bjob="({_NAMES})"')


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
    """The job under which Prometheus scrapes the workers; of several, names with `|` between."""
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
        return tuple(f"{name}={quoted(value)}" for name, value in self.selected.items())

    def jobs(self, default: str) -> tuple[str, ...]:
        """Return the names of a job of the built-in rules here.

        >>> RuleOptions(worker_job="rap.prod|test").jobs("rapport")
        ('rap.prod', 'test')
        """
        chosen = {WORKER_JOB: self.worker_job, INTAKE_JOB: self.intake_job}
        return tuple(dict.fromkeys(chosen.get(default, default).split(BETWEEN_JOBS)))

    def first_job(self, default: str) -> str:
        """Return the name of a job of the built-in rules here; of several the first."""
        return self.jobs(default)[0]

    def expression(self, expr: str) -> str:
        """Return an expression of a rule for this installation.

        >>> RuleOptions(("cluster",), 'env="a"').expression('max by () (up{job="rapport"}) == 0')
        'max by (job, cluster) (up{job="rapport",env="a"}) == 0'
        """
        return self.select(with_labels(expr, self.kept))

    def select(self, expr: str) -> str:
        """Return an expression whose series are of this installation."""

        def matchers(series: str) -> Iterable[str]:
            # A recorded series has the labels that aggregations keep, and no others.
            return self.own if ":" in series else (self.matchers, *self.own)

        return with_matchers(_OF_JOB.sub(self._of_job, expr), matchers)

    def series(self, selector: str, place: int = 0) -> str:
        """Return a series of a rule's test as this installation has it, of its job in a place.

        >>> RuleOptions(worker_job="a|b", selected={"env": "x"}).series('up{job="rapport"}')
        'up{job="a",env="x"}'
        """
        named = _BUILT_IN_JOB.sub(
            lambda found: f"job={quoted(self.jobs(found[1])[place])}", selector
        )
        return with_matchers(named, lambda _: self.own)

    def _of_job(self, found: re.Match[str]) -> str:
        r"""Return what selects a job: its name, or a pattern that is one of several names.

        That one of several jobs is absent is asked for each, and then known by its label.

        >>> several = RuleOptions(worker_job="rap.prod|test")
        >>> print(several.select('up{job="rapport"}'))
        up{job=~"rap\\.prod|test"}
        >>> several.select('absent(up{job="rapport"})')
        'absent(up{job="rap.prod"}) or absent(up{job="test"})'
        """
        before, absent_job, after, job = found.groups()
        names = self.jobs(absent_job or job)
        if absent_job:
            return " or ".join(f"{before}job={quoted(name)}{after}" for name in names)
        if len(names) == 1:
            return f"job={quoted(names[0])}"
        patterns = (_IN_PATTERNS.sub(r"\\\g<0>", name) for name in names)
        return f"job=~{quoted(BETWEEN_JOBS.join(patterns))}"
