"""The cells of a JSON object: nested keys are joined by dots, and every value is text."""

import json
from typing import Final

from rapport.importers.errors import RowError
from rapport.importers.files.table import cell_content, unreadable
from rapport.importers.mapping.columns import Cells, TypedNumber

NESTING_MAX: Final = 8


def json_cells(line: str) -> Cells | RowError:
    """Return the cells of a JSON object, flattened and as text.

    >>> json_cells('{"id": 7, "fields": {"priority": {"name": "High"}, "done": true, "x": null}}')
    {'id': '7', 'fields.priority.name': 'High', 'fields.done': 'true', 'fields.x': ''}
    """
    try:
        document = json.loads(
            line.strip().lstrip("\ufeff"), parse_float=TypedNumber, parse_int=TypedNumber
        )
    except (ValueError, RecursionError) as error:
        return RowError("the line", f"not JSON: {error}")
    if not isinstance(document, dict):
        return RowError("the line", "JSON, but not an object")
    cells: Cells = {}
    _flatten("", document, cells, NESTING_MAX)
    return unreadable(list(cells.values())) or cells


def _flatten(prefix: str, document: dict[str, object], cells: Cells, depth: int) -> None:
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth:
            _flatten(f"{name}.", value, cells, depth - 1)
        elif value is None:
            cells[name] = ""
        else:
            cells[name] = cell_content(value) if isinstance(value, str) else json.dumps(value)
