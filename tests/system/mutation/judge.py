"""Judges mutants: runs the tests of a changed module in a copy of the tree until one fails."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from nearest_tests import ImportGraph
from work_items import Mutant

FAST = "not kafka and not prometheus and not browser"
TEST_SECONDS_MAX = 90
"""Of one test; a test that goes on for longer has noticed the mutant."""
MEMORY_BYTES_MAX = 6 * 1024**3
"""Of one run; a mutant that asks for more fails its test."""
NEAR = 1
"""Tests this far from the mutated module run first."""
PASSED, NOTHING_RAN = 0, 5
"""Exit codes of pytest; with any other one it noticed the mutant."""
TIME_IS_UP = 124
"""As timeout(1) says it."""


@dataclass
class Baseline:
    """What the tests do without a mutant."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Test file -> how long its fast tests take; a file without fast tests is not here."""
    failed: list[str] = field(default_factory=list)
    """Tests that fail anyway, and judge nothing."""
    broken: list[str] = field(default_factory=list)
    """Test files that cannot be imported, and judge nothing."""


@dataclass(frozen=True)
class Verdict:
    """What the tests made of a mutant."""

    mutant: Mutant
    noticed: bool
    by: str
    """The test that failed first, or `time` when the limit was reached."""


class Tree:
    """A copy of the working tree, in which modules are changed; the tree itself stays as it is."""

    def __init__(self, source: Path, target: Path) -> None:
        self.path = target
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=source,
            check=True,
            capture_output=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (source / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / name, target / name)
        (target / ".venv").symlink_to(source / ".venv")

    def run(self, *arguments: str, seconds_max: float, bytecode: bool = False) -> tuple[int, str]:
        """Run pytest in the copy; return its exit code and output; `TIME_IS_UP`."""
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(str(self.path / root) for root in ("streams", "schemas")),
            "PYTHONDONTWRITEBYTECODE": "" if bytecode else "1",
        }
        with subprocess.Popen(
            [
                *(sys.executable, "-m", "pytest", "-q", "--tb=no", "--doctest-modules", "-m", FAST),
                *("-p", "no:cacheprovider", "--hypothesis-seed=0"),
                *(f"--timeout={TEST_SECONDS_MAX}", *arguments),
            ],
            cwd=self.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (MEMORY_BYTES_MAX,) * 2)
            try:
                output, _ = process.communicate(timeout=seconds_max)
            except subprocess.TimeoutExpired:
                return TIME_IS_UP, ""
            finally:
                _kill_group(process.pid)
        return process.returncode, output.decode(errors="replace")

    def baseline(self, files: list[str]) -> Baseline:
        """Run test files without a mutant."""
        report = self.path / "baseline.xml"
        self.run(
            *("--continue-on-collection-errors", "-o", "junit_family=xunit1"),
            *(f"--junitxml={report}", *files),
            seconds_max=3600,
            bytecode=True,
        )
        found = Baseline()
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 # pytest wrote it
            _note(case, found)
        for file in found.broken:
            found.seconds.pop(file, None)
        return found

    def judge(self, mutant: Mutant, graph: ImportGraph, baseline: Baseline) -> Verdict:
        """Run the tests of a mutant, the nearest first, until one fails."""
        module = self.path / mutant.item.module
        before = module.read_bytes()
        module.write_text(mutant.code, encoding="utf-8")
        for cached in module.parent.glob(f"__pycache__/{module.stem}.*.pyc"):
            cached.unlink()
        try:
            for files in stages(graph.nearest(mutant.item.module), baseline):
                by = self._failure(files, baseline)
                if by:
                    return Verdict(mutant, noticed=True, by=by)
        finally:
            module.write_bytes(before)
        return Verdict(mutant, noticed=False, by="")

    def _failure(self, files: list[str], baseline: Baseline) -> str:
        """Return what failed first; empty when all tests passed."""
        deselected = [f"--deselect={name}" for name in baseline.failed]
        limit = 120 + 5 * sum(baseline.seconds[file] for file in files)
        code, output = self.run("-x", *deselected, *files, seconds_max=limit)
        if code in (PASSED, NOTHING_RAN):
            return ""
        if code == TIME_IS_UP:
            return "time"
        lines = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return lines[0].partition(" ")[2].partition(" - ")[0] if lines else f"exit code {code}"


def stages(nearest: list[tuple[int, str]], baseline: Baseline) -> list[list[str]]:
    """Return the test files in two runs, the near ones first and quick ones before slow ones."""
    ordered = sorted(
        (distance, baseline.seconds[file], file)
        for distance, file in nearest
        if file in baseline.seconds
    )
    near = [file for distance, _, file in ordered if distance <= NEAR]
    far = [file for distance, _, file in ordered if distance > NEAR]
    return [files for files in (near, far) if files]


def _note(case: ET.Element, found: Baseline) -> None:
    file, name = case.get("file") or "", case.get("name")
    wrong = [case.find(kind) for kind in ("failure", "error")]
    if any(one is not None and one.get("message") == "collection failure" for one in wrong):
        found.broken.append(file)
        return
    if any(one is not None for one in wrong):
        found.failed.append(f"{file}::{name}")
    seconds = float(case.get("time") or 0)
    found.seconds[file] = found.seconds.get(file, 0.0) + seconds


def _kill_group(pid: int) -> None:
    """End what a run left behind."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
