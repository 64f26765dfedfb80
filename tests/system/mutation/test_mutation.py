"""The mutation test itself: what it changes, which tests it runs, and what it calls noticed."""

import ast
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[3]
FACE = '''"""A room."""
from rapport_schemas.faces import lazy
__all__ = ["is_late"]
__getattr__ = lazy(__name__, {"is_late": "rules"})
'''
RULES = '''"""Rules."""
LIMIT: int | None = 3


def is_late(days: int | None, *, limit: int = 3) -> bool:
    return days is not None and days > limit


def unused(days):
    return days + 1
'''
TESTS = """
import pytest
from rapport.domain import is_late

@pytest.mark.parametrize(("days", "late"), [(None, False), (3, False), (4, True)])
def test_a_bound(days, late):
    assert is_late(days) is late
"""


@pytest.fixture(autouse=True)
def scripts(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))


@pytest.fixture
def source(tmp_path):
    """A small working tree with the same layout, of which one file is not committed."""
    tree = tmp_path / "source"
    files = {
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--import-mode=importlib"\n',
        "streams/rapport/__init__.py": "",
        "schemas/rapport_schemas/faces.py": (ROOT / "schemas/rapport_schemas/faces.py").read_text(),
        "streams/rapport/domain/__init__.py": FACE,
        "streams/rapport/domain/rules.py": RULES,
        "schemas/rapport_schemas/__init__.py": "",
        "tests/test_rules.py": TESTS,
        "tests/test_other.py": "def test_nothing_of_the_rules():\n    assert True\n",
        "tests/test_failing.py": "def test_fails_anyway():\n    assert False\n",
        "tests/test_broken.py": "from rapport.domain import is_late, renamed\n",
    }
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tree / ".venv").mkdir()
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    return tree


def mutants_of(tree, count=1000, seed=1):
    from work_items import sample

    with ThreadPoolExecutor(1) as pool:
        return sample(tree, seed, count, pool)[0]


def test_every_mutant_is_another_python_text_and_type_unions_stay(source):
    mutants = mutants_of(source)
    assert len(mutants) > 10
    for mutant in mutants:
        ast.parse(mutant.code)
        assert mutant.code != (source / mutant.item.module).read_text()
        assert "int | None" in mutant.code or "rules.py" not in mutant.item.module
    assert any("LIMIT: int | None = 4" in mutant.code for mutant in mutants)
    assert any("days >= limit" in mutant.code for mutant in mutants)


def test_a_seed_draws_the_same_mutants_again_and_another_seed_others(source):
    assert mutants_of(source, 5, 1) == mutants_of(source, 5, 1)
    assert mutants_of(source, 5, 1) != mutants_of(source, 5, 2)


def test_the_tests_of_a_module_are_those_that_import_it_also_through_a_lazy_face(source):
    from nearest_tests import ImportGraph

    graph = ImportGraph(source)
    nearest = [(1, "tests/test_broken.py"), (1, "tests/test_rules.py")]
    assert graph.nearest("streams/rapport/domain/rules.py") == nearest
    near = dict(reversed(one) for one in graph.nearest("schemas/rapport_schemas/faces.py"))
    assert near["schemas/rapport_schemas/faces.py"] == 0


def test_the_nearest_test_of_a_module_of_ours_is_its_own():
    from nearest_tests import ImportGraph

    nearest = ImportGraph(ROOT).nearest("streams/rapport/domain/comparison/trend.py")
    direct = [file for distance, file in nearest if distance <= 1]
    assert any(file.startswith("tests/rapport/domain/comparison/") for file in direct)


def test_a_mutant_is_noticed_by_the_test_that_fails_and_the_tree_stays_as_it_was(source, tmp_path):
    from judge import Tree
    from nearest_tests import ImportGraph

    tree = Tree(source, tmp_path / "copy")
    graph = ImportGraph(tree.path)
    baseline = tree.baseline(graph.test_files())
    assert "tests/test_failing.py::test_fails_anyway" in baseline.failed
    assert baseline.broken == ["tests/test_broken.py"]
    assert "tests/test_broken.py" not in baseline.seconds
    assert set(baseline.seconds) >= {"tests/test_rules.py", "tests/test_other.py"}
    by_code = {mutant.code: mutant for mutant in mutants_of(tree.path)}
    for before, after, noticed in (
        ("days > limit", "days >= limit", True),
        ("days + 1", "days - 1", False),
    ):
        verdict = tree.judge(by_code[RULES.replace(before, after)], graph, baseline)
        assert verdict.noticed is noticed
        assert verdict.by == ("tests/test_rules.py::test_a_bound[3-False]" if noticed else "")
        for root in (source, tree.path):
            assert (root / "streams/rapport/domain/rules.py").read_text() == RULES


def test_a_test_that_never_ends_has_noticed_the_mutant(source, tmp_path, monkeypatch):
    import judge
    from nearest_tests import ImportGraph
    from work_items import Mutant, WorkItem

    monkeypatch.setattr(judge, "TEST_SECONDS_MAX", 2)
    tree = judge.Tree(source, tmp_path / "copy")
    baseline = tree.baseline(["tests/test_rules.py"])
    item = WorkItem("streams/rapport/domain/rules.py", "core/AddNot", 0, 6)
    endless = RULES.replace("    return days is not None", "    while True: pass\n    return days")
    verdict = tree.judge(Mutant(item, endless, ""), ImportGraph(tree.path), baseline)
    assert verdict.noticed
