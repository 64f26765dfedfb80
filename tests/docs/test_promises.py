"""Every promise in docs/promises.md names a test that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROMISES = ROOT / "docs/promises.md"
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)(?:::(test_[a-z0-9_]+))?` \|$")


def lines():
    """Yield the promises: the rows of the tables, without their heads."""
    for line in PROMISES.read_text().splitlines():
        if line.startswith("| ") and not line.startswith(("| promise |", "| --- |")):
            yield line


def missing(line):
    """Return what is wrong with the test that a promise names; None when it is there."""
    found = NAMED.search(line)
    if found is None:
        return "names no test"
    file, name = ROOT / found[1], found[2]
    if not file.is_file():
        return f"{found[1]} is not there"
    if name is not None and not re.search(
        rf"^(async )?def {name}\(", file.read_text(), re.MULTILINE
    ):
        return f"{name} is not in {found[1]}"
    return None


@pytest.mark.parametrize("line", list(lines()), ids=lambda line: line[2:60])
def test_a_promise_names_a_test_that_is_there(line):
    assert missing(line) is None, line


def test_there_are_promises_and_a_wrong_one_is_noticed():
    assert len(list(lines())) > 20
    assert missing("| It flies. | |") == "names no test"
    assert missing("| It flies. | `tests/test_flight.py::test_it_flies` |") is not None
    assert missing("| It flies. | `tests/docs/test_promises.py::test_it_flies` |") is not None
    assert (
        missing(
            "| It is. | `tests/docs/test_promises.py::test_a_promise_names_a_test_that_is_there` |"
        )
        is None
    )
