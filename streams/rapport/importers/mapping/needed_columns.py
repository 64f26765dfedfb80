"""The columns that a mapping needs in a file, and those that it can do without."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from rapport.importers.mapping.absent import cost_of
from rapport.importers.mapping.dates.options import TimestampOptions
from rapport.importers.mapping.schema import (
    TABLE_OF_KIND,
    AmountOptions,
    CellOptions,
    Mapping,
    SlaOptions,
)

SHOWN: Final = 3
REQUIRED: Final = frozenset(
    {
        "ticket.opened_at",
        "ticket.priority",
        "ticket.kind",
        "purchase.purchased_on",
        "purchase.supplier",
        "purchase.amount",
        "purchase.amount.currency",
        "survey.answered_at",
        "survey.survey_id",
        "survey.viewpoint",
        "client",
        *("touchpoint.held_at", "touchpoint.kind", "touchpoint.roles"),
        *("signal.heard_at", "signal.signal"),
        *("profile.updated_at", "profile.facet", "profile.held_from"),
        *("promise.settled_at", "promise.kept"),
        *("proposal.decided_at", "proposal.initiated_by", "proposal.accepted"),
        *("registration.name", "registration.owner"),
    }
)
"""Fields that a file must have, unless the mapping has a constant or a default for them."""


class ColumnNeed(NamedTuple):
    """One part of the contract, and the names of columns that can hold it: one is enough."""

    field: str
    columns: tuple[str, ...]
    required: bool
    without: str
    """What is lost in a file that has none of the columns."""


def column_needs(mapping: Mapping) -> list[ColumnNeed]:
    """Return the needs of a mapping, in the order of its fields."""
    return [
        *_ids(mapping),
        *_cell("client", mapping.client),
        *(need for table in TABLE_OF_KIND.values() for need in _table(table, mapping)),
    ]


def needs_text(needs: Iterable[ColumnNeed]) -> str:
    """Return the required columns in one line: alternatives are joined by a slash.

    >>> needs_text([ColumnNeed("id", ("number", "Number", "No", "Nr"), True, "")])
    'number / Number / No / …'
    """
    return ", ".join(
        " / ".join([*need.columns[:SHOWN], *(["…"] if len(need.columns) > SHOWN else [])])
        for need in needs
        if need.required
    )


def _ids(mapping: Mapping) -> Iterator[ColumnNeed]:
    for names in mapping.id.columns:
        yield ColumnNeed(
            "id", tuple(names), required=True, without="no row can be read: it has no id"
        )
    if mapping.id.content:
        names = [name for columns in mapping.id.content for name in columns]
        yield ColumnNeed(
            "id", tuple(names), required=True, without="no row can be read: it has no content"
        )


def _table(path: str, mapping: Mapping) -> Iterator[ColumnNeed]:
    table = getattr(mapping, path)
    for name in type(table).model_fields if table is not None else ():
        yield from _field(f"{path}.{name}", getattr(table, name))


def _field(path: str, value: Any) -> Iterator[ColumnNeed]:
    match value:
        case AmountOptions():
            yield from _columns(path, value.column, is_free=False)
            if value.currency is not None:
                yield from _cell(f"{path}.currency", value.currency)
        case SlaOptions():
            yield from _columns(path, value.column or value.due.date, is_free=True)
        case CellOptions():
            yield from _cell(path, value)
        case TimestampOptions():
            yield from _columns(path, value.date, is_free=False)
        case [str(), *_]:
            yield from _columns(path, value, is_free=False)
        case [CellOptions(), *_]:
            names = [name for answer in value for name in answer.column]
            yield ColumnNeed(path, tuple(names), required=True, without="no answer can be read")


def _cell(path: str, cell: CellOptions) -> Iterator[ColumnNeed]:
    yield from _columns(path, cell.column, is_free=cell.default is not None)


def _columns(path: str, names: Iterable[str], *, is_free: bool) -> Iterator[ColumnNeed]:
    columns = tuple(names)
    if columns:
        yield ColumnNeed(path, columns, path in REQUIRED and not is_free, cost_of(path))
