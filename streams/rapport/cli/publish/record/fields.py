"""Options of `rapport record`: each is a field of a contract, with its choices and its meaning."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin

import typer
from pydantic import BaseModel

_OPTIONS: Final = {
    "roles": "--role",
    "teams": "--team",
    "topics": "--topic",
    "accepted": "--accepted/--declined",
    "message_carried": "--message-carried/--no-message-carried",
}
"""Field -> its option, where it is not the field's own name."""


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a contract as an option."""

    name: str
    type: Any
    """`str`, `bool`, a `Literal`, or a list of one; a day is text."""
    is_day: bool
    is_required: bool
    meaning: str

    @property
    def option(self) -> str:
        """Return the option, as it is typed.

        >>> RecordField("held_from", str, False, True, "").option
        '--held-from'
        """
        return _OPTIONS.get(self.name, f"--{self.name.replace('_', '-')}")

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the values that can be chosen; empty for free text."""
        item = get_args(self.type)[0] if get_origin(self.type) is list else self.type
        return get_args(item) if get_origin(item) is Literal else ()

    @property
    def is_list(self) -> bool:
        """Return whether the option may be repeated."""
        return get_origin(self.type) is list

    @property
    def parameter(self) -> Any:
        """Return the type of the option's parameter."""
        item: Any = bool if self.type is bool else str
        if self.choices:
            item = _enumeration(self.choices)
        annotation: Any = list[item] if self.is_list else item
        return Annotated[annotation | None, typer.Option(self.option, help=self.meaning)]

    def read(self, text: str) -> Any:
        """Return the value of an answer; raises `ValueError` with what is expected.

        >>> RecordField("accepted", bool, False, True, "").read("yes")
        True
        """
        if self.type is bool:
            return _truth(text)
        if self.is_day:
            return date.fromisoformat(text).isoformat()
        answers = [part.strip() for part in text.split(",")] if self.is_list else [text]
        for answer in answers if self.choices else ():
            if answer not in self.choices:
                raise ValueError(f"{answer!r} is not one of {', '.join(self.choices)}")
        return answers if self.is_list else text


def _enumeration(choices: tuple[str, ...]) -> Any:
    """Return an enumeration of choices: typer takes no list of a `Literal`."""
    members: Any = {choice: choice for choice in choices}
    functional: Any = StrEnum
    return functional("Choice", members)


def _truth(text: str) -> bool:
    answers = {"yes": True, "y": True, "no": False, "n": False}
    if text.casefold() not in answers:
        raise ValueError(f"{text!r} is neither yes nor no")
    return answers[text.casefold()]


def fields_of(model: type[BaseModel], names: tuple[str, ...]) -> tuple[RecordField, ...]:
    """Return the fields of a contract with these names.

    >>> from rapport_schemas import SignalHeard
    >>> fields_of(SignalHeard, ("signal",))[0].choices[0]
    'external_supplier'
    """
    return tuple(_field(model, name) for name in names)


def _field(model: type[BaseModel], name: str) -> RecordField:
    info = model.model_fields[name]
    kind = _bare(info.annotation)
    if get_origin(kind) is list:
        kind = list[_bare(get_args(kind)[0])]  # type: ignore[misc] # made at run time
    is_day = kind is date
    meaning = info.description or ""
    return RecordField(name, str if is_day else kind, is_day, info.is_required(), meaning)


def _bare(annotation: Any) -> Any:
    """Return a type without its annotations and without None."""
    arguments = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _bare(arguments[0])
    if NoneType in arguments:
        (known,) = (argument for argument in arguments if argument is not NoneType)
        return _bare(known)
    return annotation
