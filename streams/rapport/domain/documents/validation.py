"""Validates a configuration document; an error names the key, its line and what is allowed."""

from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rapport.domain.documents.toml import Document, Location
from rapport.domain.policy.fields import allowed_at, policy_fields, section_at
from rapport_schemas.currencies import CURRENCY_PATTERN
from rapport_schemas.wire.errors import RapportError

REASONS_MAX: Final = 20
SHOWN_CHARACTERS_MAX: Final = 60
_TABLES: Final = {"model_type", "model_attributes_type", "dict_type"}
Model = TypeVar("Model", bound=BaseModel)


def validate(
    model: type[Model], document: Document, error: type[RapportError], *, secret: bool = False
) -> Model:
    """Return the document as a model; raises `error` with a line for each thing that is wrong.

    Of a `secret` document no value is shown: a password may stand in the wrong place.
    """
    try:
        return model.model_validate(document.values)
    except ValidationError as wrong:
        raise error(_refusal(document, _reasons(model, wrong, document, secret=secret))) from None


def check_numbers(model: type[BaseModel], document: Document, error: type[RapportError]) -> None:
    """Raise `error` where text or a truth value stands for a number: pydantic accepts "90"."""
    lines = []
    for field in policy_fields(model):
        value: object = document.values
        for step in field.place:
            value = value.get(step) if isinstance(value, dict) else None
        if field.numeric and isinstance(value, bool | str):
            reason = f"{_shorten(value)}: no number{allowed_at(model, field.place)}"
            lines.append(f"  {_locate(document, field.place)}: {reason}")
    if lines:
        raise error(_refusal(document, lines))


def _refusal(document: Document, lines: list[str]) -> str:
    return "\n".join((f"{document.name} is refused:", *lines))


def _reasons(
    model: type[BaseModel], wrong: ValidationError, document: Document, *, secret: bool
) -> list[str]:
    """Return a line for each thing that is wrong, up to a bound."""
    lines = [
        f"  {_locate(document, item['loc'])}: {_reason(model, item, secret=secret)}"
        for item in wrong.errors(include_url=False)[:REASONS_MAX]
    ]
    if wrong.error_count() > REASONS_MAX:
        lines.append(f"  and {wrong.error_count() - REASONS_MAX} more")
    return lines


def _reason(model: type[BaseModel], item: ErrorDetails, *, secret: bool) -> str:
    """Return what is wrong with one value, and what is allowed there."""
    place, kind = item["loc"], item["type"]
    section = section_at(model, place[:-1])
    if kind == "extra_forbidden" and section is not None:
        names = (info.alias or name for name, info in section.model_fields.items())
        return f"unknown key; known here: {', '.join(names)}"
    if kind == "missing":
        return f"missing{allowed_at(model, place)}"
    if kind == "value_error":
        return item["msg"].removeprefix("Value error, ")
    if kind in _TABLES:
        return "must be a table of keys and values"
    found = "" if secret else f"{_shorten(item['input'])}: "
    if kind == "string_pattern_mismatch" and item["ctx"]["pattern"] == CURRENCY_PATTERN:
        return f"{found}no currency of ISO 4217"
    return f"{found}{item['msg'][0].lower()}{item['msg'][1:]}{allowed_at(model, place)}"


def _locate(document: Document, location: Location) -> str:
    """Return a key and its line, or the line of what is nearest above it."""
    if not location:
        return "the document"
    lines = document.key_lines()
    above = (location[:length] for length in range(len(location), 0, -1))
    line = next((lines[place] for place in above if place in lines), None)
    name = _cut_text(".".join(map(str, location)))
    return f"{name} ({'not in the file' if line is None else f'line {line}'})"


def _shorten(value: object) -> str:
    """Return a value as a message shows it, whatever its length."""
    return _cut_text(repr(value) if isinstance(value, str) else str(value))


def _cut_text(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[:SHOWN_CHARACTERS_MAX]}..."
