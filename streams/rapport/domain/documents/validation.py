"""Validation of configuration documents; errors name the key, its line and the allowed values."""

from difflib import get_close_matches
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rapport.domain.documents.fields import allowed_at, document_fields, section_at
from rapport.domain.documents.toml import Document, Location
from rapport_schemas.currencies import CURRENCY_PATTERN
from rapport_schemas.wire.errors import RapportError

REASONS_MAX: Final = 20
SHOWN_CHARACTERS_MAX: Final = 60
_TABLES: Final = {"model_type", "model_attributes_type", "dict_type"}
Model = TypeVar("Model", bound=BaseModel)


def validate(
    model: type[Model], document: Document, error: type[RapportError], *, secret: bool = False
) -> Model:
    """Return the document as a model; raises `error` with one line per problem.

    The message shows no value of a `secret` document: a password may be under the wrong key.
    """
    try:
        return model.model_validate(document.values)
    except ValidationError as wrong:
        raise error(_refusal(document, _reasons(model, wrong, document, secret=secret))) from None


def check_numbers(model: type[BaseModel], document: Document, error: type[RapportError]) -> None:
    """Raise `error` where a number is text or a boolean; pydantic accepts both."""
    lines = []
    for field in document_fields(model):
        value: object = document.values
        for step in field.location:
            value = value.get(step) if isinstance(value, dict) else None
        if field.numeric and isinstance(value, bool | str):
            reason = f"{_shorten(value)}: no number{allowed_at(model, field.location)}"
            lines.append(f"  {_locate(document, field.location)}: {reason}")
    if lines:
        raise error(_refusal(document, lines))


def _refusal(document: Document, lines: list[str]) -> str:
    return "\n".join((f"{document.name} is refused:", *lines))


def _reasons(
    model: type[BaseModel], wrong: ValidationError, document: Document, *, secret: bool
) -> list[str]:
    """Return one line per problem, up to a bound."""
    lines = [
        f"  {_locate(document, item['loc'])}: {_reason(model, item, secret=secret)}"
        for item in wrong.errors(include_url=False)[:REASONS_MAX]
    ]
    if wrong.error_count() > REASONS_MAX:
        lines.append(f"  and {wrong.error_count() - REASONS_MAX} more")
    return lines


def _reason(model: type[BaseModel], item: ErrorDetails, *, secret: bool) -> str:
    """Return the problem of one value, and the allowed values."""
    location, kind = item["loc"], item["type"]
    section = section_at(model, location[:-1])
    if kind == "extra_forbidden" and section is not None:
        names = [info.alias or name for name, info in section.model_fields.items()]
        near = get_close_matches(str(location[-1]), names, 1, 0.6)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return f"unknown key{hint}; allowed keys: {', '.join(names)}"
    if kind == "missing":
        return f"missing{allowed_at(model, location)}"
    if kind == "value_error":
        return item["msg"].removeprefix("Value error, ")
    if kind in _TABLES:
        return "must be a table of keys and values"
    value = "" if secret else f"{_shorten(item['input'])}: "
    if kind == "string_pattern_mismatch" and item["ctx"]["pattern"] == CURRENCY_PATTERN:
        return f"{value}no currency of ISO 4217"
    return f"{value}{item['msg'][0].lower()}{item['msg'][1:]}{allowed_at(model, location)}"


def _locate(document: Document, location: Location) -> str:
    """Return a key and its line, or the line of the nearest table above it."""
    if not location:
        return "the document"
    lines = document.key_lines()
    ancestors = (location[:length] for length in range(len(location), 0, -1))
    line = next((lines[ancestor] for ancestor in ancestors if ancestor in lines), None)
    name = _shorten_text(".".join(map(str, location)))
    return f"{name} ({'not in the file' if line is None else f'line {line}'})"


def _shorten(value: object) -> str:
    """Return a value as text of bounded length."""
    return _shorten_text(repr(value) if isinstance(value, str) else str(value))


def _shorten_text(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}..."
