"""Fields of forms, read from the contracts: their kind of input, their choices and their bounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

TEXT_CHARACTERS_MAX: Final = 4_000
"""The longest text that a form takes."""
LINE_CHARACTERS_MAX: Final = 256
"""A text that may be longer gets more than one line."""
NUMBER_CHARACTERS_MAX: Final = 10
"""Revisions have as many."""
Kind = Literal[
    "choice",
    "choices",
    "yes_no",
    "select",
    "promise",
    "number",
    "day",
    "line",
    "lines",
    "text",
]
LIST_SEPARATOR: Final = ","


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form."""

    name: str
    kind: Kind
    """`lines` is a line with several values, separated by commas; `select` a choice of many;
    `promise` one of the client's promises."""
    is_required: bool
    choices: tuple[str, ...] = ()
    characters_max: int = LINE_CHARACTERS_MAX

    def value(self, given: list[str]) -> Any:
        """Return the JSON value of what was typed; None when nothing was.

        >>> FormField("kept", "yes_no", True).value(["yes"])
        True
        >>> FormField("teams", "lines", False).value([" crm , desk,"])
        ['crm', 'desk']
        >>> FormField("note", "text", False).value(["  "]) is None
        True
        """
        typed = [text.strip() for text in given if text.strip()]
        match self.kind:
            case "choices":
                return list(dict.fromkeys(typed))
            case "lines":
                parts = (part.strip() for text in typed for part in text.split(LIST_SEPARATOR))
                return [part for part in parts if part]
            case "number":
                return whole_number(typed[0]) if typed else None
            case "yes_no":
                return {"yes": True, "no": False}.get(typed[0], typed[0]) if typed else None
            case _:
                return typed[0] if typed else None


def whole_number(text: str) -> int | str:
    """Return a whole number; any other text as it is, and numbers that no field takes too.

    >>> whole_number("70"), whole_number("7.5"), whole_number("9" * 5_000) == "9" * 5_000
    (70, '7.5', True)
    """
    is_number = text.isdecimal() and len(text) <= NUMBER_CHARACTERS_MAX
    return int(text) if is_number else text


def number_field(name: str, *, is_required: bool = False) -> FormField:
    """Return a field for a number of 0 to 100."""
    return FormField(name, "number", is_required, characters_max=NUMBER_CHARACTERS_MAX)


def _day_field(name: str, *, is_required: bool) -> FormField:
    return FormField(name, "day", is_required)


def _yes_no_field(name: str, *, is_required: bool) -> FormField:
    return FormField(name, "yes_no", is_required, ("yes", "no"))


SIMPLE: Final[Mapping[Any, Any]] = {bool: _yes_no_field, int: number_field, date: _day_field}
"""Type of a field of a contract -> its field in a form."""


def fields_of(model: type[BaseModel], *names: str) -> tuple[FormField, ...]:
    """Return the fields of a contract in the order of these names.

    >>> from rapport_schemas import TouchpointHeld
    >>> [(field.name, field.kind) for field in fields_of(TouchpointHeld, "kind", "roles", "note")]
    [('kind', 'choice'), ('roles', 'choices'), ('note', 'text')]
    """
    return tuple(_field(name, model.model_fields[name]) for name in names)


def _field(name: str, info: FieldInfo) -> FormField:
    annotation, metadata = _unwrapped(info.annotation, list(info.metadata))
    required = info.is_required()
    if get_origin(annotation) is Literal:
        return FormField(name, "choice", required, get_args(annotation))
    if get_origin(annotation) is list:
        item, _ = _unwrapped(get_args(annotation)[0], [])
        if get_origin(item) is Literal:
            return FormField(name, "choices", required, get_args(item))
        return FormField(name, "lines", required, (), TEXT_CHARACTERS_MAX)
    if annotation in SIMPLE:
        simple: FormField = SIMPLE[annotation](name, is_required=required)
        return simple
    longest = min([TEXT_CHARACTERS_MAX, *_lengths(metadata)])
    has_lines = longest > LINE_CHARACTERS_MAX and not any(map(_pattern_of, metadata))
    return FormField(name, "text" if has_lines else "line", required, (), longest)


def _pattern_of(bound: Any) -> str | None:
    """Return the pattern that a text has to match; such a text has one line."""
    inner = bound.metadata if isinstance(bound, FieldInfo) else [bound]
    return next((one.pattern for one in inner if getattr(one, "pattern", None)), None)


def _unwrapped(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Return a type without its annotations and without None, and the annotations."""
    arguments = get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return _unwrapped(arguments[0], [*metadata, *annotation.__metadata__])
    if NoneType in arguments:
        (known,) = (argument for argument in arguments if argument is not NoneType)
        return _unwrapped(known, metadata)
    return annotation, metadata


def _lengths(metadata: list[Any]) -> Iterator[int]:
    for bound in metadata:
        inner = bound.metadata if isinstance(bound, FieldInfo) else [bound]
        for one in inner:
            if isinstance(one, MaxLen):
                yield one.max_length
