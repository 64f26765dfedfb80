"""`rapport clients import`: clients and their places in the organisation from a table."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rapport.cli.options import Bootstrap, KafkaConfig, checked_kafka_to_write
from rapport.cli.terminal.escape import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rapport.admin.client_import import Change


def import_clients(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, Excel or JSON.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
    ] = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Register clients, and describe their places in the organisation, from a table.

    Columns: client, name, owner, aliases (a | b), group (division > department), size, sector,
    review_on, roles (role=team | role=team). A column that is not there changes nothing. An empty
    cell clears what is known of the place, and leaves the registration as it is. All rows are
    checked before anything is written, and only what differs is.

    Example:  rapport clients import clients.csv --dry-run
    """
    from rapport.admin.client_import import planned_changes
    from rapport.admin.registry import read_places, read_registry, write_records
    from rapport.kafka.access import check_access
    from rapport.kafka.acl import Grant, missing_grants
    from rapport.kafka.topic_reader import run_on
    from rapport_schemas.wire.registry import ORGANISATION_TOPIC

    kafka = checked_kafka_to_write(bootstrap, kafka_config)
    directory, places = run_on(kafka, read_registry(kafka)), {}
    # Who may only register clients needs no right on their places; without it none is written.
    if not missing_grants(kafka, [Grant("topic", ORGANISATION_TOPIC, "READ")]):
        places = run_on(kafka, read_places(kafka))
    changes = planned_changes(file, directory, places)
    if not dry_run and changes:
        for role, is_needed in (
            ("registry", any(one.registration for one in changes)),
            ("organisation", any(one.place for one in changes)),
        ):
            if is_needed:
                check_access(kafka, role)
        events = [event for one in changes for event in (one.registration, one.place) if event]
        run_on(kafka, write_records(kafka, events))
    _print(changes, dry_run=dry_run, as_json=as_json)


def _print(changes: "Sequence[Change]", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        document = {"written": not dry_run, "changes": [_as_json(one) for one in changes]}
        typer.echo(json.dumps(document, indent=2))
        return
    would = "would be " if dry_run else ""
    for one in changes:
        parts = []
        if one.registration is not None:
            parts.append("registered" if one.is_new else "registered anew")
        if one.place is not None:
            parts.append("described")
        typer.echo(printable(f"{one.client}: {would}{' and '.join(parts)}"))
    if not changes:
        typer.echo("nothing differs from what is known")


def _as_json(change: "Change") -> dict[str, Any]:
    parts = {"registration": change.registration, "place": change.place}
    return {
        "client": change.client,
        "new": change.is_new,
        **{
            name: None if event is None else event.model_dump(mode="json")
            for name, event in parts.items()
        },
    }
