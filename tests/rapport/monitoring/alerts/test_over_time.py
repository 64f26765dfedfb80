"""Rules over time, in promtool: no alert resolves because a worker is away, none fires twice."""

import subprocess
from itertools import groupby
from pathlib import Path

import pytest
import yaml

from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.rules.over_time import OVER_TIME

RULES = yaml.safe_load(
    (Path(__file__).parents[4] / "deploy" / "prometheus" / "rules" / "rapport.yml").read_text()
)
pytestmark = pytest.mark.prometheus


def alert_of(test):
    return test["name"].split(":")[0]


def file_of(test):
    """The alert and the interval: a file of promtool's has one interval of evaluation."""
    return alert_of(test), test["interval"]


def rules_of(alert):
    """Return the recording rules and one alert without its texts, which these tests do not read.

    promtool evaluates them faster than all, and texts take most of the time.
    """
    (group,) = RULES["groups"]
    kept = [
        {key: value for key, value in rule.items() if key != "annotations"}
        for rule in group["rules"]
        if rule.get("alert") in (None, alert)
    ]
    return {"groups": [{**group, "rules": kept}]}


def test_an_alert_goes_on_while_its_worker_is_away_and_ends_when_it_is_over(tool, tmp_path):
    files = []
    for (alert, interval), tests in groupby(sorted(OVER_TIME, key=file_of), file_of):
        rules = tmp_path / f"{alert}.yml"
        rules.write_text(yaml.safe_dump(rules_of(alert)))
        document = {"rule_files": [rules.name], "evaluation_interval": interval}
        files.append(tmp_path / f"{alert}_{interval}_test.yml")
        files[-1].write_text(yaml.safe_dump({**document, "tests": list(tests)}))
    tested = subprocess.run(
        [tool("promtool"), "test", "rules", *files],
        check=False,
        capture_output=True,
        text=True,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_test_is_of_an_alert_that_there_is():
    assert {alert_of(test) for test in OVER_TIME} <= {alert.name for alert in ALERTS}
