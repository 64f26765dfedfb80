"""Presets: the bundled mappings, by name."""

import difflib
from pathlib import Path
from typing import Final

from rapport.importers.errors import UnknownMapping
from rapport.importers.mapping.schema import Mapping, read_mapping

HERE: Final = Path(__file__).parent / "presets"


def preset_names() -> list[str]:
    """Return the name of every preset.

    >>> "servicenow" in preset_names()
    True
    """
    return sorted(path.stem for path in HERE.glob("*.toml"))


def preset(name: str) -> Mapping:
    """Return a preset by its name."""
    return read_mapping(HERE / f"{name}.toml")


def find_mapping(name: str) -> Mapping:
    """Return the preset of that name, else the mapping of that file."""
    if name in preset_names():
        return preset(name)
    path = Path(name)
    if path.is_file():
        return read_mapping(path)
    close = difflib.get_close_matches(name, preset_names(), 1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise UnknownMapping(
        f"there is no preset or file called {name}; {hint}`rapport import --list` shows the "
        "presets, `rapport import --guess FILE` proposes a mapping"
    )
