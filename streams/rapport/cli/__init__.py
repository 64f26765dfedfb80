"""The command line: one module for each command, imported when it runs or when help lists it."""

import sys

__all__ = ["main", "version_line"]


def version_line() -> str:
    """Return the name of the program and its version."""
    from importlib.metadata import version

    return f"rapport {version('rapport-monitor')}"


def main() -> None:
    """Run `rapport`; `--version` works without any extra."""
    if sys.argv[1:] == ["--version"]:
        print(version_line())  # noqa: T201 # typer may be absent
        return
    try:
        from rapport.cli.application import run
    except ModuleNotFoundError:
        sys.exit("rapport: the command line needs its extra: pip install 'rapport-monitor[cli]'")
    run()
