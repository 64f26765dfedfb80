"""`rapport clients`: what to do first in the fleet of a worker; and the registry of clients."""

import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

import typer

from rapport.cli.options import (
    Bootstrap,
    CaFile,
    KafkaConfig,
    Language,
    PasswordFile,
    Url,
    User,
    checked_kafka_to_write,
    kafka_to_read,
    web_access,
    worker_url,
)
from rapport.cli.watch.client_decisions import approve, message, offer
from rapport.cli.watch.client_groups import groups
from rapport.cli.watch.client_import import import_clients
from rapport.language.codes import DEFAULT

if TYPE_CHECKING:
    from rapport.domain.clients.registry import Directory
    from rapport.kafka.connection import Kafka
    from rapport_schemas.client import ClientRegistered, ClientRemoved

app = typer.Typer(
    help="Show which clients need you first, or edit the registry of clients and their names.",
    invoke_without_command=True,
    epilog="Examples:  rapport clients  ·  rapport clients --lang nl  ·  rapport clients unknown"
    "  ·  rapport clients file KST-4100 --under finance",
)
app.command("import")(import_clients)
app.command()(groups)
for decision in (approve, message, offer):
    app.command()(decision)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ClientId = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id, alias or name.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
]


@app.callback()
def clients(
    context: typer.Context,
    group: Annotated[
        str | None, typer.Option(help="Only the clients that are part of this group.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Only the clients of this owner.")] = None,
    lang: Language = DEFAULT,
    url: Url = None,
    ca_file: CaFile = None,
    user: User = None,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Without a command: show each client's state, why, and what to do next, the most urgent first.

    Below them: what most clients have in common, and which IT roles and teams meet clients.

    Examples:  rapport clients --url http://127.0.0.1:9464  ·  rapport clients --owner team-finance
    """
    if context.invoked_subcommand is not None:
        return
    from rapport.web.client import chosen_clients, fetch_json

    access, address = web_access(ca_file, user, password_file), worker_url(url)
    fleet = chosen_clients(fetch_json(f"{address}/clients", access), group, owner)
    if as_json:
        typer.echo(json.dumps(fleet, indent=2))
    else:
        _show(fleet, fetch_json(f"{address}/fleet?{urlencode({'lang': lang})}", access), lang)


@app.command("list")
def list_clients(
    bootstrap: Bootstrap = None, kafka_config: KafkaConfig = None, as_json: AsJson = False
) -> None:
    """List the registry: every client with its owner and aliases.

    Example:  rapport clients list --json
    """
    from dataclasses import asdict

    from rich.console import Console

    from rapport.cli.terminal.clients_table import clients_table

    directory = _registry(kafka_to_read(bootstrap, kafka_config))
    registry = sorted(directory, key=lambda client: client.id)
    if as_json:
        typer.echo(json.dumps([asdict(client) for client in registry], indent=2))
    else:
        Console().print(clients_table(registry))


@app.command()
def add(
    client: ClientId,
    name: Annotated[str, typer.Option(help="The name to show.")],
    owner: Annotated[str, typer.Option(help="The team that owns the relationship.")],
    alias: Annotated[
        list[str] | None, typer.Option(help="Another name that publishers use; may be repeated.")
    ] = None,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Register a client; events that arrived before are listed by `rapport clients unknown`.

    Example:  rapport clients add finance --name Finance --owner team-a --alias FIN
    """
    from rapport.domain.clients.registry import new_client

    kafka = checked_kafka_to_write(bootstrap, kafka_config)
    directory = _registry(kafka)
    _write(kafka, new_client(directory, client, name, owner, alias or ()))
    typer.echo(f"client {client} is registered")
    typer.echo(
        "events that named it before are dead letters: `rapport clients unknown` shows them",
        err=True,
    )


@app.command()
def alias(
    client: ClientId,
    names: Annotated[list[str] | None, typer.Argument(help="Names to add.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option(help="A name to remove; may be repeated.")
    ] = None,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Add or remove names that publishers use for a client.

    Examples:  rapport clients alias finance KST-4100 "Finance Dept"  ·  … finance --remove FIN
    """
    from rapport.domain.clients.registry import with_aliases

    if not names and not remove:
        raise typer.BadParameter("give the names to add, or --remove NAME")
    kafka = checked_kafka_to_write(bootstrap, kafka_config)
    directory = _registry(kafka)
    changed = with_aliases(directory, client, names or (), remove or ())
    _write(kafka, changed)
    typer.echo(
        f"client {changed.client} has the names: {', '.join(changed.aliases) or 'its id only'}"
    )


@app.command()
def remove(
    client: ClientId,
    yes: Yes = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Remove a client from the registry: it has no scores, its events become dead letters.

    Its ledger stays: when it is registered again, its history is back.

    Example:  rapport clients remove finance
    """
    from rapport.domain.clients.registry import find_client
    from rapport_schemas.client import ClientRemoved

    kafka = checked_kafka_to_write(bootstrap, kafka_config)
    directory = _registry(kafka)
    registration = find_client(directory, client)
    if not yes:
        typer.confirm(
            f"remove client {registration.id} ({registration.name})?", abort=True, err=True
        )
    _write(kafka, ClientRemoved(client=registration.id))
    typer.echo(f"client {registration.id} is removed")


@app.command()
def unknown(
    limit: Annotated[
        int, typer.Option(help="Show at most this many, the most frequent.", min=1)
    ] = 50,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: AsJson = False,
) -> None:
    """Show the unmatched names: those in events that no client has, most frequent first.

    `rapport clients file NAME --under CLIENT` makes a name an alias of a client.

    Example:  rapport clients unknown --limit 10
    """
    from rich.console import Console

    from rapport.admin.dead_letter import DeadLetterFilter
    from rapport.admin.dead_letter_store import DeadLetterStore
    from rapport.admin.unmatched_clients import REASON, current_client, unmatched_names
    from rapport.cli.terminal.clients_table import unmatched_table
    from rapport.kafka.topic_reader import run_on

    kafka = kafka_to_read(bootstrap, kafka_config)
    directory = _registry(kafka)
    store = run_on(kafka, DeadLetterStore.opened(kafka))
    unmatched = run_on(kafka, unmatched_names(store.unhandled(DeadLetterFilter(REASON))))
    shown = unmatched.names[:limit]
    if as_json:
        rows = [one.as_json(current_client(directory, one)) for one in shown]
        typer.echo(json.dumps(rows, indent=2))
        return
    if not shown:
        typer.echo("no event names an unknown client")
        return
    Console().print(unmatched_table(shown, directory))
    if any(current_client(directory, one) for one in shown):
        typer.echo(
            "names with a client under `by now`: `rapport dead-letters replay --reason "
            "unknown-client` sends their events again",
            err=True,
        )
    left = len(unmatched.names) - len(shown)
    if left or unmatched.others:
        typer.echo(f"{left} more names; {unmatched.others} events of still more", err=True)


@app.command("file")
def file_under(
    name: Annotated[str, typer.Argument(help="The name, as `unknown` shows it.")],
    under: Annotated[
        str, typer.Option(help="The client that gets the alias: its id, alias or name.")
    ],
    dry_run: DryRun = False,
    yes: Yes = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
) -> None:
    """Make a name an alias of a client, and replay the dead letters with that name.

    It can be repeated at any time: an event that arrives twice counts once. Exit codes are those
    of `rapport dead-letters replay`.

    Example:  rapport clients file KST-4100 --under finance
    """
    from rapport.admin.dead_letter import DeadLetterFilter
    from rapport.admin.unmatched_clients import REASON
    from rapport.cli.operate.dead_letters import handle_dead_letters
    from rapport.domain.clients.registry import find_client, with_aliases

    kafka = checked_kafka_to_write(bootstrap, kafka_config)
    directory = _registry(kafka)
    client = find_client(directory, under)
    changed = with_aliases(directory, client.id, [name])
    if directory.resolve(name) != client.id:
        if not dry_run and not yes:
            typer.confirm(f"make {name!r} a name of {client.name}?", abort=True, err=True)
        if not dry_run:
            _write(kafka, changed)
        typer.echo(f"{name!r} {'would be' if dry_run else 'is'} a name of client {client.id}")
    handle_dead_letters(kafka, DeadLetterFilter(REASON, client=name), "replayed", dry_run, yes=True)


def _show(fleet: list[dict[str, Any]], together: dict[str, Any], lang: str) -> None:
    """Print the clients, and what is said of all of them together."""
    from rich.console import Console

    from rapport.cli.terminal.fleet_table import FleetTable, counts_of
    from rapport.language.language import find_language

    language = find_language(lang)
    registered = together.get("registered", len(fleet))
    missing = registered - len(fleet)
    typer.echo(counts_of(fleet, language, registered))
    if missing > 0:
        typer.echo(language.text("digest_missing", n=missing))
    for shared in together["shared"]:
        typer.echo(shared["text"])
    Console().print(FleetTable(fleet, language, steps=True))
    typer.echo(f"\n{language.scores['participation']}")
    for line in together["text"]:
        typer.echo(f"  {line}")


def _registry(kafka: "Kafka") -> "Directory":
    """Return the current registry."""
    from rapport.admin.registry import read_registry
    from rapport.kafka.topic_reader import run_on

    return run_on(kafka, read_registry(kafka))


def _write(kafka: "Kafka", data: "ClientRegistered | ClientRemoved") -> None:
    from rapport.admin.registry import write_registry
    from rapport.kafka.access import check_access
    from rapport.kafka.topic_reader import run_on

    check_access(kafka, "registry")
    run_on(kafka, write_registry(kafka, data))
