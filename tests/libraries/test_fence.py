"""The fence: private modules and attributes of libraries are used in the named modules only."""

import ast
from pathlib import Path

import pytest

LIBRARY = None
SOURCES = Path(__file__).parents[2] / "streams" / "rapport"
FENCED = {
    *("kafka/raw_fetch.py", "kafka/record_batch.py", "kafka/transactions.py"),
    *("publish/kafka/batches.py", "runtime/connections.py"),
    *("worker/faust_ext/consumer.py", "worker/faust_ext/producer.py"),
    *("worker/storage/table.py", "worker/storage/rocksdb_store.py"),
}
PUBLIC = {
    *("aiokafka", "aiokafka.admin", "aiokafka.admin.config_resource", "aiokafka.errors"),
    *("kafka", "kafka.admin", "kafka.errors", "kafka.future", "kafka.structs"),
}
FUNCTIONS = {
    "kafka/diagnostics.py": {"kafka.net.sasl"},  # SASL mechanisms: no socket of the library's
    "kafka/partitioner.py": {"kafka.partitioner.default"},  # murmur2
}
OWN_METHODS = {"_after_fork_in_child"}


def relative(path):
    return path.relative_to(SOURCES).as_posix()


def private_uses(path):
    """Yield the line and the name of each private module or attribute that a file uses."""
    text = path.read_text()
    lines, allowed = text.splitlines(), PUBLIC | FUNCTIONS.get(relative(path), set())
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            if node.module.split(".")[0] in {"aiokafka", "kafka"} and node.module not in allowed:
                yield f"{relative(path)}:{node.lineno} {node.module}"
        # ruff reports every private access (SLF001) that has no such mark on its line.
        elif (
            isinstance(node, ast.Attribute)
            and "noqa: SLF001" in lines[node.lineno - 1]
            and node.attr.startswith("_")
            and node.attr not in OWN_METHODS
        ):
            yield f"{relative(path)}:{node.lineno} {node.attr}"


def test_no_module_outside_the_fence_uses_private_api():
    paths = [path for path in sorted(SOURCES.rglob("*.py")) if relative(path) not in FENCED]
    assert len(paths) > len(FENCED)
    assert [use for path in paths for use in private_uses(path)] == []


@pytest.mark.parametrize("name", ["kafka/raw_fetch.py", "publish/kafka/batches.py"])
def test_the_fence_sees_private_api(name):
    assert any(private_uses(SOURCES / name))


@pytest.mark.parametrize("name", sorted(FENCED))
def test_a_module_of_the_fence_names_its_library_and_version(name):
    head = ast.get_docstring(ast.parse((SOURCES / name).read_text()))
    assert "Private API of" in head
    assert "verified with version" in head.replace("\n", " ")
