"""Events that only people know, from rows: touchpoints, signals, profiles, promises, proposals."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final

from pydantic import BaseModel

from rapport.importers.mapping.cells import Cell, optional_cell
from rapport.importers.mapping.columns import Cells, Header
from rapport.importers.mapping.dates.cell import DateCell
from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.dates.reader import DateReader
from rapport.importers.mapping.list_cell import ListOfValues, optional_list
from rapport.importers.mapping.schema import (
    Mapping,
    ProfileFields,
    PromiseFields,
    ProposalFields,
    SignalFields,
    TouchpointFields,
)
from rapport.importers.rows.header_rows import has_digit, row_text
from rapport.importers.rows.row import RowEvent
from rapport.importers.rows.row_filters import SkippedRow
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseSettled,
    ProposalDecided,
    SignalHeard,
    TouchpointHeld,
)

NO_ROLE: Final = "no role of IT took part"


class _Fields(ABC):
    """The fields of one kind, bound to a file."""

    slot: ClassVar[str]
    model: ClassVar[type[BaseModel]]

    def __init__(self, at: TimestampOptions, name: str, header: Header, dates: DateReader) -> None:
        self.at = DateCell(at, header, dates, f"{self.slot}.{name}", optional=False)

    @abstractmethod
    def values(self, row: Cells) -> dict[str, Any]:
        """Return the values of the contract, without the client."""


class _Touchpoints(_Fields):
    slot, model = "touchpoint", TouchpointHeld

    def __init__(self, fields: TouchpointFields, header: Header, dates: DateReader) -> None:
        super().__init__(fields.held_at, "held_at", header, dates)
        self._kind = Cell(fields.kind, header, "touchpoint.kind")
        self._roles = ListOfValues(fields.roles, header, "touchpoint.roles")
        self._teams = optional_list(fields.teams, header, "touchpoint.teams")
        self._topics = optional_list(fields.topics, header, "touchpoint.topics")
        self._carried = optional_cell(fields.message_carried, header, "touchpoint.message_carried")
        self._note = header.find_any(fields.note, "touchpoint.note")

    def values(self, row: Cells) -> dict[str, Any]:
        roles = self._roles.texts(row)
        if not roles:
            raise SkippedRow(NO_ROLE)
        return {
            "kind": self._kind.needed(row),
            "roles": roles,
            "teams": _texts(self._teams, row),
            "topics": _texts(self._topics, row),
            "message_carried": self._carried.truth(row) if self._carried else None,
            "note": self._note.text(row),
        }


class _Signals(_Fields):
    slot, model = "signal", SignalHeard

    def __init__(self, fields: SignalFields, header: Header, dates: DateReader) -> None:
        super().__init__(fields.heard_at, "heard_at", header, dates)
        self._signal = Cell(fields.signal, header, "signal.signal")
        self._note = header.find_any(fields.note, "signal.note")

    def values(self, row: Cells) -> dict[str, Any]:
        return {"signal": self._signal.needed(row), "note": self._note.text(row)}


class _Profiles(_Fields):
    slot, model = "profile", ProfileUpdated

    def __init__(self, fields: ProfileFields, header: Header, dates: DateReader) -> None:
        super().__init__(fields.updated_at, "updated_at", header, dates)
        self._facet = Cell(fields.facet, header, "profile.facet")
        self._held_from = Cell(fields.held_from, header, "profile.held_from")
        self._statement = header.find_any(fields.statement, "profile.statement")
        self._link = header.find_any(fields.link, "profile.link")

    def values(self, row: Cells) -> dict[str, Any]:
        return {
            "facet": self._facet.needed(row),
            "held_from": self._held_from.needed(row),
            "statement": self._statement.text(row),
            "link": self._link.text(row),
        }


class _Promises(_Fields):
    slot, model = "promise", PromiseSettled

    def __init__(self, fields: PromiseFields, header: Header, dates: DateReader) -> None:
        super().__init__(fields.settled_at, "settled_at", header, dates)
        self._kept = Cell(fields.kept, header, "promise.kept")

    def values(self, row: Cells) -> dict[str, Any]:
        return {"kept": self._kept.needed_truth(row)}


class _Proposals(_Fields):
    slot, model = "proposal", ProposalDecided

    def __init__(self, fields: ProposalFields, header: Header, dates: DateReader) -> None:
        super().__init__(fields.decided_at, "decided_at", header, dates)
        self._initiated_by = Cell(fields.initiated_by, header, "proposal.initiated_by")
        self._accepted = Cell(fields.accepted, header, "proposal.accepted")

    def values(self, row: Cells) -> dict[str, Any]:
        accepted = self._accepted.needed_truth(row)
        return {"initiated_by": self._initiated_by.needed(row), "accepted": accepted}


_FIELDS: Final[dict[str, Callable[[Any, Header, DateReader], _Fields]]] = {
    fields.slot: fields for fields in (_Touchpoints, _Signals, _Profiles, _Promises, _Proposals)
}
"""Table of a mapping -> its fields, bound to a file."""


class RelationshipRows:
    """The mapping of one kind of relationship events, bound to a file."""

    def __init__(self, mapping: Mapping, header: Header, dates: DateReader) -> None:
        self._fields = _FIELDS[mapping.table_name](mapping.table, header, dates)
        self._each = mapping.client.each

    def is_blank(self, row: Cells) -> bool:
        """Return whether a row has no date where the mapping says."""
        return not has_digit(row_text(self._fields.at.date, row))

    def events(self, rows: list[Cells], client: str, _record_id: str) -> Iterator[RowEvent]:
        """Yield the event of a row; raises `RowError` or `SkippedRow`."""
        row, fields = rows[0], self._fields
        at = fields.at.needed(row).at
        data = fields.model(client=client, **fields.values(row))
        yield RowEvent(f"{fields.slot}/{client}" if self._each else fields.slot, data, at)


def _texts(values: ListOfValues | None, row: Cells) -> list[str]:
    return values.texts(row) if values is not None else []
