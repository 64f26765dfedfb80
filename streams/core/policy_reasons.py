"""Why a policy is refused: the place, its line, what was met and what is allowed there."""

from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rapport.streams.core.policy_fields import Place, policy_fields, section_at

REASONS_MAX: Final = 20
SHOWN_CHARACTERS_MAX: Final = 60


def mistyped(model: type[BaseModel], document: dict[str, Any], text: str) -> str:
    """Return where text or a truth value stands for a number: pydantic would take "90" and true."""
    lines = []
    for field in policy_fields(model):
        value: Any = document
        for step in field.place:
            value = value.get(step) if isinstance(value, dict) else None
        if field.numeric and isinstance(value, bool | str):
            place = f"{field.name} ({_line_of(text, field.place)})"
            lines.append(f"  {place}: {_cut(value)}: no number{_allowed_at(model, field.place)}")
    return "\n".join(lines)


def reasons(model: type[BaseModel], error: ValidationError, text: str) -> str:
    """Return a line for each thing that is wrong, up to a bound."""
    lines = [
        f"  {'.'.join(map(str, item['loc'])) or 'the document'} ({_line_of(text, item['loc'])}): "
        f"{_reason(model, item)}"
        for item in error.errors(include_url=False)[:REASONS_MAX]
    ]
    if error.error_count() > REASONS_MAX:
        lines.append(f"  and {error.error_count() - REASONS_MAX} more")
    return "\n".join(lines)


def _reason(model: type[BaseModel], item: ErrorDetails) -> str:
    """Return what is wrong with one value, and what is allowed there."""
    place, kind = item["loc"], item["type"]
    section = section_at(model, place[:-1])
    if kind == "extra_forbidden" and section is not None:
        return f"unknown key; known here: {', '.join(section.model_fields)}"
    if kind == "missing":
        return f"missing{_allowed_at(model, place)}"
    if kind == "value_error":
        return item["msg"].removeprefix("Value error, ")
    if kind == "string_pattern_mismatch":
        return f"{_cut(item['input'])}: no currency of ISO 4217"
    said = item["msg"][0].lower() + item["msg"][1:]
    return f"{_cut(item['input'])}: {said}{_allowed_at(model, place)}"


def _cut(value: object) -> str:
    """Return a value as a message shows it, whatever its length."""
    shown = repr(value) if isinstance(value, str) else str(value)
    return shown if len(shown) <= SHOWN_CHARACTERS_MAX else f"{shown[:SHOWN_CHARACTERS_MAX]}..."


def _allowed_at(model: type[BaseModel], place: Place) -> str:
    names = tuple(step for step in place if isinstance(step, str))
    field = next((one for one in policy_fields(model) if one.place == names), None)
    if field is None:
        return ""
    return f"; allowed: a {field.kind} {field.allowed}".rstrip()


def _line_of(text: str, place: Place) -> str:
    """Return the line of a key, or of what is nearest above it; places in a list have its line."""
    lines = _lines(text)
    for length in range(len(place), 0, -1):
        number = lines.get(".".join(map(str, place[:length])))
        if number is not None:
            return f"line {number}"
    return "not in the file"


def _lines(text: str) -> dict[str, int]:
    """Return the line of each section and key of a TOML document that is laid out plainly."""
    section = ""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.split("#")[0].strip()
        if plain.startswith("["):
            section = plain.strip("[] ")
            found.setdefault(section, number)
        elif "=" in plain:
            key = plain.split("=")[0].strip()
            found.setdefault(f"{section}.{key}" if section else key, number)
    return found
