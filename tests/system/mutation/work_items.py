"""Work items of Cosmic Ray: each is one small change (a mutant) of one module."""

import difflib
import keyword
import random
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

SCOPE = ("streams/rapport/domain", "streams/rapport/monitoring", "schemas/rapport_schemas")
BUILTIN_TYPES = frozenset(
    ("bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple", "type")
)


@dataclass(frozen=True, order=True)
class WorkItem:
    """One change: the operator's `occurrence` in a module, and the line where it is."""

    module: str
    operator: str
    occurrence: int
    line: int


@dataclass(frozen=True)
class Mutant:
    """A work item with the changed text of its module."""

    item: WorkItem
    code: str
    diff: str


def modules_in(tree: Path) -> list[str]:
    """Return the modules that are mutated, as paths below the tree."""
    files = (file for folder in SCOPE for file in (tree / folder).rglob("*.py"))
    return sorted(str(file.relative_to(tree)) for file in files)


def work_items(tree: Path, module: str) -> list[WorkItem]:
    """Return every work item of a module but those of type unions."""
    nodes = list(ast_nodes(get_ast((tree / module).read_text(encoding="utf-8"))))
    return list(_items(module, nodes))


def _items(module: str, nodes: list) -> Iterator[WorkItem]:
    for name in sorted(operator_names()):
        operator_class = get_operator(name)
        if operator_class.arguments():
            continue
        operator = operator_class()
        positions = ((n, start) for n in nodes for start, _ in operator.mutation_positions(n))
        for occurrence, (node, start) in enumerate(positions):
            if not is_type_union(node):
                yield WorkItem(module, name, occurrence, start[0])


def is_type_union(node) -> bool:
    """Return whether a node is the `|` between two types: any change fails at the import.

    >>> [is_type_union(n) for n in ast_nodes(get_ast("a: int | None")) if n.type == "operator"]
    [False, True]
    >>> [is_type_union(n) for n in ast_nodes(get_ast("a | 1")) if n.type == "operator"]
    [False]
    """
    if node.type != "operator" or node.value != "|":
        return False
    operands = [child for child in node.parent.children if child.type != "operator"]
    return any(_is_type(operand) for operand in operands)


def _is_type(operand) -> bool:
    name = operand.get_last_leaf() if operand.type == "name" else operand.get_first_leaf()
    text = name.value
    if text in BUILTIN_TYPES or text == "None":
        return True
    is_class_name = text[:1].isupper() and not text.isupper() and not keyword.iskeyword(text)
    is_called = operand.get_last_leaf().value == ")"
    return is_class_name and not is_called


def mutant_of(tree: Path, item: WorkItem) -> Mutant | None:
    """Return the mutant of a work item; None when its code is not Python, or is the same."""
    before = (tree / item.module).read_text(encoding="utf-8")
    code = mutate_code(before, get_operator(item.operator)(), item.occurrence)
    if code is None or code == before:
        return None
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(code, item.module, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    lines = difflib.unified_diff(before.splitlines(), code.splitlines(), lineterm="", n=0)
    diff = "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))
    return Mutant(item, code, diff)


def sample(tree: Path, seed: int, count: int, pool: Executor) -> tuple[list[Mutant], int]:
    """Return `count` mutants, drawn from all work items by a seed, and how many items there are."""
    modules = modules_in(tree)
    found = pool.map(work_items, [tree] * len(modules), modules)
    items = sorted(item for of_module in found for item in of_module)
    random.Random(seed).shuffle(items)  # noqa: S311 # a sample that can be drawn again
    mutants = []
    for item in items:
        if len(mutants) == count:
            break
        mutant = mutant_of(tree, item)
        if mutant is not None:
            mutants.append(mutant)
    return mutants, len(items)
