"""The house itself: what is installed, how long its functions are, what is generated."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rapport.monitoring.render import render
from rapport_schemas.docs.render import render_json_schemas

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "streams").rglob("*.py"), *(ROOT / "schemas").rglob("*.py")])
FUNCTION_LINES_MAX = 40
MODULE_LINES_MAX = 400


def test_the_wheel_holds_every_module_and_nothing_beside_it(tmp_path):
    # A list, never a shell; the build is the project's own.
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"rapport", "rapport_schemas"}
    modules = [name for name in names if name.endswith(".py")]
    assert len(modules) == len(SOURCES)
    for needed in (
        *("jars.lock", "policy/default.toml", "signals/en.toml", "signals/nl.toml"),
        *("purchases.csv.gz", "ATTRIBUTION.md"),
        *("client.html", "style.css", "icon.svg"),
    ):
        assert any(name.endswith(needed) for name in names), needed


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_and_modules_are_short(path):
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno - body[0].lineno + 1) if body else 0
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


def test_what_is_generated_is_what_is_committed():
    files = {**render(), **{f"schemas/json/{k}": v for k, v in render_json_schemas().items()}}
    for path, text in files.items():
        assert (ROOT / path).read_text() == text, f"{path} is stale; run `make render`"


def test_no_lock_file_names_a_host():
    for lock in ROOT.rglob("*.lock"):
        if ".venv" not in lock.parts:
            assert not re.search(r"https?://", lock.read_text()), lock
