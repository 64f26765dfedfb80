"""Refuses a Python that Rapport has no packages for, in one sentence: `make setup` asks first.

The versions are those of `requires-python` in pyproject.toml. Runs with any Python 3.6 or newer.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main(command: str) -> None:
    """End with exit code 2 unless this Python will do; `command` is what its user calls it."""
    text = (ROOT / "pyproject.toml").read_text()
    first, end = map(int, re.findall(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', text)[0])
    here = ".".join(map(str, sys.version_info[:3]))
    if not (3, first) <= sys.version_info[:2] < (3, end):
        versions = [f"3.{minor}" for minor in range(first, end)]
        refuse(
            f"Rapport needs Python {', '.join(versions[:-1])} or {versions[-1]}, and {command} is "
            f"{here}; name another: make PYTHON=python3.{end - 2} setup"
        )
    made = made_with(ROOT / ".venv" / "pyvenv.cfg")
    if made is not None and made[:2] != sys.version_info[:2]:
        version = ".".join(map(str, made))
        refuse(f".venv has Python {version}, and {command} is {here}; remove it first: make clean")


def made_with(config: Path) -> "tuple[int, ...] | None":
    """Return the version of the Python that made an environment; None when there is none."""
    found = re.search(r"^version(?:_info)? = ([\d.]+)", read(config), re.MULTILINE)
    return tuple(map(int, found.group(1).strip(".").split("."))) if found else None


def read(path: Path) -> str:
    """Return the text of a file, or nothing."""
    return path.read_text() if path.exists() else ""


def refuse(sentence: str) -> None:
    """Print a sentence, and end with exit code 2."""
    sys.stderr.write(f"{sentence}\n")
    sys.exit(2)


main(sys.argv[1])
