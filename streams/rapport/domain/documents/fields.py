"""Reflection of configuration models: the keys, their kinds of value and their allowed ranges."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rapport.domain.documents.toml import Location

_KINDS: Final[dict[Any, str]] = {
    int: "whole number",
    float: "number",
    Decimal: "number",
    str: "text",
    date: "date",
}


@dataclass(frozen=True, slots=True)
class DocumentField:
    """Key that holds a value."""

    location: tuple[str, ...]
    kind: str
    """`whole number`, `number`, `text`, `date` or `list`."""
    allowed: str
    """The range of a number or the length of a list; empty without a restriction."""

    @property
    def name(self) -> str:
        """The dotted key, such as `trust.base_rate`."""
        return ".".join(self.location)

    @property
    def numeric(self) -> bool:
        """Whether the value is a number."""
        return self.kind in ("whole number", "number")


@cache
def document_fields(model: type[BaseModel]) -> tuple[DocumentField, ...]:
    """Return every key below a model, in the order of its definition."""
    return tuple(_fields(model, ()))


def section_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """Return the model of the section at `location`; None where there is no section."""
    for step in location:
        if isinstance(step, int):
            continue
        info = _field(model, str(step))
        below = None if info is None else _model_in(info.annotation)
        if below is None:
            return None
        model = below
    return model


def allowed_at(model: type[BaseModel], location: Location) -> str:
    """Return the allowed values of a key as the end of a sentence; empty without a restriction.

    >>> from rapport.domain.policy.relationship import PrivacyPolicy
    >>> allowed_at(PrivacyPolicy, ("minimum_respondents",))
    '; allowed: a whole number 1 to 100'
    """
    names = [step for step in location if isinstance(step, str)]
    section = section_at(model, tuple(names[:-1]))
    info = _field(section, names[-1]) if section is not None and names else None
    kind = "text" if info is None else _kind(info.annotation)
    return (
        "" if info is None or kind == "text" else f"; allowed: a {kind} {_allowed(info)}".rstrip()
    )


def _field(model: type[BaseModel], key: str) -> FieldInfo | None:
    """Return the field of a key, by its alias where it has one."""
    return next((f for name, f in model.model_fields.items() if key == (f.alias or name)), None)


def _fields(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[DocumentField]:
    for name, info in model.model_fields.items():
        location = (*above, name)
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _fields(info.annotation, location)
        else:
            yield DocumentField(location, _kind(info.annotation), _allowed(info))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)


def _kind(annotation: Any) -> str:
    return "list" if get_origin(annotation) in {list, tuple} else _KINDS.get(annotation, "text")


def _allowed(info: FieldInfo) -> str:
    """Return the bounds of a field as text."""
    low, high, items = "", "", ["0", ""]
    for bound in info.metadata:
        match bound:
            case Ge(ge):
                low = f"{ge}"
            case Gt(gt):
                low = f"over {gt}"
            case Le(le):
                high = f"{le}"
            case Lt(lt):
                high = f"under {lt}"
            case MinLen(length):
                items[0] = str(length)
            case MaxLen(length):
                items[1] = str(length)
            case _:
                pass
    if items[1] and _kind(info.annotation) == "list":
        return f"{items[0]} to {items[1]} entries"
    return f"{low} to {high}" if low and high else low or high
