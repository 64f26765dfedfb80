"""Examples of every contract: a valid event, and an invalid one with the path of its error."""

import json
from importlib.resources import files
from typing import Any, Final, NamedTuple


class Example(NamedTuple):
    """Valid event as JSON values, a change that makes it invalid, and the path of the error."""

    good: dict[str, Any]
    broken: dict[str, Any]
    path: str


def _read() -> dict[str, Example]:
    text = (files(__package__) / "examples.json").read_text(encoding="utf-8")
    return {type_: Example(**example) for type_, example in json.loads(text).items()}


EXAMPLES: Final = _read()
"""Type of an event -> its example, from `examples.json`."""
