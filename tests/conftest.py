"""Real servers for the tests, started and stopped by them; the wheel, and what an extra brings."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from importlib.metadata import distribution
from itertools import groupby
from pathlib import Path

import pytest
from fork_server import ForkServer
from hypothesis import settings
from long_files import LONG_FILES
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# No test asserts a time: a busy machine must fail no example.
settings.register_profile("rapport", deadline=None)
settings.load_profile("rapport")

ROOT = Path(__file__).parents[1]
SERVERS = ("kafka", "prometheus", "browser")
"""Markers of tests that start servers, and wait for them most of their time."""
HOW_TO_GET = {
    "promtool": "apt-get install prometheus",
    "prometheus": "apt-get install prometheus",
    "prometheus-alertmanager": "apt-get install prometheus-alertmanager",
    "amtool": "apt-get install prometheus-alertmanager",
    "chromium": "apt-get install chromium",
    "chromedriver": "apt-get install chromium-driver",
    "npm": "apt-get install npm",
    "curl": "apt-get install curl",
    "openssl": "apt-get install openssl",
}


def pytest_collection_modifyitems(config, items):
    """Put long files first, longest first, and mix files that wait for servers with others.

    So pytest-xdist's processes use every core at any time, and end at the same time. A single
    process keeps the order of its arguments.
    """
    if not hasattr(config, "workerinput"):
        return
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    long = {ROOT / name: place for place, name in enumerate(LONG_FILES)}
    first = sorted(
        (tests for tests in files if tests[0].path in long), key=lambda tests: long[tests[0].path]
    )
    short = [tests for tests in files if tests[0].path not in long]
    waiting = [tests for tests in short if any(map(starts_servers, tests))]
    computing = [tests for tests in short if not any(map(starts_servers, tests))]
    mixed = sorted(
        ((number + 0.5) / len(group), place, tests)
        for place, group in enumerate((waiting, computing))
        for number, tests in enumerate(group)
    )
    items[:] = [item for tests in (*first, *(tests for *_, tests in mixed)) for item in tests]


def starts_servers(item):
    return any(item.get_closest_marker(name) for name in SERVERS)


@pytest.fixture(scope="session", autouse=True)
def forked_workers():
    """Let workers be forks of a process that has imported what a worker imports."""
    from rapport.runtime import child_process

    new_process = child_process.start_process

    def start(arguments, out, cwd, environment):
        if server.serves(arguments, environment):
            return server.start(arguments, out, cwd, environment)
        return new_process(arguments, out, cwd, environment)

    with ForkServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_process, "start_process", start)
        yield server


@pytest.fixture
def new_processes(forked_workers):
    """Let workers be new processes, for a test that looks at their command lines."""
    forked_workers.enabled = False
    yield
    forked_workers.enabled = True


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory):
    """One embedded broker for the whole run; a test that kills one starts its own."""
    from rapport.devkit.kafka.broker import Broker

    with Broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture(scope="session")
def kafka(kafka_broker):
    """The address of the broker of the whole run."""
    return kafka_broker.bootstrap


@pytest.fixture
def empty_kafka(kafka):
    """The address of that broker, with Rapport's topics and nothing in them."""
    from rapport.devkit.testing import reset_broker

    reset_broker(kafka)
    return kafka


@pytest.fixture(scope="session")
def tool():
    """Find a program of Debian's; in CI its absence is a failure, elsewhere a skip that helps."""

    def find(name):
        found = shutil.which(name)
        if found is None and os.environ.get("CI"):
            pytest.fail(f"{name} is missing, and CI must have it: {HOW_TO_GET[name]}")
        if found is None:
            pytest.skip(f"{name} is missing; get it with: {HOW_TO_GET[name]}")
        return found

    return find


@pytest.fixture(scope="session")
def npm_packages(tool):
    """Install the npm packages of a folder, by their locked hashes; kept for the next run."""

    def installed(folder):
        kept = ROOT / ".rapport" / "npm"
        lock = (folder / "package-lock.json").read_bytes()
        directory = kept / hashlib.sha256(lock).hexdigest()[:16]
        if directory.exists():
            return directory
        kept.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=kept))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, fresh)
        command = [tool("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        command.append("--prefer-offline")
        done = subprocess.run(command, cwd=fresh, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        try:
            fresh.rename(directory)
        except OSError:  # another process was first
            shutil.rmtree(fresh)
        return directory

    return installed


@pytest.fixture(scope="session")
def build():
    """Build a wheel or an sdist with the project's own backend; return its path."""

    def built(target, folder, source=ROOT):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
            cwd=source,
            check=True,
            capture_output=True,
        )
        (found,) = folder.glob("*.whl" if target == "wheel" else "*.tar.gz")
        return found

    return built


@pytest.fixture(scope="session")
def wheel(build, tmp_path_factory):
    """The wheel of this tree."""
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def installed_with():
    """The distributions that `pip install rapport-monitor[extra]` brings, by canonical name."""

    @cache
    def names(extra):
        found, waiting = set(), [("rapport-monitor", extra)]
        while waiting:
            one = name, inner = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += requirements(name, inner)
        return {name for name, _ in found}

    return names


def requirements(name, extra):
    """Yield what a distribution with an extra needs: each name with each of its extras."""
    for line in distribution(name).requires or ():
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            yield from ((canonicalize_name(one.name), inner) for inner in ("", *one.extras))
