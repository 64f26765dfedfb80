"""Everything has a bound, and what docs/bounds.md says of it is what the code says."""

import ast
import re
from pathlib import Path

import pytest

from rapport_schemas.wire.rejection import REASONS

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "streams").rglob("*.py"), *(ROOT / "schemas").rglob("*.py")])
ALLOWED = {
    ("streams/rapport/domain/documents/fields.py", "cache"): "by type of a policy's field: a dozen",
    ("streams/rapport/publish/kafka/in_flight.py", "deque"): "bounded by its bytes: bytes_max",
    ("streams/rapport/publish/spool/forwarder.py", "deque"): "bounded by IN_FLIGHT_EVENTS_MAX",
}
"""(file, what) -> why it needs no bound of its own."""
UNBOUNDED_WHEN_BARE = {"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "deque", "cache"}
WAITS = {"sleep", "wait", "getmany", "acquire", "get"}


def name_of(node):
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def bounds_of(call):
    return {keyword.arg: keyword.value for keyword in call.keywords}


def is_unbounded(call):
    name, given = name_of(call), bounds_of(call)
    if name == "lru_cache":
        size = given.get("maxsize", call.args[0] if call.args else ast.Constant(128))
        return isinstance(size, ast.Constant) and size.value is None
    if name == "ThreadPoolExecutor":
        return not call.args and "max_workers" not in given
    if name == "deque":
        return "maxlen" not in given and len(call.args) < 2
    return name in UNBOUNDED_WHEN_BARE and not call.args and "maxsize" not in given


def waits(loop):
    calls = {name_of(node) for node in ast.walk(loop) if isinstance(node, ast.Call)}
    ends = any(isinstance(node, ast.Return | ast.Break) for node in ast.walk(loop))
    retries = any(isinstance(node, ast.ExceptHandler) for node in ast.walk(loop))
    awaits = any(isinstance(node, ast.Await) for node in ast.walk(loop))
    return bool(calls & WAITS) or (ends and not retries) or (awaits and not retries)


def unbounded(tree):
    """Yield (line, what) of what has no bound."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_unbounded(node):
            yield node.lineno, name_of(node)
        if isinstance(node, ast.FunctionDef) and node.args.args:  # without, there is one answer
            for decorator in node.decorator_list:
                if not isinstance(decorator, ast.Call) and name_of(decorator) == "cache":
                    yield node.lineno, "cache"
        for_ever = isinstance(node, ast.While) and getattr(node.test, "value", False) is True
        if for_ever and not waits(node):
            yield node.lineno, "while True"


def test_every_queue_cache_and_retry_has_a_bound_or_a_reason():
    found = {}
    for path in SOURCES:
        file = str(path.relative_to(ROOT))
        for line, what in unbounded(ast.parse(path.read_text())):
            found.setdefault((file, what), line)
    assert {location: line for location, line in found.items() if location not in ALLOWED} == {}
    assert not ALLOWED.keys() - found.keys(), "a reason for what is not there any more"


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("asyncio.Queue()", "Queue"),
        ("deque()", "deque"),
        ("deque([1])", "deque"),
        ("lru_cache(maxsize=None)(f)", "lru_cache"),
        ("@cache\ndef f(x): ...", "cache"),
        ("@functools.cache\ndef f(x): ...", "cache"),
        ("ThreadPoolExecutor()", "ThreadPoolExecutor"),
        ("while True:\n try:\n  f()\n except OSError:\n  pass", "while True"),
        ("while True:\n f()", "while True"),
    ],
)
def test_the_search_finds_what_has_no_bound(code, what):
    assert what in {name for _, name in unbounded(ast.parse(code))}


@pytest.mark.parametrize(
    "code",
    [
        "Queue(maxsize=9)",
        "Queue(9)",
        "@cache\ndef f(): ...",
        "deque(maxlen=4)",
        "@lru_cache(maxsize=9)\ndef f(): ...",
        "while True:\n try:\n  f()\n except OSError:\n  time.sleep(1)",
        "while True:\n if f():\n  break",
    ],
)
def test_the_search_leaves_alone_what_is_bounded(code):
    assert list(unbounded(ast.parse(code))) == []


ROW = re.compile(r"\| `(?P<name>[A-Z_]+)` \| (?P<file>[a-z_/]+\.py) \|")


def rows():
    for line in (ROOT / "docs/bounds.md").read_text().splitlines():
        if found := ROW.search(line):
            yield found["file"], found["name"], line.split("|")[2]


def value_of(file, name):
    for node in ast.parse((ROOT / file).read_text()).body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(node, ast.Assign):
            target = node.targets[0]
        if getattr(target, "id", None) == name:
            return node.value
    pytest.fail(f"docs/bounds.md names {name} in {file}, where it is not")


@pytest.mark.parametrize(("file", "name", "documented"), list(rows()), ids=str)
def test_a_bound_in_the_documentation_is_the_one_in_the_code(file, name, documented):
    written = ast.unparse(value_of(file, name))
    if not re.fullmatch(r"[\d_. *]+", written):
        return  # a mapping, of which the documentation gives the sum
    numbers = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", documented)}
    assert eval(written) in numbers  # noqa: S307 # digits and stars only


def test_the_documentation_of_bounds_is_not_empty():
    assert len(list(rows())) > 25


def test_a_dead_letters_reason_in_the_documentation_is_one_that_the_contracts_have():
    text = (ROOT / "docs/bounds.md").read_text()
    named = set(re.findall(r"dead letter `([a-z-]+)`", text))
    assert named
    assert named <= REASONS.keys()
