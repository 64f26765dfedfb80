"""The cases of the alerts as unit tests for promtool, generated when the tests run.

A case that stays silent is tested beside a second installation, in which the alert fires.
"""

import re
from dataclasses import replace
from typing import Any, Final

import yaml

from rapport.monitoring.alertmanager.annotations import expected_annotations, expected_labels
from rapport.monitoring.alerts.alert import SAMPLE_INTERVALS, Alert, Case
from rapport.monitoring.alerts.cases import JOB
from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.rules.options import RuleOptions

OTHER: Final = "-of-another-installation"
"""What the job of the second installation ends with."""
_JOB: Final = re.compile(r'(?<=\bjob=")[^"]*')


def rule_tests(rule_file: str, options: RuleOptions | None = None) -> dict[str, str]:
    """Return file name -> text of promtool's tests, one file for each sample interval."""
    chosen = options or RuleOptions()
    return {
        f"rapport_{step}_test.yml": yaml.safe_dump(_tests(step, rule_file, chosen), sort_keys=False)
        for step in SAMPLE_INTERVALS.values()
    }


def _tests(step: str, rule_file: str, options: RuleOptions) -> dict[str, Any]:
    tests = [
        rule_test(alert, case, options)
        for alert in ALERTS
        if alert.sample_interval == step
        for case in alert.cases
    ]
    return {"rule_files": [rule_file], "evaluation_interval": step, "tests": tests}


def _beside_another(alert: Alert, case: Case) -> Case:
    """Return a silent case with the series of another installation, in which the alert fires.

    A rule that names its job reads no other.
    """
    if case.fires or "job=" in alert.expr:
        return case
    same = {name for name, _ in case.series}
    firing = next(
        one
        for one in alert.cases
        if one.fires and one.at == case.at and {name for name, _ in one.series} == same
    )
    series = tuple((_in_another(name), values) for name, values in firing.series)
    job = dict(firing.labels).get("job", JOB)
    labels = (*firing.labels, ("job", job + OTHER))
    return replace(firing, name=case.name, series=(*case.series, *series), labels=labels)


def _in_another(series: str) -> str:
    """Return a series as another installation has it.

    >>> _in_another('rapport_ready{job="rapport",instance="a"}')
    'rapport_ready{job="rapport-of-another-installation",instance="a"}'
    """
    return _JOB.sub(rf"\g<0>{OTHER}", series)


def rule_test(alert: Alert, case: Case, options: RuleOptions) -> dict[str, Any]:
    """Return promtool's test of a case."""
    tested, other_jobs = _beside_another(alert, case), range(0)
    expected = [_expected(alert, tested, options, 0)] if tested.fires else []
    series = [(options.series(name), values) for name, values in tested.series]
    if "absent(" in alert.expr:
        other_jobs = range(1, len(options.jobs(JOB)))
    if any(f'job="{JOB}"' in name for name, _ in tested.series):
        series += [(options.series(f'up{{job="{JOB}"}}', at), "1x60") for at in other_jobs]
    else:
        expected += [_expected(alert, tested, options, at) for at in other_jobs]
    return {
        "name": f"{alert.name}: {case.name}",
        "interval": alert.sample_interval,
        "input_series": [{"series": name, "values": values} for name, values in series],
        "alert_rule_test": [
            {"eval_time": case.at, "alertname": alert.name, "exp_alerts": expected}
        ],
    }


def _expected(alert: Alert, case: Case, options: RuleOptions, place: int) -> dict[str, Any]:
    return {
        "exp_labels": {**expected_labels(case, options, place), **alert.labels},
        "exp_annotations": expected_annotations(alert, case, options, place),
    }
