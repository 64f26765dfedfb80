"""The command line: the only place that wires everything."""

import importlib
import sys
from typing import Final

from rapport.schemas.errors import RapportError

GROUPS: Final = ("broker", "clients", "contracts", "dead-letters", "intake", "policy", "signals")
COMMANDS: Final = (
    "demo",
    "worker",
    "explain",
    "pages",
    "top",
    "fleet",
    "history",
    "import_",
    "access",
    "render",
    "routes",
    "topics",
)


def main() -> None:
    """Run `rapport`; an error that a person can mend is one line and exit code 1."""
    try:
        import typer
    except ModuleNotFoundError:
        sys.exit(
            "the rapport command needs its extra: pip install 'rapport-monitor[worker,broker]'"
        )
    application = typer.Typer(
        name="rapport",
        help="Rapport: how an IT department's clients really see it, from events as they happen.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        epilog="Examples:  rapport demo --once  ·  rapport clients  ·  rapport broker start",
    )
    for group in GROUPS:
        module = importlib.import_module(f"rapport.streams.cli.{group.replace('-', '_')}")
        application.add_typer(module.app, name=group)
    for command in COMMANDS:
        module = importlib.import_module(f"rapport.streams.cli.{command}")
        application.command(command.rstrip("_"))(getattr(module, command))
    try:
        application()
    except RapportError as error:
        sys.exit(f"rapport: {error}")
