"""`rapport clients approve|message|offer`: what IT decided, for one client or for every client."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from rapport.cli.known_client import known_client
from rapport.cli.options import Bootstrap, KafkaConfig, checked_kafka_to_write
from rapport.cli.terminal.escape import printable

_Client = Annotated[
    str | None, typer.Option(help="The client's id, alias or name; default: every client.")
]
_Withdraw = Annotated[bool, typer.Option("--withdraw", help="Take it back, as if it never was.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Print it, and publish nothing.")]
_AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Since = Annotated[str | None, typer.Option(help="The day since which it holds; default: today.")]
_Link = Annotated[str | None, typer.Option(help="Where to read more: an https address.")]
EVERY_CLIENT: Final = "every client"


def approve(
    supplier: Annotated[str, typer.Argument(help="The supplier, as purchases name it.")],
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    since: Annotated[
        str | None, typer.Option(help="The first day of purchases that it covers; default: today.")
    ] = None,
    client: _Client = None,
    withdraw: _Withdraw = False,
    dry_run: _DryRun = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: _AsJson = False,
) -> None:
    """Approve a supplier: purchases from it count as made with IT's consent.

    Example:  rapport clients approve "Acme Cloud" --reason "Reviewed." --since 2026-03-01
    """
    from rapport_schemas.procurement import SupplierApprovalWithdrawn, SupplierApproved

    model: Any = SupplierApprovalWithdrawn
    fields: dict[str, Any] = {"supplier": supplier}
    if not withdraw:
        model = SupplierApproved
        fields |= {"approved_from": _day(since), "reason": _needed(reason, "--reason")}
    _write(model, fields, client, dry_run, bootstrap, kafka_config, as_json)


def message(
    text: Annotated[str | None, typer.Argument(help="The message.")] = None,
    since: _Since = None,
    link: _Link = None,
    client: _Client = None,
    withdraw: _Withdraw = False,
    dry_run: _DryRun = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: _AsJson = False,
) -> None:
    """Set the message that everybody of IT brings to clients.

    Example:  rapport clients message "We say what it costs." --since 2026-03-01
    """
    from rapport_schemas.desk import AgreedTextWithdrawn, MessageAgreed

    model: Any = AgreedTextWithdrawn
    fields: dict[str, Any] = {"kind": "message"}
    if not withdraw:
        model = MessageAgreed
        fields = {"text": _needed(text, "the message"), "since": _day(since), "link": link}
    _write(model, fields, client, dry_run, bootstrap, kafka_config, as_json)


def offer(
    does: Annotated[str | None, typer.Option(help="What IT does.")] = None,
    does_not: Annotated[str | None, typer.Option(help="What IT does not.")] = None,
    since: _Since = None,
    link: _Link = None,
    client: _Client = None,
    withdraw: _Withdraw = False,
    dry_run: _DryRun = False,
    bootstrap: Bootstrap = None,
    kafka_config: KafkaConfig = None,
    as_json: _AsJson = False,
) -> None:
    """Set what IT offers: what it does for its clients, and what it does not.

    Example:  rapport clients offer --does "Workplaces and networks." --does-not "Analyses."
    """
    from rapport_schemas.desk import AgreedTextWithdrawn, OfferDescribed

    model: Any = AgreedTextWithdrawn
    fields: dict[str, Any] = {"kind": "offer"}
    if not withdraw:
        model = OfferDescribed
        fields = {"does": _needed(does, "--does"), "does_not": _needed(does_not, "--does-not")}
        fields |= {"since": _day(since), "link": link}
    _write(model, fields, client, dry_run, bootstrap, kafka_config, as_json)


def _write(
    model: Any,
    fields: dict[str, Any],
    client: str | None,
    dry_run: bool,
    bootstrap: str | None,
    kafka_config: Path | None,
    as_json: bool,
) -> None:
    """Publish a decision unless it is a dry run, and print it."""
    from rapport.admin.registry import valid_event, write_records
    from rapport.kafka.access import check_access
    from rapport.kafka.topic_reader import run_on

    kafka = checked_kafka_to_write(bootstrap, kafka_config)
    of = None if client is None else known_client(kafka, client)
    event = valid_event(model, client=of, **fields)
    if not dry_run:
        check_access(kafka, "organisation")
        run_on(kafka, write_records(kafka, [event]))
    document = event.model_dump(mode="json")
    if as_json:
        typer.echo(json.dumps({"written": not dry_run, **document}, indent=2))
        return
    told = {name: value for name, value in document.items() if value is not None}
    typer.echo("would be published" if dry_run else "published")
    for name, value in ({"client": EVERY_CLIENT} | told).items():
        typer.echo(printable(f"  {name}: {value}"))


def _needed(text: str | None, what: str) -> str:
    if not text:
        raise typer.BadParameter(f"give {what}, or --withdraw to take it back")
    return text


def _day(text: str | None) -> date:
    if text is None:
        return date.today()  # noqa: DTZ011 # the day of who types it
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--since {text} is no day; write it as 2026-03-01") from None
