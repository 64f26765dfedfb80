"""Events of `rapport record`: from what was typed to the events to publish."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

import typer
from pydantic import BaseModel
from pydantic_core import to_json

from rapport.cli.publish.record.kinds import RecordKind
from rapport.domain.calendar import CLOCK_SKEW_SECONDS
from rapport.domain.desk.revisions import REVISIONS_BEGIN, newest_revision
from rapport_schemas.desk import EntryCancelled
from rapport_schemas.relationship import RelationshipWithdrawn
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL
from rapport_schemas.wire.rejection import Rejected

DATE_CHARACTERS: Final = len("2026-03-02")
NOON: Final = time(12, tzinfo=UTC)
"""Time of an event of which only the day is known: it is that day in most time zones."""


class NewEvent(NamedTuple):
    """One event to publish."""

    data: BaseModel
    id: str
    at: datetime


def time_of(text: str | None, now: datetime) -> datetime:
    """Return the time that was typed, as a day or as a time with its zone; `now` for none.

    >>> now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> time_of("2026-03-01", now).hour, time_of("2026-03-02", now).hour
    (12, 9)
    """
    if text is None:
        return now
    try:
        if len(text) == DATE_CHARACTERS:
            day = date.fromisoformat(text)
            # A day that has begun somewhere may have its noon to come.
            at = datetime.combine(day, NOON)
            return min(at, now) if day <= now.date() else _not_later(at, now, text)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"--on is {text!r}; expected a day such as 2026-03-02, or a time such as "
            "2026-03-02T14:00+01:00"
        ) from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"--on is {text!r}, without a time zone; add it, such as +01:00")
    return _not_later(at, now, text)


def _not_later(at: datetime, now: datetime, text: str) -> datetime:
    if at > now + timedelta(seconds=CLOCK_SKEW_SECONDS):
        raise typer.BadParameter(f"--on is {text!r}, which is still to come")
    return at


def new_id(day: date) -> str:
    """Return a new id that begins with a day, by which it is found when it is taken back."""
    return f"{day}-{uuid.uuid4().hex[:10]}"


def day_of_id(text: str) -> date | None:
    """Return the day with which an id begins.

    >>> day_of_id("2026-03-02-1f9ac3d4e5"), day_of_id("P-17")
    (datetime.date(2026, 3, 2), None)
    """
    with suppress(ValueError):
        return date.fromisoformat(text[:DATE_CHARACTERS])
    return None


def recorded(
    kind: RecordKind,
    client: str,
    values: Mapping[str, Any],
    entry_id: str | None,
    at: datetime,
    present: int | None = None,
) -> tuple[NewEvent, str]:
    """Return the event, and the id by which it is taken back; `present` is the present revision."""
    given = {name: value for name, value in values.items() if value is not None}
    at_day = at.astimezone(UTC).date()
    if kind.id_field is None:
        name = new_id(at_day)
        return NewEvent(checked(kind.model, {"client": client, **given}), name, at), name
    name = entry_id or new_id(date.fromisoformat(given.get("made_on", str(at_day))))
    revision = newest_revision(int(datetime.now(UTC).timestamp()), present)
    data = {"client": client, kind.id_field: name, "revision": revision, **given}
    return NewEvent(checked(kind.model, data), new_id(at_day), at), name


def taken_back(
    kind: RecordKind, client: str, name: str, made_on: str | None, *, only_settled: bool
) -> list[NewEvent]:
    """Return the events that take back what has the id `name`."""
    now = datetime.now(UTC)
    revision = newest_revision(int(now.timestamp()))
    cancelled = {"client": client, "entry_id": name, "revision": revision}
    day = made_on or str(day_of_id(name) or "")
    events: list[tuple[type[BaseModel], dict[str, Any]]] = []
    if kind.id_field is None:
        withdrawn = {"client": client, "event_id": name, "occurred_on": _needed(day, name, "--on")}
        events.append((RelationshipWithdrawn, withdrawn))
    elif kind.name != "promise":
        events.append((EntryCancelled, {**cancelled, "kind": kind.name}))
    else:
        made = _needed(day, name, "--made-on")
        events.append((EntryCancelled, {**cancelled, "kind": "settlement", "made_on": made}))
        if not only_settled:
            events.append((EntryCancelled, {**cancelled, "kind": "promise"}))
    return [NewEvent(checked(*event), new_id(now.date()), now) for event in events]


def second_of(data: BaseModel) -> int:
    """Return the second since 1970-01-01 that a revision stands for; 0 without a revision.

    >>> second_of(EntryCancelled(client="finance", kind="note", entry_id="n", revision=60))
    1577836860
    """
    revision = getattr(data, "revision", None)
    return 0 if revision is None else REVISIONS_BEGIN + int(revision)


def _needed(day: str, name: str, option: str) -> str:
    if not day:
        raise typer.BadParameter(
            f"{name!r} does not begin with its day, as ids of `rapport record` do; give it "
            f"with {option}"
        )
    return day


def checked(model: type[BaseModel], data: Mapping[str, Any]) -> BaseModel:
    """Return the model of JSON values; refuses what breaks the contract, as wrong use."""
    try:
        decoded: BaseModel = CONTRACT_OF_MODEL[model].decode(to_json(data))
    except Rejected as error:
        where = error.path.removeprefix("data").lstrip(".") or "the event"
        raise typer.BadParameter(f"{where}: {error.detail}") from None
    return decoded
