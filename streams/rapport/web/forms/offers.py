"""Links to the forms of a client: to record, to change and to take back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urlencode

from rapport.language.language import Language
from rapport.web.forms.forms import CANCEL, OFFERED, WITHDRAW
from rapport.web.forms.receipt import EntryName, Receipt


@dataclass(frozen=True, slots=True)
class OfferedForm:
    """A link to a form."""

    label: str
    address: str


class Revised(Protocol):
    """What a row of a client's page is about."""

    @property
    def kind(self) -> str:
        """Kind of entry."""

    @property
    def id(self) -> str:
        """Its own id."""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""

    @property
    def made_on(self) -> str:
        """The day on which a promise was made."""


@dataclass(frozen=True, slots=True)
class ClientForms:
    """The links to the forms of one client."""

    client: str
    language: Language

    @property
    def offered(self) -> list[OfferedForm]:
        """Every form with which something is recorded."""
        forms = self.language.forms
        return [OfferedForm(forms[name], self._address(name)) for name in OFFERED]

    def changes(self, revised: Revised | None) -> list[OfferedForm]:
        """Return what can become of an entry: nothing for None."""
        return [] if revised is None else list(self._changes(revised))

    def _changes(self, revised: Revised) -> Iterator[OfferedForm]:
        text, kind, entry = self.language.text, revised.kind, revised.id
        promise = f"{revised.made_on} {entry}"
        match kind, revised.is_open:
            case "promise", True:
                yield self._step(text("change_kept"), "settled", promise=promise, kept="yes")
                yield self._step(text("change_broken"), "settled", promise=promise, kept="no")
            case "action", True:
                yield self._step(text("change_done"), "action", entry=entry, status="done")
                yield self._step(text("change_dropped"), "action", entry=entry, status="dropped")
            case "profile", True:
                yield self._step(text("change_renew"), "profile", facet=entry)
        match kind, revised.is_open:
            case "promise", False:
                yield self._step(text("change_edit"), "settled", promise=promise)
            case "acknowledgement", _:
                yield self._step(text("change_edit"), kind, concern=entry)
            case (("promise" | "action" | "note" | "plan"), _):
                yield self._step(text("change_edit"), kind, entry=entry)

    def acknowledgement(self, concern: str, points: int | None = None) -> str:
        """Return the address of the form that acknowledges a concern with so many points."""
        given = {} if points is None else {"points": str(points)}
        return self._address("acknowledgement", concern=concern, **given)

    def _step(self, label: str, form: str, **query: str) -> OfferedForm:
        return OfferedForm(label, self._address(form, **query))

    def _address(self, form: str, **query: str) -> str:
        return form_address(self.client, form, self.language.name, **query)


def form_address(client: str, form: str, lang: str, **query: str) -> str:
    """Return the address of a form, or without a form that of all forms of a client."""
    path = f"/pages/{quote(client, safe='')}/record" + (f"/{form}" if form else "")
    return f"{path}?{urlencode({'lang': lang, **query})}"


def cancel_address(client: str, lang: str, entry: EntryName) -> str:
    """Return the address of the form that takes back what has an id of its own."""
    query = {"kind": entry.kind, "entry_id": entry.id}
    if entry.kind == "settlement":
        query["made_on"] = entry.made_on
    return form_address(client, CANCEL, lang, **query)


def withdrawal(client: str, receipt: Receipt, lang: str) -> str:
    """Return the address of the form that takes back what was recorded; empty without one."""
    if receipt.form not in OFFERED:
        return ""
    if receipt.entry.id:
        return cancel_address(client, lang, receipt.entry)
    day = datetime.fromisoformat(receipt.at).date().isoformat()
    return form_address(client, WITHDRAW, lang, event_id=receipt.event_id, occurred_on=day)
