"""Each module is imported with its own extra alone, as in an install that has nothing else."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

PACKAGE = Path(__file__).parents[1] / "streams" / "rapport"
EXTRAS = {
    "": ("publish", "runtime.network", "runtime.secrets", "runtime.tls"),
    "cli": ("cli.options", "cli.watch", "cli.publish", "cli.operate", "cli.maintain"),
    "worker": (
        "domain",
        "digest",
        "language",
        "monitoring.metrics",
        "runtime",
        "kafka",
        "web",
        "worker",
        "admin",
        "cli.terminal",
    ),
    "intake": ("intake",),
    "import": ("importers",),
    "broker": ("devkit.kafka",),
    "render": ("monitoring",),
}
"""Extra -> the rooms, or modules, that need no other."""
CODE = """
import sys
from importlib import import_module

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{name} is not of this extra")

sys.meta_path.insert(0, Absent())
for name in MODULES:
    import_module(name)
"""


def modules_of(room):
    path = PACKAGE / room.replace(".", "/")
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    for file in files:
        name = ".".join(("rapport", *file.relative_to(PACKAGE).with_suffix("").parts))
        yield name.removesuffix(".__init__")


@pytest.mark.parametrize("extra", EXTRAS)
def test_each_module_of_its_rooms_is_imported_with_an_extra_alone(installed_with, extra):
    distributions = installed_with(extra)
    absent = {
        top
        for top, names in packages_distributions().items()
        if not distributions & {canonicalize_name(name) for name in names}
        and not top.startswith("_")
    }
    modules = [name for room in EXTRAS[extra] for name in modules_of(room)]
    head = f"ABSENT = {absent!r}\nMODULES = {modules!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", head + CODE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_room_is_imported_with_some_extra():
    named = {room.partition(".")[0] for rooms in EXTRAS.values() for room in rooms}
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert named == rooms
