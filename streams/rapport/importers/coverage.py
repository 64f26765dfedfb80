"""Coverage: the columns that an import took, and the fields of the contract without a column."""

from collections.abc import Iterator
from typing import NamedTuple, get_args

from rapport.importers.mapping.columns import Header
from rapport.importers.mapping.schema import CellOptions, Mapping, SlaOptions, SurveyFields
from rapport_schemas.fields import Question


class Coverage(NamedTuple):
    """How much of a contract a file fills."""

    columns: dict[str, list[str]]
    """Field of the mapping -> its columns in the file."""
    not_found: list[str]
    """Fields that get their value neither from a column nor from a constant."""


def coverage(mapping: Mapping, header: Header) -> Coverage:
    """Return the columns of a mapping that a bound header has, and the fields that it has not."""
    taken = {field: list(names) for field, names in header.bindings.items() if names}
    columns = {field: names for field, names in taken.items() if not field.startswith("skip.")}
    return Coverage(columns, [field for field in _fields(mapping) if not _is_filled(field, taken)])


def _is_filled(field: str, taken: dict[str, list[str]]) -> bool:
    return any(name == field or name.startswith(f"{field}.") for name in taken)


def _fields(mapping: Mapping) -> Iterator[str]:
    """Yield the fields that need a column."""
    table = mapping.table
    if mapping.client.constant is None:
        yield "client"
    for name, value in table:
        if name not in {"rows", "answers"} and not _is_constant(value):
            yield f"{mapping.table_name}.{name}"
    if isinstance(table, SurveyFields):
        yield from (f"survey.answers.{question}" for question in get_args(get_args(Question)[0]))


def _is_constant(value: object) -> bool:
    if isinstance(value, SlaOptions):
        return bool(value.hours)
    return isinstance(value, CellOptions) and value.constant is not None
