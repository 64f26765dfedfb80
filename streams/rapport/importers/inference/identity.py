"""Proposes the id and the client of a row."""

import re
from typing import Any, Final

from rapport.importers.inference import synonyms
from rapport.importers.inference.sample import Sample, are_texts, keys_of
from rapport.importers.inference.values.dates import are_dates
from rapport.importers.mapping.absent import cost_of
from rapport.importers.mapping.schema import Kind
from rapport.importers.rows.row_ids import GROUPED, is_number, without_groups

UNASSIGNED: Final = "unassigned"
CONTENT_MAX: Final = 20
NUMBERS: Final = ("nummer", "number", "nr", "code")
PATH: Final = re.compile(r"\s>\s|::|\\")


def client_table(sample: Sample) -> dict[str, Any]:
    """Return the table `[client]`."""
    column = sample.take("client", synonyms.CLIENT, are_texts)
    if column is None:
        sample.notes[-1] += "; fill in `client.column` or `client.constant`"
        return {"constant": UNASSIGNED}
    if any(PATH.search(value) for value in sample.values(column)):
        sample.notes.append(
            f"{column!r} holds paths such as {sample.values(column)[0]!r}: the whole path is the "
            "client's name; client.values can give a shorter one"
        )
    return {"column": column, "default": UNASSIGNED}


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
