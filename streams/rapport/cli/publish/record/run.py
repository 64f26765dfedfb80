"""Runs `rapport record`: asks for what is missing, publishes, and says how to take it back."""

import json
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

import typer

from rapport.cli.known_client import known_client
from rapport.cli.options import checked_kafka_to_write, kafka_to_write
from rapport.cli.publish.record.events import (
    NewEvent,
    day_of_id,
    recorded,
    second_of,
    taken_back,
    time_of,
)
from rapport.cli.publish.record.fields import RecordField
from rapport.cli.publish.record.kinds import DAY_FIELDS, SETTLEMENT, RecordKind
from rapport.cli.publish.record.present import present_state

TRIES_MAX: Final = 10
"""Answers to one question."""


class Request(NamedTuple):
    """What was typed."""

    kind: RecordKind
    fields: tuple[RecordField, ...]
    client: str | None
    options: Mapping[str, Any]


def run(request: Request) -> None:
    """Publish what was typed; on a terminal, ask for what is missing."""
    options, kind = request.options, request.kind
    back, reopened = options["withdraw"], options.get("reopen")
    if back is not None and reopened is not None:
        raise typer.BadParameter("--reopen has no use with --withdraw, which takes back all of it")
    client = _known_client(request.client or _asked_client(), options)
    old_id: str | None = reopened if back is None else back
    if old_id is not None:
        day = options.get("made_on") or options["on"]
        events = taken_back(kind, client, old_id, day, only_settled=back is None)
        _finish(request, client, old_id, events, is_taken_back=True)
        return
    at = time_of(options["on"], datetime.now(UTC))
    entry_id = options.get("entry_id")
    values = _given(request, at)
    present = None
    if entry_id is not None and kind is not SETTLEMENT and _missing(request, values):
        present = present_state(kind, client, entry_id, options)
        values = present.changed(values)
    values = _completed(request, values, at)
    revision = None if present is None else present.revision
    event, name = recorded(kind, client, values, entry_id, at, revision)
    _finish(request, client, name, [event], is_taken_back=False)


def _given(request: Request, at: datetime) -> dict[str, Any]:
    """Return the fields that are given, and those that are the day of the event."""
    values = {field.name: request.options[field.name] or None for field in request.fields}
    for field in request.fields:
        given = request.options[field.name]
        if field.type is bool or given:
            values[field.name] = given
        elif field.name in DAY_FIELDS and (day := _day_of(field.name, at, request)):
            values[field.name] = str(day)
    return values


def _missing(request: Request, values: Mapping[str, Any]) -> list[RecordField]:
    return [each for each in request.fields if each.is_required and values[each.name] is None]


def _completed(request: Request, values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return the fields, with what is missing asked for."""
    missing = _missing(request, values)
    if missing and not stands_on_terminal():
        raise typer.BadParameter(f"{', '.join(each.option for each in missing)} is missing")
    values |= {field.name: _asked(field) for field in missing}
    if values.get("status") == "done" and values["done_on"] is None:
        values["done_on"] = str(at.date())
    return values


def _day_of(name: str, at: datetime, request: Request) -> date | None:
    """Return the day that is meant where none is given: that of the id, else of the event.

    None: that of what is recorded already.
    """
    entry_id: str | None = request.options.get("entry_id")
    if name != "made_on" and entry_id and request.options["on"] is None:
        return None
    known = day_of_id(entry_id) if name == "made_on" and entry_id else None
    if name == "made_on" and entry_id and known is None:
        raise typer.BadParameter(
            f"{entry_id!r} does not begin with its day, as ids of `rapport record` do; give it "
            "with --made-on"
        )
    return known or at.date()


def stands_on_terminal() -> bool:
    """Return whether a person can be asked."""
    return sys.stdin.isatty()


def _asked_client() -> str:
    if not stands_on_terminal():
        raise typer.BadParameter("the client is missing")
    return str(typer.prompt("Client", err=True))


def _asked(field: RecordField) -> Any:
    """Return the answer of a person, asked again until it can be used."""
    choices = ("yes", "no") if field.type is bool else field.choices
    several = ", several with commas between" if field.is_list else ""
    hint = f" ({' | '.join(choices)}{several})" if choices else ""
    typer.echo(field.meaning, err=True)
    for _ in range(TRIES_MAX):
        text = typer.prompt(f"{field.name.replace('_', ' ').capitalize()}{hint}", err=True)
        try:
            return field.read(text.strip())
        except ValueError as error:
            typer.echo(f"{error}; try again", err=True)
    raise typer.BadParameter(f"{field.option} was answered {TRIES_MAX} times with what is no value")


def _known_client(name: str, options: Mapping[str, Any]) -> str:
    """Return the id of a client; a dry run connects to nothing."""
    if options["dry_run"]:
        return name
    kafka = checked_kafka_to_write(options["bootstrap"], options["kafka_config"])
    return known_client(kafka, name)


def _finish(
    request: Request, client: str, name: str, events: list[NewEvent], *, is_taken_back: bool
) -> None:
    """Publish the events unless it is a dry run, and print what was done."""
    dry_run = request.options["dry_run"]
    if not dry_run:
        _publish(request.options, events)
    if request.options["as_json"]:
        shown = {
            "kind": request.kind.name,
            "client": client,
            "id": name,
            "taken_back": is_taken_back,
            "published": not dry_run,
            "events": [_as_json(event) for event in events],
        }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    done = "taken back" if is_taken_back else "recorded"
    verb = f"would be {done}" if dry_run else done
    typer.echo(f"{request.kind.name} of {client} {verb}: {name}")
    if not (is_taken_back or dry_run):
        typer.echo(
            f"take it back with: rapport record {request.kind.name} {client} --withdraw {name}"
        )
    for event in events if dry_run else ():
        typer.echo(json.dumps(_as_json(event), indent=2, ensure_ascii=False))


def _publish(options: Mapping[str, Any], events: list[NewEvent]) -> None:
    from rapport.domain.desk.kinds import RECORDED_SOURCE
    from rapport.publish import Publisher

    kafka = kafka_to_write(options["bootstrap"], options["kafka_config"])
    # The name that Kafka checked: that of the machine's user is not, and any user may choose it.
    login = None if kafka.sasl is None else kafka.sasl.username
    with Publisher(kafka.bootstrap, source=RECORDED_SOURCE, **kafka.security) as publisher:
        receipts = [
            publisher.publish(each.data, id=each.id, time=each.at, recorded_by=login)
            for each in events
        ]
        for receipt in receipts:
            receipt.wait()
    _end_second(events)


def _end_second(events: list[NewEvent]) -> None:
    """Wait until no command has the revision of these events: a revision is a second."""
    last = max((second_of(each.data) for each in events), default=0)
    while (seconds := last + 1 - time.time()) > 0:
        time.sleep(seconds)


def _as_json(event: NewEvent) -> dict[str, Any]:
    from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

    return {
        "type": CONTRACT_OF_MODEL[type(event.data)].type,
        "id": event.id,
        "time": event.at.isoformat(),
        "data": event.data.model_dump(mode="json", exclude_none=True),
    }
