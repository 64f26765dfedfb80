"""Judges mutants of rules: those of one rule are rules beside each other in a run of promtool.

Each mutant has a name of its own, a recording rule too, and so have the tests. What promtool says
of a test that fails has the name in it.
"""

import copy
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rule_changes import JUDGES_OF_RECORDS, MINUTES, Mutant, Rule, Test, name_of

TOGETHER = 60
"""The mutants in one run."""
TESTS_TOGETHER = 6
NAMED = re.compile(r"__(\d+)\b")
RULE_ERROR = ", err: "
"""What promtool says of a rule that cannot be evaluated."""
RECORD = re.compile(r"\brapport:[\w:]+\b")


class NotJudgedError(Exception):
    """promtool failed, and not because of a mutant."""


def judge(
    promtool: str,
    folder: Path,
    mutants: list[Mutant],
    rules: list[Rule],
    tests: dict[str, list[Test]],
) -> list[bool]:
    """Return for each mutant of one rule whether a test notices it.

    The short tests notice most mutants, so the long ones have few to judge.
    """
    waiting = set(range(len(mutants)))
    judges = JUDGES_OF_RECORDS if mutants[0].is_record else (mutants[0].rule,)
    ordered = sorted((test for name in judges for test in tests[name]), key=samples_of)
    for start in range(0, len(ordered), TESTS_TOGETHER):
        some = ordered[start : start + TESTS_TOGETHER]
        is_judged = False
        while waiting and not is_judged:
            run = _Run({n: mutants[n] for n in sorted(waiting)}, judges, rules, some)
            noticed, is_judged = run.failures(promtool, folder)
            waiting -= noticed
    return [number not in waiting for number in range(len(mutants))]


def samples_of(test: Test) -> float:
    """Return about how many times the rules are evaluated in a test.

    >>> samples_of({"interval": "10m", "alert_rule_test": [{"eval_time": "2h"}]})
    12.0
    """
    asked = [*test.get("alert_rule_test", ()), *test.get("promql_expr_test", ())]
    return max(_minutes(one["eval_time"]) for one in asked) / _minutes(test["interval"])


def _minutes(duration: str) -> float:
    return int(duration[:-1]) * MINUTES[duration[-1]]


class _Run:
    """A run of promtool in which some mutants of one rule are tested."""

    def __init__(
        self,
        mutants: dict[int, Mutant],
        judges: Iterable[str],
        rules: list[Rule],
        tests: list[Test],
    ) -> None:
        self._mutants = mutants
        self._first = next(iter(mutants.values()))
        self._alerts = {name_of(rule): rule for rule in rules if name_of(rule) in judges}
        read = any(RECORD.search(alert["expr"]) for alert in self._alerts.values())
        self._records = [rule for rule in rules if read and "record" in rule]
        self._copied = self._depending_on(self._first)
        self._tests = tests

    def _depending_on(self, mutant: Mutant) -> set[str]:
        """Return the recording rules that each mutant needs a copy of."""
        found = {mutant.rule} if mutant.is_record else set()
        for _ in self._records if found else ():
            found |= {
                name_of(rule) for rule in self._records if found & set(RECORD.findall(rule["expr"]))
            }
        return found

    def failures(self, promtool: str, folder: Path) -> tuple[set[int], bool]:
        """Return the numbers of the mutants that fail a test, and whether all were judged.

        An error in a rule ends its test, in which other mutants then are not judged.
        """
        files = []
        for (interval, has_texts), tests in self._by_interval().items():
            rules = folder / f"rules_{has_texts:d}.yml"
            _write(
                rules, {"groups": [{"name": "mutants", "rules": self._rules(has_texts=has_texts)}]}
            )
            files.append(folder / f"tests_{interval}_{has_texts:d}.yml")
            document = {"rule_files": [rules.name], "evaluation_interval": interval}
            _write(files[-1], {**document, "tests": tests})
        done = subprocess.run(
            [promtool, "test", "rules", *files], check=False, capture_output=True, text=True
        )
        said = done.stdout + done.stderr
        named = {int(number) for number in NAMED.findall(said)}
        if done.returncode and not named:
            raise NotJudgedError(f"promtool failed on {self._first.rule}:\n{said[:2000]}")
        return named if done.returncode else set(), RULE_ERROR not in said

    def _by_interval(self) -> dict[tuple[str, bool], list[Test]]:
        """Return (interval of evaluation, whether texts are compared) -> tests of all mutants."""
        found = defaultdict(list)
        for test in self._tests:
            key = test["interval"], "alert_rule_test" in test
            found[key].append(self._with_every_mutant(test))
        return found

    def _with_every_mutant(self, test: Test) -> Test:
        changed = copy.copy(test)
        for key in ("alert_rule_test", "promql_expr_test"):
            if key in test:
                changed[key] = [
                    json.loads(self._renamed(json.dumps(one), number))
                    for number in self._mutants
                    for one in test[key]
                ]
        return changed

    def _renamed(self, text: str, number: int) -> str:
        """Return a text with the names of a mutant's rules."""
        for alert in self._alerts:
            # The links in annotations name the alert in lower case, and stay.
            text = re.sub(rf'(?<="){alert}(?=\\?")', f"{alert}__{number}", text)
        return self._with_records(text, number)

    def _with_records(self, text: str, number: int) -> str:
        def renamed(record: re.Match[str]) -> str:
            return f"{record[0]}__{number}" if record[0] in self._copied else record[0]

        return RECORD.sub(renamed, text)

    def _rules(self, *, has_texts: bool) -> list[Rule]:
        shared = [rule for rule in self._records if name_of(rule) not in self._copied]
        changed = [rule for number in self._mutants for rule in self._of_mutant(number)]
        return [*shared, *(rule if has_texts else _without_texts(rule) for rule in changed)]

    def _of_mutant(self, number: int) -> Iterable[Rule]:
        """Yield a mutant, and copies of the rules that depend on it, by names of their own."""
        changed = self._mutants[number].changed
        for rule in (*self._records, *self._alerts.values()):
            name = name_of(rule)
            key = "record" if "record" in rule else "alert"
            if key == "alert" or name in self._copied:
                one = changed if name == name_of(changed) else rule
                expr = self._with_records(one["expr"], number)
                yield {**one, key: f"{name}__{number}", "expr": expr}


def _without_texts(rule: Rule) -> Rule:
    """Return a rule without its annotations, whose templates take most of the time."""
    return {key: value for key, value in rule.items() if key != "annotations"}


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")
