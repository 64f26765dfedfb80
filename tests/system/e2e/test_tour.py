"""Every command on the tour of the demo is run as a reader would run it, on the demo."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from rapport.devkit.demo import Demo, Ports
from rapport.web.client import fetch_json

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "tour.md").read_text()
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PICTURES = re.findall(r"^!\[[^\]]+\]\((pictures/[^)]+)\)$", PAGE, re.MULTILINE)
PICTURE_BYTES_MAX = 150_000
SECONDS_MAX = 120


class Reader:
    """A person who follows the page in a second terminal; only the ports are free ones."""

    def __init__(self, demo):
        self.url = demo.url
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        addresses = {"RAPPORT_KAFKA": demo.kafka, "RAPPORT_URL": demo.url}
        self._environment = {**os.environ, **addresses, "PATH": programs, "COLUMNS": "120"}

    def follow(self, commands):
        done = subprocess.run(
            ["bash", "-euc", commands],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
        return done.stdout

    def silence_days(self, client):
        found = {one["id"]: one for one in fetch_json(f"{self.url}/clients")}
        return found[client]["sources"]["tickets"]["silence_days"]


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    console = Console(file=(tmp_path_factory.mktemp("tour") / "demo.log").open("w"))
    state = tmp_path_factory.mktemp("demo")
    with Demo(console, data=None, state=state, ports=Ports()) as demo:
        yield Reader(demo)


def test_the_tour_starts_with_the_demo_and_its_addresses():
    start, addresses, *_ = BLOCKS
    assert start == "make demo\n"
    assert addresses.splitlines() == [
        'export PATH="$PWD/.venv/bin:$PATH"',
        "export RAPPORT_KAFKA=127.0.0.1:9092 RAPPORT_URL=http://127.0.0.1:9464",
    ]
    assert len(BLOCKS) == PAGE.count("```") // 2


def test_every_picture_is_used_and_small():
    files = {f"pictures/{file.name}": file for file in (DOCS / "pictures").iterdir()}
    pages = PAGE + (DOCS.parent / "README.md").read_text()
    assert len(PICTURES) >= 5
    assert {name for name in files if name in pages} == {*files} >= {*PICTURES}
    assert max(file.stat().st_size for file in files.values()) <= PICTURE_BYTES_MAX


@pytest.mark.kafka
@pytest.mark.timeout(600)
def test_every_command_of_the_tour_does_what_the_tour_says(reader):
    silent = reader.silence_days("housing-advice")
    assert silent > 30
    outputs = iter([reader.follow(commands) for commands in BLOCKS[2:]])
    fleet = next(outputs)
    assert fleet.index("Learning Support") < fleet.index("Public Health")
    assert "purchases outside it" in next(outputs).lower()
    assert next(outputs).startswith("external_supplier: ")
    assert "trust" in next(outputs).lower()
    assert "Housing Advice and Support" in next(outputs)
    assert "22 replayed" in next(outputs)
    assert not list(outputs)
    deadline = time.monotonic() + SECONDS_MAX
    while reader.silence_days("housing-advice") >= silent:
        assert time.monotonic() < deadline
        time.sleep(0.2)
