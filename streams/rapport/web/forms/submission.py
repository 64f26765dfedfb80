"""Submissions: what was typed into a form, read into an event or into what is wrong with it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, to_json

from rapport.domain.calendar import DAY_SECONDS, Calendar, dated, day_number
from rapport.web.forms.fields import FormField
from rapport.web.forms.forms import HAPPENED_ON, PROMISE, Form
from rapport.web.forms.seal import HOUR_SECONDS
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

PAIRS_MAX: Final = 100
TOO_LONG: Final = frozenset({"string_too_long", "too_long"})


class BodyError(RapportError):
    """A body that is no form."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The values of a submitted form by field; a field may have several."""

    values: Mapping[str, list[str]] = field(repr=False)

    def first(self, name: str) -> str:
        """Return the first value of a field, empty without one."""
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        """Return all values of a field."""
        return self.values.get(name, [])


def read_body(body: bytes) -> Typed:
    """Return what was typed; raises `BodyError` for a body that no form sends.

    >>> read_body(b"kind=workshop&roles=cio&roles=it_team").all("roles")
    ['cio', 'it_team']
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=PAIRS_MAX, errors="strict"
        )
    except ValueError as error:
        raise BodyError("the body is not that of a form") from error
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value.replace("\r\n", "\n").replace("\0", ""))
    return Typed(dict(values))


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a field: the key of a text, and a number in it."""

    key: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Submission:
    """An event and its time, or the mistakes by field."""

    event: BaseModel | None
    at: datetime
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Days:
    """The days that count: those of the ledger."""

    calendar: Calendar
    today: int
    horizon_days: int

    @property
    def first(self) -> date:
        """The first day that counts."""
        return dated(self.today - self.horizon_days)

    @property
    def last(self) -> date:
        """Today."""
        return dated(self.today)


def read_submission(
    form: Form, client: str, typed: Typed, hour: int, days: Days, revision: int | None = None
) -> Submission:
    """Return the event that was typed; `hour` is when the form was made.

    `revision` is that of what is changed, None for what is new.
    """
    made = datetime.fromtimestamp(hour * HOUR_SECONDS, UTC)
    values: dict[str, Any] = {"client": client}
    if revision is not None:
        values["revision"] = revision
    if form.id_field:
        values[form.id_field] = typed.first("entry") or typed.first("id")
    mistakes: dict[str, Mistake] = {}
    for one in (*form.own_fields, *form.carried):
        value = one.value(typed.all(one.name))
        if isinstance(value, str) and len(value) > one.characters_max:
            mistakes[one.name] = Mistake("mistake_too_long", one.characters_max)
        elif value is not None:
            _put(values, one, value)
    at = made
    if form.asks_day:
        day = _day(typed.first(HAPPENED_ON.name), days, mistakes)
        at = made if day is None else _time_on(day, made, days)
        _check_promise(values.get("made_on", ""), day, days, mistakes)
    event = None
    try:
        event = CONTRACT_OF_MODEL[form.model].adapter.validate_json(to_json(values))
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            name = _name_of(wrong, form)
            mistakes.setdefault(name, _mistake(wrong))
    return Submission(None if mistakes else event, at, mistakes)


def _name_of(wrong: ErrorDetails, form: Form) -> str:
    """Return the field that is wrong; the parts of a list are those of its field."""
    if not wrong["loc"]:
        return form.rule_field
    whole = ".".join(map(str, wrong["loc"]))
    return whole if any(one.name == whole for one in form.shown) else str(wrong["loc"][0])


def _put(values: dict[str, Any], field: FormField, value: Any) -> None:
    if field is PROMISE:
        values["made_on"], _, values["promise_id"] = value.partition(" ")
    elif "." in field.name:
        outer, _, inner = field.name.partition(".")
        values.setdefault(outer, {})[inner] = value
    else:
        values[field.name] = value


def _check_promise(
    made_on: str, day: date | None, days: Days, mistakes: dict[str, Mistake]
) -> None:
    """Check that a promise was settled after it was made, and that it can still be found."""
    if made_on and day is not None and made_on > day.isoformat():
        mistakes.setdefault(HAPPENED_ON.name, Mistake("mistake_before_promise"))
    elif made_on and made_on < days.first.isoformat():
        mistakes.setdefault(PROMISE.name, Mistake("mistake_too_old", days.horizon_days))


def _day(text: str, days: Days, mistakes: dict[str, Mistake]) -> date | None:
    name = HAPPENED_ON.name
    if not text.strip():
        mistakes[name] = Mistake("mistake_missing")
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        mistakes[name] = Mistake("mistake_day")
        return None
    if day > days.last:
        mistakes[name] = Mistake("mistake_future")
    elif day < days.first:
        mistakes[name] = Mistake("mistake_too_old", days.horizon_days)
    return day


def _time_on(day: date, made: datetime, days: Days) -> datetime:
    """Return a time on a day: when the form was made, or else about noon.

    The same form gives the same time however often it is sent, so that it counts once.
    """
    number, calendar = day_number(day), days.calendar
    if calendar.day_of(int(made.timestamp())) == number:
        return made
    start = calendar.start_of(number)
    return datetime.fromtimestamp(start if day == days.last else start + DAY_SECONDS // 2, UTC)


def _mistake(wrong: ErrorDetails) -> Mistake:
    kind = wrong["type"]
    if kind in {"missing", "too_short"}:
        return Mistake("mistake_missing")
    if kind in TOO_LONG:
        return Mistake("mistake_too_long", int(wrong["ctx"]["max_length"]))
    if kind.startswith("date"):
        return Mistake("mistake_day")
    return Mistake("mistake_value")
