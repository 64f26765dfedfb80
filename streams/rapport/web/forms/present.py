"""Present state of what a form changes, from the entries of its client."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from rapport.domain.desk.card import client_card
from rapport.domain.desk.content import read_content
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.kinds import PLAN_ID, RECORDED_SOURCE
from rapport.domain.desk.revisions import newest_revision
from rapport.domain.ledger.entities import named_entity
from rapport.web.forms.fields import whole_number
from rapport.web.forms.forms import CANCEL, Form
from rapport.web.forms.submission import Typed


class Present(NamedTuple):
    """An entry, as it was recorded last."""

    entry_id: str
    revision: int
    event_id: str
    """The event's id; empty when it was taken back."""
    data: dict[str, Any]
    """Fields of its contract that are given; empty when it was taken back."""

    def typed(self) -> dict[str, list[str]]:
        """Return its fields as they would be typed."""
        flat = {name: value for name, value in self.data.items() if not isinstance(value, dict)}
        for name, value in self.data.items():
            if isinstance(value, dict):
                flat |= {f"{name}.{inner}": one for inner, one in value.items()}
        return {name: [_text(value)] for name, value in flat.items()}


def entry_of(form: Form, typed: Typed) -> tuple[str, str]:
    """Return the kind and id of the entry that a form records or changes; empty without one."""
    if form.name == CANCEL:
        return typed.first("kind"), typed.first("entry_id")
    names = {
        PLAN_ID: PLAN_ID,
        "settlement": typed.first("promise").partition(" ")[2],
        "acknowledgement": typed.first("concern"),
    }
    return form.entry_kind, names.get(form.entry_kind, typed.first("entry"))


def present_entry(entries: Iterable[DeskEntry], kind: str, entry_id: str) -> Present | None:
    """Return what people recorded under an id, even when it was taken back; None for nothing."""
    entity = named_entity(RECORDED_SOURCE.encode(), kind, entry_id)
    for entry in entries:
        if entry.entity == entity and entry.kind == kind:
            if entry.content is None:
                return Present(entry_id, entry.revision, "", {})
            content = read_content(entry.content)
            return Present(entry_id, entry.revision, content.event_id, content.data)
    return None


def was_changed(present: Present, form: Form, typed: Typed) -> bool:
    """Return whether an entry is newer than what the form showed, and not by this very form."""
    base = whole_number(typed.first("base"))
    is_own = present.event_id == ("" if form.name == CANCEL else typed.first("id"))
    return isinstance(base, int) and not is_own and present.revision > base


def next_revision(present: Present | None, typed: Typed, seconds: int) -> int:
    """Return a revision above that of the entry, and above those of this second."""
    base = whole_number(typed.first("base"))
    shown = base if isinstance(base, int) else 0
    return newest_revision(seconds + 1, max(shown, 0 if present is None else present.revision))


def open_promises(entries: Iterable[DeskEntry]) -> Iterator[tuple[str, str]]:
    """Yield (value, text) of each promise that people recorded and that is not settled."""
    for promise in client_card(entries).promises:
        name = promise.made.own_id
        if promise.settled is None and name is not None:
            data = promise.made.data
            yield f"{data['made_on']} {name}", f"{data['what']} ({data['due_on']})"


def _text(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
