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
    """Return the recording rules and one alert: promtool evaluates them faster than all."""
    (group,) = RULES["groups"]
    kept = [rule for rule in group["rules"] if rule.get("alert") in (None, alert)]
    return {"groups": [{**group, "rules": kept}]}


@pytest.mark.parametrize(
    ("alert", "interval", "tests"),
    [(*file, list(tests)) for file, tests in groupby(sorted(OVER_TIME, key=file_of), file_of)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_alert_goes_on_while_its_worker_is_away_and_ends_when_it_is_over(
    tool, tmp_path, alert, interval, tests
):
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rules_of(alert)))
    document = {"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": tests}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(document))
    tested = subprocess.run(
        [tool("promtool"), "test", "rules", tmp_path / "tests.yml"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_test_is_of_an_alert_that_there_is():
    assert {alert_of(test) for test in OVER_TIME} <= {alert.name for alert in ALERTS}
