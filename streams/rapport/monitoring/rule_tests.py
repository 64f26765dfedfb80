"""The cases of the alerts as unit tests for promtool, generated when the tests run."""

from typing import Any

import yaml

from rapport.monitoring.alertmanager.annotations import expected_annotations
from rapport.monitoring.alerts.alert import SAMPLE_INTERVALS, Alert, Case
from rapport.monitoring.alerts.cases import JOB
from rapport.monitoring.alerts.catalogue import ALERTS


def rule_tests(rule_file: str) -> dict[str, str]:
    """Return file name -> text of promtool's tests, one file for each sample interval."""
    return {
        f"rapport_{step}_test.yml": yaml.safe_dump(_tests(step, rule_file), sort_keys=False)
        for step in SAMPLE_INTERVALS.values()
    }


def _tests(step: str, rule_file: str) -> dict[str, Any]:
    tests = [
        _test(alert, case, step)
        for alert in ALERTS
        if alert.sample_interval == step
        for case in alert.cases
    ]
    return {"rule_files": [rule_file], "evaluation_interval": step, "tests": tests}


def _test(alert: Alert, case: Case, step: str) -> dict[str, Any]:
    expected = [_expected(alert, case)] if case.fires else []
    return {
        "name": f"{alert.name}: {case.name}",
        "interval": step,
        "input_series": [{"series": name, "values": values} for name, values in case.series],
        "alert_rule_test": [
            {"eval_time": case.at, "alertname": alert.name, "exp_alerts": expected}
        ],
    }


def _expected(alert: Alert, case: Case) -> dict[str, Any]:
    return {
        "exp_labels": {"job": JOB, **dict(case.labels), **alert.labels},
        "exp_annotations": expected_annotations(alert, case),
    }
