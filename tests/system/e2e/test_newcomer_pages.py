"""Everything on the pages for publishers and importers is run as a reader would run it."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rapport.devkit.kafka.broker import free_port
from rapport.runtime.child_process import rapport_command
from rapport.web.client import fetch_json
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CONTRACTS

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "publishing.md").read_text()
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {"toml": "spend.toml"}
SECONDS_MAX = 120


def event_rows():
    return [
        f"| [`{name}`](events.md#{name.replace('.', '')}) | `{contract.topic}` "
        f"| `{contract.model.__name__}` | `{json.dumps(EXAMPLES[name].good)}` |"
        for name, contract in CONTRACTS.items()
    ]


def test_the_page_has_every_event_with_the_example_that_the_contracts_are_tested_with():
    table = PAGE.partition("## Every event")[2]
    rows = [line for line in table.splitlines() if line.startswith("| [")]
    assert rows == event_rows()


class Reader:
    """A person who follows the page with nothing but what it says; only the ports are free ones."""

    def __init__(self, directory):
        self.directory = directory
        self.outputs = []
        self.ports = {str(port): str(free_port()) for port in (9092, 8480, 9464)}

    def follow(self, kind, text):
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
            text = text.replace(f"-port {port}", f"-port {free}").replace(f"-port={port}", free)
        text = text.replace("broker start", f"broker start --port {self.ports['9092']}")
        text = text.replace("--port 8480", f"--port {self.ports['8480']}")
        if kind in FILES:
            (self.directory / FILES[kind]).write_text(text)
        elif kind == "json":
            assert json.loads(text).items() <= json.loads(self.outputs[-1]).items()
        else:
            command = [sys.executable, "-c"] if kind == "python" else ["bash", "-euc"]
            self.outputs.append(self._run([*command, text]))

    def _run(self, command):
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=self.directory,
            env={**os.environ, "PATH": programs, "COLUMNS": "120"},
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"
        return done.stdout

    def until(self, **outcomes):
        url = f"http://127.0.0.1:{self.ports['9464']}/status"
        deadline = time.monotonic() + SECONDS_MAX
        while not self._has(url, outcomes):
            assert time.monotonic() < deadline, (self.directory / "worker.log").read_text()
            time.sleep(0.2)

    @staticmethod
    def _has(url, outcomes):
        with contextlib.suppress(RapportError):
            return outcomes.items() <= fetch_json(url)["outcomes"].items()
        return False


@pytest.fixture
def reader(tmp_path, tool):
    tool("curl")
    shutil.copy(DOCS / "examples" / "consume_health.py", tmp_path)
    yield Reader(tmp_path)
    for name in ("worker.pid", "intake.pid"):
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((tmp_path / name).read_text()), signal.SIGKILL)
    subprocess.run(
        rapport_command("broker", "stop", "--data-dir", str(tmp_path / "kafka")), check=False
    )


@pytest.mark.timeout(400)
@pytest.mark.kafka
def test_the_page_on_importing_does_what_it_says(reader):
    page = (DOCS / "importing.md").read_text()
    blocks = [(found["kind"], found["text"]) for found in BLOCK.finditer(page)]
    for kind, text in blocks:
        if kind == "console":
            reader.follow(kind, text)
    listed, dry_run, started, published, changed = reader.outputs
    assert "servicenow" in listed
    assert "2 rows below the header, 2 read" in dry_run
    assert "zone: Europe/Amsterdam" in dry_run
    assert "client finance is registered" in started
    assert "rows: 2 read, 2 new" in published
    assert "rows: 2 read, 0 new, 0 changed, 2 unchanged" in published
    assert "rows: 2 read, 2 new" in changed
    assert (reader.directory / "mine.toml").exists()


@pytest.mark.timeout(400)
@pytest.mark.kafka
def test_every_block_of_the_page_does_what_the_page_says(reader):
    blocks = [(found["kind"], found["text"]) for found in BLOCK.finditer(PAGE)]
    assert {kind for kind, _ in blocks} == {"python", "console", "json", "toml"}
    assert len(blocks) == PAGE.count("\n```") // 2
    for kind, text in blocks:
        if "rapport dead-letters list" in text:
            # A ticket by each of Python and HTTP, a meeting, a talk and a promise by hand; two
            # purchases of unknown clients.
            reader.until(applied=5, dead_lettered=2)
        reader.follow(kind, text)
    outputs = iter(reader.outputs)
    assert f"bootstrap: 127.0.0.1:{reader.ports['9092']}" in next(outputs)
    assert next(outputs) == ""
    assert next(outputs) == "client finance is registered\n"
    assert [next(outputs) for _ in range(3)] == ["", "", ""]
    assert next(outputs).rstrip().endswith("202")
    assert json.loads(next(outputs))["path"] == "data.priority"
    assert [next(outputs) for _ in range(2)] == ["", ""]
    assert "4,purchase.amount,'many' is not an amount" in next(outputs)
    assert "promise of finance recorded: 2026-03-02-test-system" in next(outputs)
    assert '"unknown-client": 2' in next(outputs)
    assert "kst-4100" in next(outputs)
    assert "2 replayed" in next(outputs)
    assert "finance engagement" in next(outputs)
    assert "stopped" in next(outputs)
    assert not list(outputs)
