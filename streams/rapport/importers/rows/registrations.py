"""Registrations of clients from rows: id, name to show, owner and aliases."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rapport.importers.mapping.cells import Cell
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.list_cell import optional_list
from rapport.importers.mapping.schema import RegistrationFields
from rapport.importers.rows.header_rows import row_text
from rapport.importers.rows.row import RowEvent
from rapport_schemas.client import ClientRegistered


class RegistrationRows:
    """The mapping of the client registry, bound to a file."""

    def __init__(self, fields: RegistrationFields, header: Header) -> None:
        self._name = Cell(fields.name, header, "registration.name")
        self._owner = Cell(fields.owner, header, "registration.owner")
        self._aliases = optional_list(fields.aliases, header, "registration.aliases")
        self._now = datetime.now(UTC).replace(microsecond=0)
        """A list of clients has no dates: a registration is of the time of its import."""

    def is_blank(self, row: Cells) -> bool:
        """Return whether a row has no owner."""
        return row_text(self._owner.column, row) is None

    def events(self, rows: list[Cells], client: str, _record_id: str) -> Iterator[RowEvent]:
        """Yield the registration of a row."""
        row = rows[0]
        data = ClientRegistered(
            client=client,
            name=str(self._name.needed(row)),
            owner=str(self._owner.needed(row)),
            aliases=self._aliases.texts(row) if self._aliases else [],
        )
        yield RowEvent("registration", data, self._now)
