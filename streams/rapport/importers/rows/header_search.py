"""Finds the header of a file: the row, and the sheet, that have the columns of a mapping."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rapport.importers.errors import ImportFailed
from rapport.importers.files.headers import HeaderCandidate, Headers, OtherSheet
from rapport.importers.files.open import HEADER_ROWS_MAX
from rapport.importers.files.table import unique_names
from rapport.importers.mapping.columns import plain
from rapport.importers.mapping.schema import Mapping

NO_COLUMNS = frozenset({"layouts", "missing", "no_answer", "values"})
"""Lists of a mapping that name no columns."""


def known_columns(mapping: Mapping, names: list[str]) -> int:
    """Return how many names of a header are columns of a mapping."""
    columns = {plain(name) for name in columns_of(mapping)}
    return len({plain(name.split("#")[0]) for name in names} & columns)


def columns_of(value: Any) -> Iterator[str]:
    """Yield the name of every column in a table of a mapping."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name == "skip":
                yield from getattr(value, name)
            elif name not in NO_COLUMNS:
                yield from columns_of(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, str):
                yield one
            else:
                yield from columns_of(one)


def refusal(
    path: Path,
    mapping: Mapping,
    headers: Headers,
    errors: list[tuple[HeaderCandidate, ImportFailed]],
) -> ImportFailed:
    """Return the error for a file without the columns, about the row that has the most of them."""
    counts = [known_columns(mapping, unique_names(one.names)) for one, _ in errors]
    best = counts.index(max(counts))
    candidate, error = errors[best]
    text = str(error)
    if counts[best] and candidate.row > 1:
        text = f"row {candidate.row} looks like the header; {text}"
    elif not counts[best] and mapping.file.header_row is None and len(counts) == HEADER_ROWS_MAX:
        text += (
            f"; the header was looked for in the first {HEADER_ROWS_MAX} rows: if it is below "
            "them, `header_row` in `[file]` of the mapping says its row"
        )
    if candidate.sheet is not None:
        text = f"{path}, sheet {candidate.sheet!r}: {text}{_others(candidate, headers)}"
    return ImportFailed(text)


def _others(candidate: HeaderCandidate, headers: Headers) -> str:
    """Return the other sheets of a file in words."""
    sheets = dict.fromkeys(one.sheet for one in headers.candidates)
    others = [repr(sheet) for sheet in sheets if sheet != candidate.sheet]
    others += headers.passed_over
    if not others:
        return ""
    return f"; the other sheets are {', '.join(others)}, --sheet NAME reads one of them"


def passed_over(
    candidate: HeaderCandidate, headers: Headers, fitting: set[str | None]
) -> list[OtherSheet]:
    """Return the sheets that are not read, each with the reason."""
    others = []
    for sheet in dict.fromkeys(one.sheet for one in headers.candidates):
        if sheet != candidate.sheet:
            fits = sheet in fitting
            reason = "it has the columns too" if fits else "without the columns"
            others.append(OtherSheet(sheet, reason, has_columns=fits))
    return [*others, *headers.passed_over]
