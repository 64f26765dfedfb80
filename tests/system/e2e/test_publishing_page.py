"""Everything on the page for publishers is run as a reader would run it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rapport.devkit.testing import WorkerProcess
from rapport.publish.publisher import Publisher
from rapport.runtime.child_process import Child, rapport_command
from rapport_schemas.client import ClientRegistered
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.wire.registry import CONTRACTS

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "publishing.md").read_text()
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {"csv": "spend.csv", "toml": "spend.toml"}
SECONDS_MAX = 60


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
    """A person who follows the page, beside a broker, an intake and a worker."""

    def __init__(self, directory, bootstrap, tool):
        self.directory, self.bootstrap = directory, bootstrap
        self.outputs = []
        self._curl = tool("curl")
        self.intake, self.intake_url = self._child("intake", "--port", "0")
        self.worker = WorkerProcess(bootstrap, directory)
        self.worker.start()

    def _child(self, command, *options):
        address = self.directory / f"{command}.address"
        options += ("--bootstrap", self.bootstrap, "--address-file", str(address))
        child = Child(rapport_command(command, *options), self.directory / f"{command}.log")
        deadline = time.monotonic() + SECONDS_MAX
        while not (address.exists() and address.read_text()):
            assert child.exit_code is None, child.tail()
            assert time.monotonic() < deadline, child.tail()
            time.sleep(0.1)
        return child, address.read_text()

    def stop(self):
        self.worker.stop()
        self.intake.stop()

    def follow(self, kind, text):
        text = text.replace("127.0.0.1:9092", self.bootstrap)
        text = text.replace("http://127.0.0.1:8480", self.intake_url)
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
        self.worker.until(lambda: outcomes.items() <= self.worker.status()["outcomes"].items())


@pytest.fixture
def reader(empty_kafka, tmp_path, tool):
    with Publisher(empty_kafka, source="urn:test") as publisher:
        publisher.publish(ClientRegistered(client="finance", name="Finance", owner="team-a"))
    shutil.copy(DOCS / "examples" / "consume_health.py", tmp_path)
    one = Reader(tmp_path, empty_kafka, tool)
    yield one
    one.stop()


@pytest.mark.kafka
def test_every_block_of_the_page_does_what_the_page_says(reader):
    blocks = [(found["kind"], found["text"]) for found in BLOCK.finditer(PAGE)]
    assert {kind for kind, _ in blocks} == {"python", "console", "json", "csv", "toml"}
    assert len(blocks) == PAGE.count("\n```") // 2
    for kind, text in blocks:
        if "rapport dead-letters list" in text:
            # A ticket by each of Python and HTTP, a meeting; two purchases of unknown clients.
            reader.until(applied=3, dead_lettered=2)
        reader.follow(kind, text)
    outputs = iter(reader.outputs)
    assert [next(outputs) for _ in range(3)] == ["", "", ""]
    assert next(outputs).rstrip().endswith("202")
    assert json.loads(next(outputs))["path"] == "data.priority"
    assert next(outputs) == ""
    assert "4,purchase.amount,'many' is not an amount" in next(outputs)
    assert '"unknown-client": 2' in next(outputs)
    assert "kst-4100" in next(outputs)
    assert "2 replayed" in next(outputs)
    assert "finance engagement" in next(outputs)
    assert not list(outputs)
    reader.until(applied=5)
