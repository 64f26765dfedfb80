"""Presets: the bundled mappings, by name."""

import difflib
from pathlib import Path
from typing import Final

from rapport.domain.events.text_key import slug
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


def preset_text(name: str) -> str:
    """Return the TOML of a preset, to be changed; raises `UnknownMapping`."""
    if name not in preset_names():
        raise UnknownMapping(
            f"there is no preset called {name}; {_hint(name)}`rapport import --list` shows them"
        )
    return (HERE / f"{name}.toml").read_text(encoding="utf-8")


def find_mapping(name: str) -> Mapping:
    """Return the preset of that name, else the mapping of that file."""
    if name in preset_names():
        return preset(name)
    path = Path(name)
    if path.is_file():
        return read_mapping(path)
    raise UnknownMapping(
        f"there is no preset or file called {name}; {_hint(name)}`rapport import --list` shows "
        "the presets, `rapport import --guess FILE` proposes a mapping"
    )


def _hint(name: str) -> str:
    """Return the preset that was probably meant, as a part of a sentence."""
    key = slug(name.removesuffix(".toml"))
    close = difflib.get_close_matches(key, preset_names(), 1, 0.5)
    inside = [one for one in preset_names() if key in one]
    found = [*close, *inside][:1]
    return f"did you mean {found[0]}? " if found else ""
