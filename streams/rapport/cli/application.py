"""The application: every command with its group in the help and the extra that it needs."""

import sys
from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple, NoReturn

import typer
from typer.core import TyperGroup

from rapport.cli import version_line
from rapport.cli.help_lines import lines, with_lines
from rapport_schemas.wire.errors import RapportError

WATCH, PUBLISH, OPERATE = "Watch", "Publish", "Operate"
MAINTAIN: Final = "Maintain"
"""Commands for maintainers: they work, and no help lists them."""


class Command(NamedTuple):
    """Where a command is, and what it needs."""

    module: str
    """The module below `rapport.cli`; it has an `app`, or a function of its name."""
    group: str
    extra: str
    """The extras of the distribution that the command needs, beside `cli`."""


COMMANDS: Final = {
    "today": Command("watch.today", WATCH, "worker"),
    "clients": Command("watch.clients", WATCH, "worker"),
    "explain": Command("watch.explain", WATCH, "worker"),
    "desk": Command("watch.desk", WATCH, "worker"),
    "top": Command("watch.top", WATCH, "worker"),
    "digest": Command("watch.digest", WATCH, "worker"),
    "pages": Command("watch.pages", WATCH, "worker"),
    "history": Command("watch.history", WATCH, "worker"),
    "record": Command("publish.record", PUBLISH, "worker"),
    "import": Command("publish.import_", PUBLISH, "import"),
    "intake": Command("publish.intake", PUBLISH, "intake"),
    "contracts": Command("publish.contracts", PUBLISH, "render"),
    "signals": Command("publish.signals", PUBLISH, "worker"),
    "demo": Command("operate.demo", OPERATE, "worker,broker"),
    "worker": Command("operate.worker", OPERATE, "worker"),
    "broker": Command("operate.broker", OPERATE, "broker"),
    "topics": Command("operate.topics", OPERATE, "worker"),
    "ledger": Command("operate.ledger", OPERATE, "worker"),
    "dead-letters": Command("operate.dead_letters", OPERATE, "worker"),
    "access": Command("operate.access", OPERATE, "worker"),
    "policy": Command("operate.policy", OPERATE, "worker"),
    "routes": Command("operate.routes", OPERATE, "worker"),
    "assets": Command("operate.assets", OPERATE, "render"),
    "render": Command("maintain.render", MAINTAIN, "render"),
}


class LazyGroup(TyperGroup):
    """Imports a command when it is used, and lists the commands by group."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 # typer's signature
        """Return the command of a name, or None."""
        command = COMMANDS.get(cmd_name)
        if command is None:
            return None
        module, parent = import_module(f"rapport.cli.{command.module}"), typer.Typer()
        if hasattr(module, "app"):
            module.app.rich_markup_mode = None
            parent.add_typer(module.app, name=cmd_name)
        else:
            run = getattr(module, command.module.rpartition(".")[2])
            parent.command(cmd_name, hidden=command.group == MAINTAIN)(run)
        parent.rich_markup_mode = None
        return with_lines(typer.main.get_group(parent).commands[cmd_name])

    def invoke(self, ctx: Any) -> Any:
        """Run a command; an error of an option's value does not start with pydantic's words."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section for each group of commands."""
        for group in (WATCH, PUBLISH, OPERATE):
            names = [name for name, command in COMMANDS.items() if command.group == group]
            rows = [(name, self.get_command(ctx, name).get_short_help_str(200)) for name in names]
            with formatter.section(group):
                formatter.write_dl(rows)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(version_line())
        raise typer.Exit


def _root(
    version: Annotated[  # its callback prints the version
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def run() -> None:
    """Run `rapport`; a `RapportError` is printed as one line, with exit code 1.

    Wrong use of a command (an option, an argument, a file that is not there) has exit code 2.
    """
    application = typer.Typer(
        cls=LazyGroup,
        callback=_root,
        help="Rapport: how an IT department's clients really see it, from events as they happen.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=lines("Examples:  rapport demo --once  ·  rapport clients  ·  rapport broker start"),
    )
    try:
        application()
    except RapportError as error:
        sys.exit(f"rapport: {error}")
    except ModuleNotFoundError as error:
        _exit_without(error)


def _exit_without(error: ModuleNotFoundError) -> NoReturn:
    """Say which extra of the distribution a command lacks."""
    name = next((word for word in sys.argv[1:] if word in COMMANDS), None)
    if name is None or (error.name or "").startswith("rapport"):
        raise error
    sys.exit(
        f"rapport: `rapport {name}` needs {error.name}, which is not installed: "
        f"pip install 'rapport-monitor[{COMMANDS[name].extra}]'"
    )
