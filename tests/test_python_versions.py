"""Which Python is taken, and what `make setup` says of another one."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HERE = "{}.{}.{}".format(*sys.version_info)


@pytest.fixture
def check(tmp_path):
    """Run the check of `make setup` in a checkout whose pyproject.toml asks for some versions."""
    (tmp_path / "deploy").mkdir()
    script = shutil.copy(ROOT / "deploy" / "check_python.py", tmp_path / "deploy")

    def run(requires, venv=None):
        (tmp_path / "pyproject.toml").write_text(f'requires-python = "{requires}" # why\n')
        if venv is not None:
            (tmp_path / ".venv").mkdir()
            (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"home = /usr\n{venv}\n")
        ran = subprocess.run(
            [sys.executable, script, "python3"], check=False, capture_output=True, text=True
        )
        assert ran.stdout == ""
        return ran.returncode, ran.stderr

    return run


def test_this_python_will_do(check):
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert check(requires) == (0, "")


@pytest.mark.parametrize(
    ("requires", "versions", "other"),
    [(">=3.5,<3.8", "3.5, 3.6 or 3.7", "3.6"), (">=3.90,<3.93", "3.90, 3.91 or 3.92", "3.91")],
    ids=["newer than the newest", "older than the oldest"],
)
def test_another_python_is_refused_with_the_versions_that_will_do(check, requires, versions, other):
    text = (
        f"Rapport needs Python {versions}, and python3 is {HERE}; name another: "
        f"make PYTHON=python{other} setup\n"
    )
    assert check(requires) == (2, text)


@pytest.mark.parametrize("line", ["version = 3.9.18", "version_info = 3.9.18"])
def test_an_environment_of_another_python_is_not_mixed_with_this_one(check, line):
    code, text = check(">=3.9,<3.99", line)
    assert code == 2
    assert text == f".venv has Python 3.9.18, and python3 is {HERE}; remove it first: make clean\n"


def test_an_environment_of_this_python_is_used(check):
    assert check(">=3.9,<3.99", f"version = {HERE}") == (0, "")
