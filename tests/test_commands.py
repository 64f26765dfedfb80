"""With each extra alone, in a fresh environment, a command works or names the extra it lacks."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from rapport.cli.application import COMMANDS

ROOT = Path(__file__).parents[1]
EXTRAS = ["cli", "worker", "intake", "import", "broker", "render"]
LACKS = re.compile(r"which is not installed: pip install 'rapport-monitor\[([\w,]+)\]'")


@cache
def locked():
    """Name of a distribution -> its pinned requirement with hashes."""
    text = (ROOT / "requirements.lock").read_text()
    blocks = re.findall(r"^([A-Za-z0-9][^\s=\[]*)\S*==(?:.*\\\n)*.*$", text, re.MULTILINE)
    starts = [m.start() for m in re.finditer(r"^[A-Za-z0-9][^\n]*==", text, re.MULTILINE)]
    ends = [*starts[1:], len(text)]
    whole = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    return dict(zip(map(canonicalize_name, blocks), whole, strict=True))


def uv(*arguments):
    """Run uv with its cache alone, and with the network if that is not enough."""
    command = [sys.executable, "-m", "uv", *arguments]
    offline = subprocess.run([*command, "--offline"], check=False, capture_output=True)
    if offline.returncode:
        subprocess.run(command, check=True, capture_output=True)


def installed(directory, distributions, wheel):
    """Make an environment with the wheel and these distributions; return its Python."""
    python = directory / "env" / "bin" / "python"
    uv("venv", "--quiet", "--python", sys.executable, str(directory / "env"))
    pinned = directory / "pinned.txt"
    pinned.write_text("".join(text for name, text in locked().items() if name in distributions))
    into = ("--quiet", "--python", str(python), "--no-deps")
    uv("pip", "install", *into, "--require-hashes", "-r", str(pinned))
    uv("pip", "install", *into, str(wheel))
    return python


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_command_works_or_names_its_extra(tmp_path, extra, installed_with, wheel):
    python = installed(tmp_path, installed_with(extra), wheel)
    ran = subprocess.run(
        [str(python), str(Path(__file__).with_name("run_commands.py")), str(tmp_path / "out")],
        check=False,
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr
    for line, code, printed in json.loads(ran.stdout):
        assert not str(code).startswith("traceback"), f"{line}: {code}"
        if line.endswith("--help"):
            assert code in (0, None), f"{line}: {code} {printed}"
            continue
        assert code != 2, f"{line}: {printed}"
        lacks = LACKS.search(str(code))
        wanted = set(COMMANDS[line.split()[0]].extra.split(","))
        assert lacks is None or set(lacks[1].split(",")) == wanted
        assert lacks is None or extra not in wanted or len(wanted) > 1, f"{line}: {code}"


def test_without_any_extra_the_version_works_and_the_rest_names_the_extra(
    tmp_path, installed_with, wheel
):
    python = installed(tmp_path, installed_with(""), wheel)
    rapport = [str(python), "-m", "rapport"]
    version = subprocess.run([*rapport, "--version"], check=False, capture_output=True, text=True)
    assert (version.returncode, version.stdout.startswith("rapport ")) == (0, True)
    ran = subprocess.run([*rapport, "clients"], check=False, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr.strip() == (
        "rapport: the command line needs its extra: pip install 'rapport-monitor[cli]'"
    )
