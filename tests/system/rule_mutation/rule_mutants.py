"""Mutation test of alert and recording rules: a test of promtool must notice each small change.

make mutants                                   every change of every rule
make mutants ARGS="--alert RapportTrustLow"    those of one rule; also of a recording rule
make mutants ARGS=--json                       the result as JSON

A change that no test notices needs a reason in tests/system/rule_mutation/reasons.toml.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from promtool_runs import TOGETHER, judge
from reasons import load_reasons, reason_of
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rule_changes import Mutant, Rule, load_rules, mutants_of, name_of, tests_by_alert

HOW_TO_GET = "promtool is missing; get it with: apt-get install prometheus"
Verdicts = dict[Mutant, bool]
"""A mutant -> whether a test noticed it."""


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--alert", default="", help="only the rule of this name")
    parser.add_argument("--jobs", type=int, default=2, help="how many promtools at once")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args(given)


def chosen(rules: list[Rule], name: str) -> list[Rule]:
    """Return the rules of a name, or all of them."""
    found = [rule for rule in rules if name in {"", name_of(rule)}]
    if not found:
        names = ", ".join(name_of(rule) for rule in rules)
        raise SystemExit(f"no rule has the name {name}; there are: {names}")
    return found


def drawn(rules: list[Rule], per_kind: int, seed: int) -> list[Mutant]:
    """Return a few mutants of each kind, drawn by a seed."""
    by_kind = defaultdict(list)
    for rule in rules:
        for mutant in mutants_of(rule):
            by_kind[mutant.kind].append(mutant)
    draw = random.Random(seed)  # noqa: S311 # no secret
    return [
        mutant
        for _, found in sorted(by_kind.items())
        for mutant in draw.sample(found, min(per_kind, len(found)))
    ]


def judged(
    mutants: Iterable[Mutant], rules: list[Rule], jobs: int, done: Callable[[int], None]
) -> Verdicts:
    """Return what the tests made of mutants, those of one rule together."""
    promtool = shutil.which("promtool")
    if promtool is None:
        raise SystemExit(HOW_TO_GET)
    tests = tests_by_alert()

    def judged_together(part: list[Mutant]) -> list[bool]:
        with tempfile.TemporaryDirectory() as folder:
            return judge(promtool, Path(folder), part, rules, tests)

    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(judged_together, part): part for part in _parts(mutants)}
        verdicts: Verdicts = {}
        for future in as_completed(running):
            verdicts |= zip(running[future], future.result(), strict=True)
            done(len(running[future]))
    return {mutant: verdicts[mutant] for mutant in mutants}


def _parts(mutants: Iterable[Mutant]) -> list[list[Mutant]]:
    by_rule = defaultdict(list)
    for mutant in mutants:
        by_rule[mutant.rule].append(mutant)
    # Recording rules take longest, and are first.
    ordered = sorted(by_rule.values(), key=lambda found: not found[0].is_record)
    return [
        found[start : start + TOGETHER]
        for found in ordered
        for start in range(0, len(found), TOGETHER)
    ]


def faults(verdicts: Verdicts) -> list[str]:
    """Return the changes that nothing notices without a reason, and reasons that are wrong."""
    reasons = load_reasons()
    found = []
    for mutant, noticed in verdicts.items():
        reason = reason_of(mutant, reasons)
        if not noticed and reason is None:
            found.append(f"not noticed: {described(mutant)}")
        elif noticed and reason is not None:
            found.append(f"noticed, though a reason says it is not: {described(mutant)}")
    return found


def described(mutant: Mutant) -> str:
    return f"{mutant.rule}: {mutant.kind}: {mutant.what}: {mutant.where}"


def print_table(verdicts: Verdicts, console: Console) -> None:
    """Print how many changes of each rule were made and noticed."""
    table = Table("rule", "changes", "noticed", "not, with a reason", title="Changes of rules")
    by_rule = defaultdict(list)
    for mutant, noticed in verdicts.items():
        reason = reason_of(mutant, load_reasons())
        by_rule[mutant.rule].append((noticed, not noticed and reason is not None))
    for rule, found in by_rule.items():
        noticed, excused = (sum(column) for column in zip(*found, strict=True))
        table.add_row(rule, str(len(found)), str(noticed), str(excused or ""))
    console.print(table)


def as_json(verdicts: Verdicts) -> str:
    reasons = load_reasons()
    changes = [
        {
            "rule": mutant.rule,
            "kind": mutant.kind,
            "change": mutant.what,
            "where": mutant.where,
            "noticed": noticed,
            "reason": reason.why if (reason := reason_of(mutant, reasons)) else None,
        }
        for mutant, noticed in verdicts.items()
    ]
    return json.dumps({"changes": changes, "faults": faults(verdicts)}, indent=2)


def main(given: list[str] | None = None) -> int:
    options, console = arguments(given), Console(stderr=True)
    rules = load_rules()
    mutants = [mutant for rule in chosen(rules, options.alert) for mutant in mutants_of(rule)]
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task("changes", total=len(mutants))
        verdicts = judged(mutants, rules, options.jobs, lambda count: bar.advance(task, count))
    found = faults(verdicts)
    if options.json:
        print(as_json(verdicts))
    else:
        print_table(verdicts, Console())
        for fault in found:
            print(fault)
        print(f"{sum(verdicts.values())} of {len(verdicts)} changes noticed; {len(found)} faults")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
