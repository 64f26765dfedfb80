"""Clients and their places in the organisation from a table: what would change, row by row."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rapport.admin.registry import valid_event
from rapport.domain.clients.registry import (
    Client,
    Directory,
    RegistryError,
    find_client,
    nearest_ids,
    new_client,
    with_aliases,
)
from rapport.importers.errors import RowError
from rapport.importers.files.open import open_table
from rapport.importers.files.table import Row
from rapport.importers.mapping.schema import FileOptions
from rapport_schemas.client import AccountRole, ClientRegistered, OrganisationDescribed
from rapport_schemas.wire.errors import RapportError

ROWS_MAX: Final = 100_000
ERRORS_SHOWN: Final = 20
REGISTRY_COLUMNS: Final = ("client", "name", "owner", "aliases")
PLACE_COLUMNS: Final = ("group", "size", "sector", "review_on", "roles")
COLUMNS: Final = (*REGISTRY_COLUMNS, *PLACE_COLUMNS)


class ClientImportError(RapportError):
    """A table of clients that cannot be taken; nothing of it was written."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a row changes; None where it changes nothing."""

    client: str
    is_new: bool
    registration: ClientRegistered | None
    place: OrganisationDescribed | None


def planned_changes(
    file: Path, directory: Directory, places: Mapping[str, OrganisationDescribed]
) -> list[Change]:
    """Return the changes of a file against the present registry and places; it changes neither.

    Raises `ClientImportError` with every row that cannot be taken, the first 20 of them.
    """
    future, changes, errors = _copy(directory), dict[str, Change](), list[str]()
    for row in _rows(file):
        try:
            change = _change(_cells(row), future, places)
        except (RegistryError, ClientImportError) as error:
            errors.append(f"line {row.line}: {error}")
            continue
        if change.client in changes:
            errors.append(f"line {row.line}: client {change.client!r} has a row before this one")
        changes[change.client] = change
        if change.registration is not None:
            future.put(change.client, change.registration)
    if errors:
        more = len(errors) - ERRORS_SHOWN
        shown = [*errors[:ERRORS_SHOWN], *([f"and {more} more lines"] if more > 0 else [])]
        raise ClientImportError(f"{file}: nothing was written.\n  " + "\n  ".join(shown))
    return [one for one in changes.values() if one.registration or one.place]


def _rows(file: Path) -> Iterator[Row]:
    table = open_table(file, FileOptions())
    try:
        _check_columns(file, table.header)
        for count, row in enumerate(table.rows(), 1):
            if count > ROWS_MAX:
                raise ClientImportError(f"{file} has more than {ROWS_MAX:,} rows; split it")
            yield row
    finally:
        table.close()


def _check_columns(file: Path, header: Iterable[str]) -> None:
    names = list(header)
    for name in names:
        if name not in COLUMNS:
            near = nearest_ids(name.strip().casefold(), dict(zip(COLUMNS, COLUMNS, strict=True)))
            raise ClientImportError(
                f"{file}: the column {name!r} is none of {', '.join(COLUMNS)}{near}"
            )
    if "client" not in names:
        raise ClientImportError(f"{file} has no column `client`, the id of each client")


def _cells(row: Row) -> dict[str, str]:
    if isinstance(row.cells, RowError):
        raise ClientImportError(row.cells.reason)
    return {name: str(cell or "").strip() for name, cell in row.cells.items()}


def _change(
    cells: Mapping[str, str], directory: Directory, places: Mapping[str, OrganisationDescribed]
) -> Change:
    client, is_new = cells["client"], False
    if client in directory or not {"name", "owner"} <= cells.keys():
        client = find_client(directory, client).id
        registration = _changed_registration(directory[client], cells, directory)
    else:
        is_new = True
        registration = new_client(
            directory, client, cells["name"], cells["owner"], _listed(cells.get("aliases", ""))
        )
    return Change(client, is_new, registration, _changed_place(client, cells, places))


def _changed_registration(
    client: Client, cells: Mapping[str, str], directory: Directory
) -> ClientRegistered | None:
    """Return the registration of a known client, if a filled cell differs from it."""
    wanted = _listed(cells.get("aliases", ""))
    others = [alias for alias in client.aliases if alias not in wanted] if wanted else []
    changed = with_aliases(directory, client.id, wanted, others)
    changed = valid_event(
        ClientRegistered,
        client=client.id,
        name=cells.get("name") or client.name,
        owner=cells.get("owner") or client.owner,
        aliases=changed.aliases,
    )
    same = (changed.name, changed.owner, set(changed.aliases)) == (
        client.name,
        client.owner,
        set(client.aliases),
    )
    return None if same else changed


def _changed_place(
    client: str, cells: Mapping[str, str], places: Mapping[str, OrganisationDescribed]
) -> OrganisationDescribed | None:
    """Return the place of a client, if a column differs from it; an empty cell clears a field."""
    named = [name for name in PLACE_COLUMNS if name in cells]
    present = places.get(client) or OrganisationDescribed(client=client, group=[], roles=[])
    fields: dict[str, Any] = {name: getattr(present, name) for name in type(present).model_fields}
    for name in named:
        fields[name] = _PLACE_READERS[name](cells[name])
    changed = valid_event(OrganisationDescribed, **fields)
    return None if changed == present else changed


def _listed(cell: str, separator: str = "|") -> list[str]:
    return [text for one in cell.split(separator) if (text := one.strip())]


def _size(cell: str) -> int | None:
    """Return a number of people.

    >>> _size("120"), _size("")
    (120, None)
    """
    if not cell:
        return None
    if not re.fullmatch(r"[0-9]{1,9}(\.0+)?", cell):
        raise ClientImportError(f"size is {cell!r}: write a whole number of people, as 120")
    return int(cell.partition(".")[0])


def _day(cell: str) -> date | None:
    if not cell:
        return None
    try:
        return date.fromisoformat(cell[:10])
    except ValueError:
        raise ClientImportError(f"review_on is {cell!r}: write a day as 2026-09-01") from None


def _roles(cell: str) -> list[AccountRole]:
    """Return the roles of `role=team | role=team`."""
    roles = []
    for one in _listed(cell):
        role, equals, team = (part.strip() for part in one.partition("="))
        if not equals:
            raise ClientImportError(f"roles has {one!r}: write role=team, and | between two")
        roles.append(valid_event(AccountRole, role=role, held_by=team))
    return roles


_PLACE_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "group": lambda cell: _listed(cell, ">"),
    "size": _size,
    "sector": lambda cell: cell or None,
    "review_on": _day,
    "roles": _roles,
}


def _copy(directory: Iterable[Client]) -> Directory:
    copy = Directory()
    for client in directory:
        copy.register(client)
    return copy
