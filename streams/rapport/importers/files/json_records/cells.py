"""The cells of a JSON object: nested keys are joined by dots, and every value is text."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from rapport.importers.errors import RowError
from rapport.importers.files.table import COLUMNS_MAX, cell_content
from rapport.importers.mapping.columns import LOST_LETTER, Cells, TypedNumber

NESTING_MAX: Final = 8


class JsonObject(dict[str, Any]):
    """An object of a JSON document, with the last key that it has twice."""

    repeated: str | None = None

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.repeated = key
        super().__setitem__(key, value)


def json_cells(line: str) -> Cells | RowError:
    """Return the cells of a JSON object, flattened and as text.

    >>> json_cells('{"id": 7, "fields": {"priority": {"name": "High"}, "done": true, "x": null}}')
    {'id': '7', 'fields.priority.name': 'High', 'fields.done': 'true', 'fields.x': ''}
    """
    try:
        document = json.loads(
            line.strip().lstrip("\ufeff"),
            parse_float=TypedNumber,
            parse_int=TypedNumber,
            object_pairs_hook=_json_object,
        )
    except (ValueError, RecursionError) as error:
        return RowError("the line", f"not JSON: {error}")
    return object_cells(document)


def object_cells(document: Any) -> Cells | RowError:
    """Return the cells of a value that is an object; else why it has none."""
    if not isinstance(document, dict):
        return RowError("the line", "JSON, but not an object")
    cells: Cells = {}
    try:
        _flatten("", document, cells, NESTING_MAX)
    except RecursionError:
        return RowError("the line", "JSON, but nested too deep")
    except RowError as error:
        return error
    return cells


def object_keys(objects: Iterable[Cells | RowError]) -> list[str]:
    """Return the keys of objects, each once, up to as many as a table has columns."""
    keys: dict[str, None] = {}
    for cells in objects:
        keys.update(dict.fromkeys(cells if isinstance(cells, dict) else ()))
    return list(keys)[:COLUMNS_MAX]


def _json_object(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = JsonObject()
    for key, value in pairs:
        found[key] = value
    return found


def _flatten(prefix: str, document: dict[str, Any], cells: Cells, depth: int) -> None:
    repeated = document.repeated if isinstance(document, JsonObject) else None
    if repeated is not None:
        raise RowError("the line", f"the key {prefix + repeated!r} is in one object twice")
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth:
            _flatten(f"{name}.", value, cells, depth - 1)
        else:
            cells[name] = _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return cell_content(value).replace("\0", LOST_LETTER)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return TypedNumber(value)
    return json.dumps(_numbers_as_texts(value))


def _numbers_as_texts(value: Any) -> Any:
    """Return a value with its numbers as texts, which keeps their digits."""
    match value:
        case dict():
            return {key: _numbers_as_texts(one) for key, one in value.items()}
        case list():
            return [_numbers_as_texts(one) for one in value]
        case bool():
            return value
        case int() | Decimal():
            return str(value)
    return value
