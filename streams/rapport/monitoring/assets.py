"""The files that an installation needs beside the wheel, with its labels, jobs and links."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

from rapport.monitoring.grafana.site import Site
from rapport.monitoring.operator import Cluster, operator_objects
from rapport.monitoring.render import PROMETHEUS, render, rule_groups
from rapport.monitoring.rule_tests import rule_tests
from rapport.monitoring.rules.options import (
    INTAKE_JOB,
    PAGES_URL,
    RUNBOOK_URL,
    WORKER_JOB,
    RuleOptions,
)
from rapport.runtime.policy_file import DEFAULT_POLICY

TESTS: Final = "prometheus/tests/"
RULES_OF_TESTS: Final = "../rules/rapport.yml"
DASHBOARDS: Final = "grafana/dashboards/"
_JOB_NAME: Final = re.compile(rf"(job_name: )({INTAKE_JOB}|{WORKER_JOB})(?=\n)")


@dataclass(frozen=True, slots=True)
class Installation:
    """What an installation chooses; the defaults are those of the committed files."""

    keep: tuple[str, ...] = ()
    """Labels beside `job` that tell installations in one Prometheus apart, such as `cluster`."""
    select: Mapping[str, str] = field(default_factory=dict)
    """The labels that the series of this installation have, such as `namespace: prod`."""
    worker_job: str = WORKER_JOB
    intake_job: str = INTAKE_JOB
    runbook_url: str = RUNBOOK_URL
    grafana_url: str = ""
    """Grafana's address, for links in alerts; empty: they begin at the path."""
    pages_url: str = PAGES_URL
    """The address of the worker's pages, for links in alerts and dashboards."""

    @property
    def rules(self) -> RuleOptions:
        """The options of the rules."""
        return RuleOptions(
            labels=self.keep,
            selected=self.select,
            worker_job=self.worker_job,
            intake_job=self.intake_job,
            runbook_url=self.runbook_url,
            grafana_url=self.grafana_url.rstrip("/"),
            pages_url=self.pages_url.rstrip("/"),
        )

    @property
    def site(self) -> Site:
        """The options of the dashboards."""
        return Site(self.pages_url, self.runbook_url, self.rules.kept[1:])


def render_assets(
    installation: Installation | None = None, cluster: Cluster | None = None
) -> dict[str, str]:
    """Return path below a directory -> text; with a `cluster` also objects for Kubernetes."""
    chosen = installation or Installation()
    rules = chosen.rules
    rendered = render(chosen.site, rules)
    files = {path.removeprefix("deploy/"): text for path, text in rendered.items()}
    files |= {
        "prometheus/prometheus.yml": _prometheus(rules),
        "policy.toml": DEFAULT_POLICY.read_text(encoding="utf-8"),
        **{f"{TESTS}{name}": text for name, text in rule_tests(RULES_OF_TESTS, rules).items()},
    }
    return files if cluster is None else files | _kubernetes(files, rules, cluster)


def _prometheus(rules: RuleOptions) -> str:
    """Return the example of Prometheus' configuration with the jobs of the installation."""
    text = PROMETHEUS.read_text(encoding="utf-8")
    return _JOB_NAME.sub(lambda found: found[1] + _scalar(rules.first_job(found[2])), text)


def _scalar(text: str) -> str:
    """Return a text as YAML writes it on one line.

    >>> _scalar("rapport"), _scalar("a: b"), _scalar("12")
    ('rapport', "'a: b'", "'12'")
    """
    return yaml.safe_dump(text, allow_unicode=True, width=math.inf).splitlines()[0]


def _kubernetes(files: Mapping[str, str], rules: RuleOptions, cluster: Cluster) -> dict[str, str]:
    dashboards = {
        path.removeprefix(DASHBOARDS).removesuffix(".json"): json.loads(text)
        for path, text in files.items()
        if path.startswith(DASHBOARDS)
    }
    objects = operator_objects(rule_groups(rules), dashboards, rules, cluster)
    return {f"kubernetes/{name}": text for name, text in objects.items()}
