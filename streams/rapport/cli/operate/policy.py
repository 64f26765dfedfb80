"""`rapport policy`: validates a policy file, or prints a policy."""

import json
from pathlib import Path
from typing import Annotated

import typer

from rapport_schemas.wire.errors import RapportError

app = typer.Typer(
    help="Validate a policy file, or print a policy.",
    no_args_is_help=True,
    epilog="Examples:  rapport policy check my.toml  ·  rapport policy show --json",
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The policy file.")],
    as_json: AsJson = False,
) -> None:
    """Validate a policy file; exit code 1, with the reasons, when a worker would reject it.

    Example:  rapport policy check my.toml
    """
    from rapport.runtime.policy_file import load_policy

    notices: list[str] = []
    try:
        policy = load_policy(file, notices.append)
    except RapportError as error:
        if not as_json:
            raise
        typer.echo(json.dumps({"file": str(file), "error": str(error), "notices": notices}))
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"file": str(file), "hash": policy.hash, "notices": notices}))
    else:
        for notice in notices:
            typer.echo(notice)
        typer.echo(f"{file} is a valid policy; its hash is {policy.hash}")


@app.command()
def show(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="A policy file; without one, the built-in policy."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a policy file as it is, or its values as JSON.

    Examples:  rapport policy show > my.toml  ·  rapport policy show my.toml --json
    """
    from rapport.runtime.policy_file import DEFAULT_POLICY, load_policy

    policy = load_policy(file)
    if as_json:
        typer.echo(json.dumps({"hash": policy.hash, **policy.model_dump(mode="json")}, indent=2))
    else:
        typer.echo((file or DEFAULT_POLICY).read_text(encoding="utf-8"), nl=False)
