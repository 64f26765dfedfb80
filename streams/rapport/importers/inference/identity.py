"""Proposes the id and the client of a row."""

import re
from collections.abc import Sequence
from typing import Any, Final

from rapport.importers.inference import synonyms
from rapport.importers.inference.sample import Sample, are_texts, keys_of
from rapport.importers.inference.surveys import scale_of
from rapport.importers.inference.values.dates import are_dates
from rapport.importers.mapping.absent import cost_of
from rapport.importers.mapping.schema import Kind
from rapport.importers.rows.row_ids import GROUPED, is_number, without_groups

UNASSIGNED: Final = "unassigned"
CONTENT_MAX: Final = 20
OTHERS_MAX: Final = 5
NUMBERS: Final = ("nummer", "number", "nr", "code")
PATH: Final = re.compile(r"\s>\s|::|\\")


def client_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[client]`."""
    column = _client_column(sample)
    if column is None:
        sample.notes[-1] += "; fill in `client.column` or `client.constant`"
        return {"constant": UNASSIGNED}
    if any(PATH.search(value) for value in sample.values(column)):
        sample.notes.append(
            f"{column!r} holds paths such as {sample.values(column)[0]!r}: the whole path is the "
            "client's name; client.values can give a shorter one"
        )
    return {"column": column, "default": UNASSIGNED}


def _client_column(sample: Sample) -> str | None:
    """Return the client's column: a weak name, such as `Team`, counts only where no other fits."""
    names = tuple(name for name in synonyms.CLIENT if not _has_addresses(sample, name))
    weak = sample.find(synonyms.WEAK_CLIENT)
    if weak is None or sample.find(names) is not None:
        return sample.take("client", names, _are_clients)
    column = sample.by_stem("client", _are_clients)
    if column is None:
        column = weak
        sample.notes.append(
            f"{weak!r} was taken as the client for want of another column, and may be IT's own team"
            f"{_other_texts(sample, weak)}: check client.column"
        )
    sample.taken.add(column)
    return column


def _are_clients(values: Sequence[str]) -> bool:
    """Return whether values are names, and no answers on a scale."""
    return are_texts(values) and scale_of(values) is None


def _has_addresses(sample: Sample, name: str) -> bool:
    """Return whether a column of this name holds people, by their e-mail addresses."""
    return any(
        "@" in value for column in sample.find_all((name,)) for value in sample.values(column)
    )


def _other_texts(sample: Sample, column: str) -> str:
    """Return the other columns whose texts vary and recur, which may be the client, for a note."""
    known = {name for names in synonyms.TICKET.values() for name in sample.find_all(names)}
    others = [
        repr(name)
        for name in sample.header
        if name != column and name not in known and are_texts(sample.values(name))
        if len(set(sample.values(name))) > 1
    ]
    return f"; {', '.join(others[:OTHERS_MAX])} may be the client instead" if others else ""


def id_table(sample: Sample, kind: Kind) -> dict[str, Any]:
    """Return the table `[id]`: a column in which no value repeats, else the row's content."""
    columns = sample.find_all(synonyms.IDS[kind]) or _unnamed_ids(sample)
    for column in columns:
        values = sample.values(column)
        if len(set(values)) == len(values) == len(sample.rows):
            return _ids(sample, column)
    if columns and kind == "tickets":
        return _ids(sample, columns[0])
    sample.notes.append(f"no column has unique ids: {cost_of('id')}")
    return {"content": sample.header[:CONTENT_MAX]}


def _unnamed_ids(sample: Sample) -> list[str]:
    """Return a column that is an id by a part of its name, with another value in each row."""
    for column in sample.header:
        values = sample.values(column)
        words = keys_of(column)[-1].split("-")
        is_named = any(word in synonyms.STEMS["ids"] or word.endswith(NUMBERS) for word in words)
        is_unique = len(set(values)) == len(values) == len(sample.rows) > 1
        if is_named and is_unique and column not in sample.taken and not are_dates(values):
            sample.notes.append(f"{column!r} was taken as the id by a part of its name: check it")
            return [column]
    return []


def _ids(sample: Sample, column: str) -> dict[str, Any]:
    sample.taken.add(column)
    values = sample.values(column)
    grouped = [value for value in values if GROUPED.fullmatch(value)]
    if not grouped or not all(is_number(value) for value in values):
        return {"columns": [column]}
    example = grouped[0]
    sample.notes.append(
        f"{column!r} has spaces between its thousands: {example!r} is read as "
        f"{without_groups(example)!r}, so that an export without them has the same ids"
    )
    return {"columns": [column], "grouped_digits": True}
