"""Objects for the Prometheus Operator and Grafana's sidecar, made of the rules and the dashboards.

A PrometheusRule has the groups of the rule file, a ServiceMonitor scrapes the workers or the
intakes under the job that the rules expect, and each dashboard is in a ConfigMap.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from rapport.monitoring.rules.options import INTAKE_JOB, WORKER_JOB, RuleOptions

API: Final = "monitoring.coreos.com/v1"
APP: Final = {"app.kubernetes.io/name": "rapport"}
COMPONENT: Final = "app.kubernetes.io/component"
PORT: Final = "http"
"""The name of the port of /metrics in a Service."""
SCRAPE_INTERVAL: Final = "15s"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the objects go, and the labels by which the Operator selects them."""

    namespace: str = ""
    """Empty: the namespace in which they are applied."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the rules and the monitors, such as `release: kube-prometheus-stack`."""


def operator_objects(
    groups: list[dict[str, Any]],
    dashboards: Mapping[str, Any],
    rules: RuleOptions,
    cluster: Cluster,
) -> dict[str, str]:
    """Return file name -> text: the rules, the two monitors and a ConfigMap for each dashboard.

    `dashboards` are documents by their short name.
    """
    jobs = {"worker": rules.first_job(WORKER_JOB), "intake": rules.first_job(INTAKE_JOB)}
    return {
        "prometheusrule.yaml": _yaml(
            _object("PrometheusRule", "rapport", cluster, {"spec": {"groups": groups}})
        ),
        **{
            f"servicemonitor-{part}.yaml": _yaml(_monitor(part, job, cluster))
            for part, job in jobs.items()
        },
        **{
            f"dashboard-{slug}.yaml": _yaml(_dashboard(slug, document, cluster))
            for slug, document in dashboards.items()
        },
    }


def _object(kind: str, name: str, cluster: Cluster, content: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "labels": {**APP, **cluster.labels}}
    if cluster.namespace:
        metadata["namespace"] = cluster.namespace
    return {"apiVersion": API, "kind": kind, "metadata": metadata, **content}


def _monitor(part: str, job: str, cluster: Cluster) -> dict[str, Any]:
    endpoint = {
        "port": PORT,
        "path": "/metrics",
        "interval": SCRAPE_INTERVAL,
        # The Operator names a job after its Service, and the rules ask for this one.
        "relabelings": [
            {"action": "replace", "targetLabel": "job", "replacement": job.replace("$", "$$")}
        ],
    }
    spec = {"selector": {"matchLabels": {**APP, COMPONENT: part}}, "endpoints": [endpoint]}
    return _object("ServiceMonitor", f"rapport-{part}", cluster, {"spec": spec})


def _dashboard(slug: str, document: Any, cluster: Cluster) -> dict[str, Any]:
    found = _object("ConfigMap", f"rapport-dashboard-{slug}", cluster, {})
    found["apiVersion"] = "v1"
    found["metadata"]["labels"] = {**APP, "grafana_dashboard": "1"}
    found["metadata"]["annotations"] = {"grafana_folder": "Rapport"}
    # On one line: a ConfigMap holds at most 1 MiB.
    found["data"] = {f"rapport-{slug}.json": json.dumps(document)}
    return found


def _yaml(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
