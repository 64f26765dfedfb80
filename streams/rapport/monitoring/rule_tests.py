"""The cases of the alerts as unit tests for promtool, generated when the tests run."""

from typing import Any

import yaml

from rapport.monitoring.alertmanager.annotations import expected_annotations, expected_labels
from rapport.monitoring.alerts.alert import SAMPLE_INTERVALS, Alert, Case
from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.rules.options import INTAKE_JOB, WORKER_JOB, RuleOptions
from rapport.monitoring.rules.promql import with_matchers


def rule_tests(rule_file: str, options: RuleOptions | None = None) -> dict[str, str]:
    """Return file name -> text of promtool's tests, one file for each sample interval."""
    chosen = options or RuleOptions()
    return {
        f"rapport_{step}_test.yml": yaml.safe_dump(_tests(step, rule_file, chosen), sort_keys=False)
        for step in SAMPLE_INTERVALS.values()
    }


def _tests(step: str, rule_file: str, options: RuleOptions) -> dict[str, Any]:
    tests = [
        _test(alert, case, step, options)
        for alert in ALERTS
        if alert.sample_interval == step
        for case in alert.cases
    ]
    return {"rule_files": [rule_file], "evaluation_interval": step, "tests": tests}


def _test(alert: Alert, case: Case, step: str, options: RuleOptions) -> dict[str, Any]:
    expected = [_expected(alert, case, options)] if case.fires else []
    return {
        "name": f"{alert.name}: {case.name}",
        "interval": step,
        "input_series": [
            {"series": _series(name, options), "values": values} for name, values in case.series
        ],
        "alert_rule_test": [
            {"eval_time": case.at, "alertname": alert.name, "exp_alerts": expected}
        ],
    }


def _expected(alert: Alert, case: Case, options: RuleOptions) -> dict[str, Any]:
    return {
        "exp_labels": {**expected_labels(case, options), **alert.labels},
        "exp_annotations": expected_annotations(alert, case, options),
    }


def _series(series: str, options: RuleOptions) -> str:
    """Return a series of a case as this installation has it."""
    renamed = series
    for job in (INTAKE_JOB, WORKER_JOB):
        renamed = renamed.replace(f'job="{job}"', f'job="{options.first_job(job)}"')
    return with_matchers(renamed, lambda _: options.own)
