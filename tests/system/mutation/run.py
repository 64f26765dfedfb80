"""Mutation test: small changes of the code, each of which a fast test must notice.

make mutate                   200 changes of the domain, the catalogue and the contracts
make mutate COUNT=40          fewer
make mutate SEED=4711         the same changes again
"""

import argparse
import os
import queue
import random
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from pathlib import Path

from judge import Baseline, Tree, Verdict
from nearest_tests import ImportGraph
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from work_items import Mutant, sample

HERE = Path(__file__).resolve()
SOURCE = HERE.parents[3]
NOTICED_MIN = 0.88


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 # no secret
    parser.add_argument("--count", type=int, default=200, help="how many changes")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once")
    return parser.parse_args()


def progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, TimeRemainingColumn(), console=console)


def baselines(trees: list[Tree], graph: ImportGraph, bar: Progress) -> Baseline:
    """Run every fast test once without a mutant, so that only a mutant can fail it later."""
    files = graph.test_files()
    groups = [files[start :: 4 * len(trees)] for start in range(4 * len(trees))]
    together = Baseline()
    task = bar.add_task("tests without a change", total=len(files))
    for group, one in in_trees(trees, groups, lambda tree, group: tree.baseline(group)):
        together.seconds |= one.seconds
        together.failed += one.failed
        together.broken += one.broken
        bar.advance(task, len(group))
    return together


def in_trees(trees, tasks, work) -> Iterator[tuple]:
    """Yield (task, result) of tasks that share the copies of the tree, as they finish."""
    free = queue.SimpleQueue()
    for tree in trees:
        free.put(tree)

    def in_a_tree(task):
        tree = free.get()
        try:
            return work(tree, task)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        running = {pool.submit(in_a_tree, task): task for task in tasks if task}
        for done in as_completed(running):
            yield running[done], done.result()


def judged(
    trees: list[Tree], mutants: list[Mutant], graph: ImportGraph, bar: Progress
) -> list[Verdict]:
    baseline = baselines(trees, graph, bar)
    for name in [*baseline.failed, *baseline.broken]:
        bar.console.print(f"not used, fails without a change: {name}", markup=False, soft_wrap=True)
    task = bar.add_task("changes", total=len(mutants))
    verdicts = []
    for _, verdict in in_trees(trees, mutants, lambda t, m: t.judge(m, graph, baseline)):
        verdicts.append(verdict)
        if not verdict.noticed:
            bar.console.print(f"not noticed: {location(verdict)}", markup=False, soft_wrap=True)
        bar.advance(task)
    return sorted(verdicts, key=lambda verdict: verdict.mutant.item)


def location(verdict: Verdict) -> str:
    item = verdict.mutant.item
    return f"{item.module}:{item.line} ({item.operator.partition('/')[2]})"


def report(verdicts: list[Verdict], console: Console) -> float:
    """Print the rooms with their counts, and each survivor; return the part that was noticed."""
    table = Table("folder", "changes", "noticed", title="Mutation test")
    by_folder: dict[str, list[bool]] = {}
    for verdict in verdicts:
        folder = str(Path(verdict.mutant.item.module).parent)
        by_folder.setdefault(folder, []).append(verdict.noticed)
    for folder, noticed in sorted(by_folder.items()):
        table.add_row(folder, str(len(noticed)), str(sum(noticed)))
    for verdict in verdicts:
        if not verdict.noticed:
            console.print(f"\nnot noticed: {location(verdict)}", markup=False, soft_wrap=True)
            console.print(verdict.mutant.diff, markup=False, highlight=False, soft_wrap=True)
    console.print(table)
    return sum(verdict.noticed for verdict in verdicts) / len(verdicts)


def main() -> int:
    given, console = arguments(), Console()
    console.print(f"seed {given.seed} (make mutate SEED={given.seed} COUNT={given.count})")
    with ProcessPoolExecutor(given.jobs) as pool, tempfile.TemporaryDirectory() as directory:
        trees = [Tree(SOURCE, Path(directory) / str(number)) for number in range(given.jobs)]
        mutants, total = sample(trees[0].path, given.seed, given.count, pool)
        console.print(f"{len(mutants)} of {total} possible changes")
        with progress(console) as bar:
            verdicts = judged(trees, mutants, ImportGraph(trees[0].path), bar)
    noticed = report(verdicts, console)
    by_time = sum(verdict.by == "time" for verdict in verdicts)
    console.print(
        f"noticed {noticed:.1%} of {len(verdicts)} changes ({by_time} by the time limit); "
        f"at least {NOTICED_MIN:.0%} is needed; seed {given.seed}"
    )
    return int(noticed < NOTICED_MIN)


if __name__ == "__main__":
    sys.exit(main())
