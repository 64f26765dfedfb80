"""One test per private name: the names are read from the `require` calls of the fenced modules."""

import ast
import importlib
import re
from functools import cache, partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "streams" / "rapport"
VERIFIED = re.compile(r"of ([\w-]+),\s+verified\s+with\s+version\s+([\d.]+\d)")


@cache
def fenced():
    """Return (path, tree, library, version) of each module that names a private API."""
    found = []
    for path in sorted(SOURCES.rglob("*.py")):
        text = path.read_text()
        tree = ast.parse(text)
        head = ast.get_docstring(tree) or ""
        for library, version in VERIFIED.findall(head):
            found.append((path, tree, library, version))
    return found


def imported(tree):
    """Return name -> a function that imports what the name stands for."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                names[one.asname or one.name] = (node.module, one.name)
        elif isinstance(node, ast.Import):
            for one in node.names:
                names[one.asname or one.name] = (one.name, None)
    return names


def load(module, name):
    found = importlib.import_module(module)
    if name is None:
        return found
    return getattr(found, name, None) or importlib.import_module(f"{module}.{name}")


def required(library):
    """Yield (owner as it is written, names of its imports, private name) of a library."""
    for _, tree, *_ in fenced():
        names = imported(tree)
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != "require":
                continue
            if call.keywords[0].value.value != library:
                continue
            for constant in ast.walk(ast.Tuple(call.args[1:], ast.Load())):
                if isinstance(constant, ast.Constant):
                    yield ast.unparse(call.args[0]), names, constant.value


def resolve(owner, names):
    first, *attributes = owner.split(".")
    found = load(*names[first])
    for attribute in attributes:
        found = getattr(found, attribute)
    return found


def pytest_generate_tests(metafunc):
    library = metafunc.module.LIBRARY
    if "private_name" in metafunc.fixturenames:
        cases = {
            f"{owner}.{name}": (owner, names, name) for owner, names, name in required(library)
        }
        metafunc.parametrize(
            ("owner", "private_name"),
            [(partial(resolve, owner, names), name) for owner, names, name in cases.values()],
            ids=list(cases),
        )
    if "verified" in metafunc.fixturenames:
        versions = {path.stem: version for path, _, name, version in fenced() if name == library}
        metafunc.parametrize("verified", list(versions.values()), ids=list(versions))
