"""Grafana's own code, from its makers' packages, which shows dashboards in a process of Node."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "npm"
sys.path.insert(0, str(Path(__file__).parent))
pytest.register_assert_rewrite("expected_panels")


@pytest.fixture(scope="session")
def grafana_modules(npm_packages):
    """The installed packages."""
    return npm_packages(HERE)


class Grafana:
    """A process that shows one dashboard at a time."""

    def __init__(self, node, modules):
        command = [node, str(HERE / "show.cjs"), str(modules)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def show(self, board, prometheus, at, seconds, **variables):
        """What each panel shows at a time, by its title."""
        request = {
            "dashboard": board,
            "prometheus": prometheus,
            "from": int((at - seconds) * 1000),
            "to": int(at * 1000),
            "variables": variables,
        }
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return {panel["title"]: panel for panel in answer["panels"]}

    def close(self):
        """End the process."""
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture(scope="session")
def grafana(tool, grafana_modules):
    """Grafana's own code, ready to show dashboards."""
    tool("npm")
    one = Grafana(shutil.which("node"), grafana_modules)
    yield one
    one.close()
