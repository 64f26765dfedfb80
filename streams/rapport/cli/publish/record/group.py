"""The group of `rapport record`: its commands are made of the contracts when they are used.

The list of all commands then needs no contract, and no pydantic.
"""

from typing import Any, Final

import typer
from typer.core import TyperGroup

NAMES: Final = ("touchpoint", "signal", "profile", "promise", "proposal", "action", "note")


class RecordGroup(TyperGroup):
    """Makes a command when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 # typer's signature
        """Return the names of what can be recorded."""
        return [*NAMES]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 # typer's signature
        """Return the command of a name, or None."""
        from rapport.cli.publish.record.commands import commands

        return commands().get(cmd_name)


app = typer.Typer(
    cls=RecordGroup,
    help="Record what only people know: talks, signals, promises, actions and notes.",
    no_args_is_help=True,
    epilog="Example:  rapport record touchpoint finance --kind workshop --role cio",
)


@app.callback()
def _group() -> None:
    pass
