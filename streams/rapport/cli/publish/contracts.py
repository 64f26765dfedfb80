"""`rapport contracts`: shows the event contracts, and checks that changes are compatible."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rapport_schemas.compatibility import Refusal

app = typer.Typer(
    help="Show the event contracts, and keep them compatible with every released version.",
    no_args_is_help=True,
    epilog="Examples:  rapport contracts list  ·  rapport contracts show rapport.ticket.rated.v1"
    "  ·  rapport contracts check",
)
Root = Annotated[Path, typer.Option(help="The repository.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
HERE = Path()


@app.command("list")
def list_contracts(as_json: AsJson = False) -> None:
    """List every event type, with its topic and meaning.

    Examples:  rapport contracts list  ·  rapport contracts list --json
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from rapport.monitoring.docs.contracts import contract_summaries

    summaries = contract_summaries()
    if as_json:
        typer.echo(json.dumps([row._asdict() for row in summaries], indent=2))
        return
    table = Table(box=None)
    table.add_column("type", no_wrap=True)
    for name in ("topic", "required", "meaning"):
        table.add_column(name, overflow="fold")
    for row in summaries:
        cells = (row.type, row.topic, ", ".join(row.required), row.summary)
        table.add_row(*map(Text, cells))
    Console().print(table)


@app.command()
def show(
    event_type: Annotated[
        str, typer.Argument(help="An event type, as `rapport contracts list` prints it.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print its JSON Schema.")] = False,
) -> None:
    """Show one event type: its fields, their limits, and an example.

    Examples:  rapport contracts show rapport.ticket.rated.v1  ·  … --json
    """
    from rapport.monitoring.docs.contracts import contract_section
    from rapport_schemas.docs.render import as_text, contract_documents
    from rapport_schemas.wire.errors import RapportError

    documents = contract_documents()
    if event_type not in documents:
        raise RapportError(
            f"{event_type!r} is not an event type; the types are: {', '.join(documents)}"
        )
    text = as_text(documents[event_type]) if as_json else contract_section(event_type)
    typer.echo(text, nl=False)


@app.command()
def check(root: Root = HERE, as_json: AsJson = False) -> None:
    """Compare the contracts with every released version; exit code 1 when one is broken.

    Examples:  rapport contracts check  ·  rapport contracts check --json
    """
    from rapport.admin.contract_releases import released_contracts
    from rapport_schemas.compatibility import refusals
    from rapport_schemas.docs.render import contract_documents

    released, working = released_contracts(root), contract_documents()
    refused = refusals(released, working)
    if as_json:
        typer.echo(json.dumps(_as_json(list(released), refused), indent=2))
    elif not refused:
        typer.echo(f"{len(working)} contracts, compatible with {', '.join(released)}")
    _fail_if(refused, quiet=as_json)


@app.command(hidden=True)
def release(
    version: Annotated[str, typer.Argument(help="Three numbers, such as 1.2.0.")], root: Root = HERE
) -> None:
    """Release the current contracts as a version, which later changes must not break.

    Example:  rapport contracts release 0.2.0
    """
    from rapport.admin.contract_releases import RELEASED, write_release
    from rapport_schemas.docs.render import contract_documents

    documents = contract_documents()
    _fail_if(write_release(root, version, documents))
    typer.echo(f"{len(documents)} contracts written to {root / RELEASED / version}")


def _as_json(versions: list[str], refused: "list[Refusal]") -> dict[str, Any]:
    rows = [refusal._asdict() for refusal in refused]
    return {"compatible": not refused, "versions": versions, "refusals": rows}


def _fail_if(refused: "list[Refusal]", *, quiet: bool = False) -> None:
    if not refused:
        return
    if not quiet:
        typer.echo("\n".join(map(_sentence, refused)), err=True)
    raise typer.Exit(1)


def _sentence(refusal: "Refusal") -> str:
    path = f"{refusal.contract} {refusal.path}".rstrip()
    return (
        f"{path}: {refusal.what}\n  may break consumers of version {refusal.version};"
        f" instead: {refusal.instead}"
    )
