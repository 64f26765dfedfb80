"""The repository itself: what is installed, how large folders, modules and functions are."""

import ast
import importlib
import importlib.util
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from rapport.monitoring.render import render
from rapport_schemas.docs.render import render_json_schemas

ROOT = Path(__file__).parents[1]
ROOTS = (ROOT / "streams", ROOT / "schemas")
PACKAGES = (ROOT / "streams" / "rapport", ROOT / "schemas" / "rapport_schemas")
SOURCES = sorted(path for root in PACKAGES for path in root.rglob("*.py"))
ROOMS = sorted(path.parent for path in SOURCES if path.name == "__init__.py")
FOLDERS = sorted(
    {
        path.parent
        for top in (*PACKAGES, *(ROOT / name for name in ("tests", "bench", "deploy")))
        for path in top.rglob("*.py")
        if ".venv" not in path.parts
    }
)
ENTRIES_MAX = 14
FUNCTION_LINES_MAX = 40
MODULE_LINES_MAX = 400
NOT_COUNTED = {"__init__.py", "__main__.py", "py.typed", "__pycache__", ".venv"}


def relative(path):
    return str(path.relative_to(ROOT))


def module_name(path):
    """The import name of a file: its path below its root."""
    (root,) = (root for root in ROOTS if path.is_relative_to(root))
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def entries(folder):
    """The modules and the folders of code in a folder; data is not counted."""
    return [
        path.name
        for path in folder.iterdir()
        if path.name not in NOT_COUNTED
        and (path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py"))))
    ]


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_path_below_its_root_is_the_import_name(path):
    found = importlib.util.find_spec(module_name(path))
    assert Path(found.origin) == path


@pytest.mark.parametrize("folder", FOLDERS, ids=relative)
def test_a_folder_has_few_entries(folder):
    found = entries(folder)
    assert len(found) <= ENTRIES_MAX, f"{relative(folder)} has {len(found)}: {sorted(found)}"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_functions_and_modules_are_short(path):
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno - body[0].lineno + 1) if body else 0
            assert lines <= FUNCTION_LINES_MAX, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("room", ROOMS, ids=relative)
def test_a_room_says_in_a_sentence_what_it_is_for_and_offers_its_names(room):
    package = importlib.import_module(module_name(room / "__init__.py"))
    first, *_ = (package.__doc__ or "").split("\n\n")
    assert re.fullmatch(r"[A-Z][^.]*(\.\w[^.]*)*\.", first.strip().replace("\n", " ")), first
    names = package.__all__
    assert len(set(names)) == len(names)
    for name in names:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError):
        package.no_such_name  # noqa: B018 # what is looked up is the point


def test_every_module_below_the_root_has_its_layer():
    contract = (
        (ROOT / ".importlinter").read_text().partition("contract:layers]")[2].partition("[")[0]
    )
    named = set(re.findall(r"rapport\.(\w+)", contract))
    assert named == {Path(name).stem for name in entries(PACKAGES[0])}


def contents(wheel):
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_module_and_nothing_beside_it(wheel):
    names = contents(wheel)
    modules = {name for name in names if name.endswith(".py")}
    roots = {relative(root) + "/" for root in ROOTS}
    paths = {relative(path) for path in SOURCES}
    assert modules == {
        path.removeprefix(root) for path in paths for root in roots if path.startswith(root)
    }
    assert {name.split("/")[0] for name in names} == {"rapport", "rapport_schemas"}
    for needed in (
        *(
            "jars.lock",
            "devkit/kafka/server.properties",
            "policy/default.toml",
            "signals/en.toml",
            "signals/nl.toml",
        ),
        *("purchases.csv.gz", "ATTRIBUTION.md", "rapport/py.typed", "rapport_schemas/py.typed"),
        *("client.html", "style.css", "icon.svg", "docs/examples.json", "inference/synonyms.toml"),
        *("alerts/texts.toml", "digest/templates/digest.html"),
        *("events_head.md", "events_published.md", "policy_head.md", "alertmanager/routing.toml"),
    ):
        assert any(name.endswith(needed) for name in names), needed


def test_the_wheel_of_an_sdist_is_the_wheel_of_the_tree(build, wheel, tmp_path):
    for name in ("sdist", "again"):
        (tmp_path / name).mkdir()
    with tarfile.open(build("sdist", tmp_path / "sdist")) as sdist:
        sdist.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.glob("rapport_monitor-*")
    again = build("wheel", tmp_path / "again", unpacked)
    assert contents(again) == contents(wheel)


def test_what_is_generated_is_what_is_committed():
    files = {**render(), **{f"schemas/json/{k}": v for k, v in render_json_schemas().items()}}
    for path, text in files.items():
        assert (ROOT / path).read_text() == text, f"{path} is stale; run `make render`"


def test_no_lock_file_names_a_host():
    for lock in (*ROOT.rglob("*.lock"), *ROOT.rglob("package-lock.json")):
        if not {".venv", "node_modules"} & set(lock.parts):
            assert not re.search(r"https?://", lock.read_text()), lock
