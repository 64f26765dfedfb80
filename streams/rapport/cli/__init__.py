"""The command line: one module for each command, imported when it runs or when help lists it."""

import sys
from importlib import import_module
from typing import Any, Final

from rapport_schemas.wire.errors import RapportError

try:
    import typer
    from typer.core import TyperGroup
except ModuleNotFoundError:
    sys.exit("the rapport command needs its extra: pip install 'rapport-monitor[worker,broker]'")

__all__ = ["main"]
MODULES: Final = (
    *("operate.demo", "operate.worker", "watch.explain", "watch.pages", "watch.top", "watch.fleet"),
    *("watch.history", "publish.import_", "operate.access", "maintain.render", "operate.routes"),
    *("operate.topics", "operate.broker", "watch.clients", "maintain.contracts"),
    *("operate.dead_letters", "publish.intake", "operate.policy", "maintain.signals"),
)
HIDDEN: Final = {"render"}  # for maintainers
COMMANDS: Final = {
    module.rpartition(".")[2].rstrip("_").replace("_", "-"): module for module in MODULES
}


class LazyGroup(TyperGroup):
    """Imports a command when it is used; its module has an `app`, or a function of its name."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 # typer's signature
        """Return the command of a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, parent = import_module(f"{__name__}.{COMMANDS[cmd_name]}"), typer.Typer()
        if hasattr(module, "app"):
            parent.add_typer(module.app, name=cmd_name)
        else:
            run = getattr(module, COMMANDS[cmd_name].rpartition(".")[2])
            parent.command(cmd_name, hidden=cmd_name in HIDDEN)(run)
        return typer.main.get_group(parent).commands[cmd_name]


def main() -> None:
    """Run `rapport`; a `RapportError` is printed as one line, with exit code 1."""
    application = typer.Typer(
        cls=LazyGroup,
        callback=lambda: None,
        help="Rapport: how an IT department's clients really see it, from events as they happen.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        epilog="Examples:  rapport demo --once  ·  rapport clients  ·  rapport broker start",
    )
    try:
        application()
    except RapportError as error:
        sys.exit(f"rapport: {error}")
