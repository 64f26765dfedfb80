"""Changes of the rules of the rule file, and which tests of promtool judge each of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from expression_changes import changes

from rapport.monitoring.render import render_rules
from rapport.monitoring.rule_tests import rule_tests
from rapport.monitoring.rules.over_time.catalogue import OVER_TIME

Rule = dict[str, Any]
Test = dict[str, Any]
JUDGES_OF_RECORDS = ("RapportTrustLow", "RapportStageWon")
"""The alerts whose tests read a concern, and good news, over time."""
SAMPLE_MINUTES = {"m": 1, "h": 10, "d": 10}
"""The unit of a duration -> the minutes between two samples of the tests."""
MINUTES = {"s": 1 / 60, "m": 1, "h": 60, "d": 1440}


@dataclass(frozen=True, eq=False)
class Mutant:
    """A rule with one change."""

    rule: str
    kind: str
    what: str
    where: str
    changed: Rule

    @property
    def is_record(self) -> bool:
        return "record" in self.changed


def load_rules() -> list[Rule]:
    """Return the rules as they are rendered, the recording rules first."""
    (group,) = yaml.safe_load(render_rules())["groups"]
    rules: list[Rule] = group["rules"]
    return rules


def name_of(rule: Rule) -> str:
    name: str = rule.get("alert") or rule["record"]
    return name


def tests_by_alert() -> dict[str, list[Test]]:
    """Return the tests of each alert: its cases, and those over time."""
    found = defaultdict(list)
    for text in rule_tests("rules.yml").values():
        for test in yaml.safe_load(text)["tests"]:
            found[alert_of(test)].append(test)
    for test in OVER_TIME:
        found[alert_of(test)].append(test)
    return found


def alert_of(test: Test) -> str:
    alert: str = test["name"].partition(":")[0]
    return alert


def mutants_of(rule: Rule) -> Iterator[Mutant]:
    """Yield every change of a rule."""
    name = name_of(rule)
    for key in ("for", "keep_firing_for"):
        if key in rule:
            for other in _other_durations(rule[key], rule["for"]):
                what = f"{rule[key]} -> {other}"
                yield Mutant(name, key, what, key, {**rule, key: other})
    for change in changes(rule["expr"]):
        changed = {**rule, "expr": change.expr}
        yield Mutant(name, change.kind, change.what, change.where, changed)


def _other_durations(duration: str, wait: str) -> Iterator[str]:
    """Yield a duration that is a fifth shorter and one that is longer, by a sample at least.

    >>> list(_other_durations("1h", "1h")), list(_other_durations("0m", "5m"))
    (['48m', '72m'], ['1m'])
    """
    minutes = int(duration[:-1]) * MINUTES[duration[-1]]
    sample = SAMPLE_MINUTES[duration[-1] if minutes else wait[-1]]
    step = max(sample, minutes // 5)
    for other in (minutes - step, minutes + step):
        if other >= 0:
            yield f"{other}m"
