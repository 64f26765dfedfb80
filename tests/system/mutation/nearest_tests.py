"""Chooses the test files of a module: those that import it, the nearest first."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

ROOTS = ("streams", "schemas")


class ImportGraph:
    """Which file imports which, read from the source; names of lazy faces are followed."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._files = {
            _module_name(file.relative_to(tree / root)): file
            for root in ROOTS
            for file in (tree / root).rglob("*.py")
        }
        self._parsed = {file: ast.parse(file.read_text(encoding="utf-8")) for file in self._sources}

    @property
    def _sources(self) -> list[Path]:
        return [*self._files.values(), *(self._tree / "tests").rglob("*.py")]

    def test_files(self) -> list[str]:
        """Return the files that hold tests: test modules, and modules with doctests."""
        return sorted(str(f.relative_to(self._tree)) for f in self._sources if self._has_tests(f))

    def nearest(self, module: str) -> list[tuple[int, str]]:
        """Return (distance, test file) of the tests that import a module, the nearest first."""
        distances = {self._tree / module: 0}
        queue = [self._tree / module]
        for file in queue:
            for importer in self._importers[file]:
                if importer not in distances:
                    distances[importer] = distances[file] + 1
                    queue.append(importer)
        return sorted(
            (distance, str(file.relative_to(self._tree)))
            for file, distance in distances.items()
            if self._has_tests(file)
        )

    def _has_tests(self, file: Path) -> bool:
        if file.is_relative_to(self._tree / "tests"):
            return file.name.startswith("test_")
        return ">>> " in file.read_text(encoding="utf-8")

    @cached_property
    def _importers(self) -> dict[Path, set[Path]]:
        importers = defaultdict(set)
        for file in self._sources:
            for imported in self._imports(file):
                importers[imported].add(file)
        return importers

    def _imports(self, file: Path) -> Iterator[Path]:
        for node in ast.walk(self._parsed[file]):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._file_of(file, alias.name)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    yield from self._file_of_name(file, node.module, alias.name)
        if file.name.startswith("test_"):
            yield from (f for f in self._conftests(file) if f.exists())

    def _conftests(self, file: Path) -> Iterator[Path]:
        for folder in file.parents:
            if folder == self._tree:
                return
            yield folder / "conftest.py"

    def _file_of(self, importer: Path, module: str) -> Iterator[Path]:
        beside = importer.with_name(f"{module}.py")
        if module in self._files:
            yield self._files[module]
        elif importer.is_relative_to(self._tree / "tests") and beside.exists():
            yield beside

    def _file_of_name(self, importer: Path, module: str, name: str) -> Iterator[Path]:
        """Yield the file that defines `name`, imported from a module or from a room's face."""
        if f"{module}.{name}" in self._files:
            yield self._files[f"{module}.{name}"]
        elif (defined := self._faces.get((module, name))) is not None:
            yield from self._file_of_name(importer, defined, name)
        else:
            yield from self._file_of(importer, module)

    @cached_property
    def _faces(self) -> dict[tuple[str, str], str]:
        """(Package, name) -> the module that defines the name."""
        faces = {}
        for package, file in self._files.items():
            if file.name != "__init__.py":
                continue
            for node in ast.walk(self._parsed[file]):
                if isinstance(node, ast.ImportFrom) and node.module:
                    faces |= {(package, alias.name): node.module for alias in node.names}
                elif isinstance(node, ast.Dict):
                    faces |= dict(_lazy_names(package, node))
        return faces


def _lazy_names(package: str, node: ast.Dict) -> Iterator[tuple[tuple[str, str], str]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
            yield (package, str(key.value)), f"{package}.{value.value}"


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
