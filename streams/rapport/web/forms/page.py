"""Pages of the forms: one with a form, and one that leads to the forms of a client."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from rapport.domain.clients.registry import Client
from rapport.language.language import Language
from rapport.web.forms.fields import FormField
from rapport.web.forms.forms import CANCEL, HAPPENED_ON, Form
from rapport.web.forms.offers import (
    ClientForms,
    OfferedForm,
    cancel_address,
    form_address,
    withdrawal,
)
from rapport.web.forms.present import Present, entry_of
from rapport.web.forms.receipt import EntryName, Receipt
from rapport.web.forms.submission import Days, Mistake, Typed

HIDDEN: Final = ("id", "hour", "seal")
KEPT_HIDDEN: Final = ("entry", "base")
"""Of a form that changes something: its id, and the revision that was read."""
SLUGS: Final = frozenset({"kind", "who", "concern"})
TODAY: Final = frozenset({"happened_on", "made_on"})
"""Days that are most often today."""
KEPT: Final = frozenset({"statement", "what", "text", "reason"})
"""Fields whose text is kept and shown."""


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One choice of a field."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as the page shows it."""

    field: FormField
    label: str
    hint: str
    mistake: str
    value: str
    choices: list[ChoiceRow]
    first: str
    """The first day that can be chosen; empty without one."""
    last: str


class Said(NamedTuple):
    """What happened to a form that was sent, and what is wrong with it."""

    notice: str = ""
    mistakes: Mapping[str, Mistake] = {}


@dataclass(frozen=True, slots=True)
class FormPage:
    """One form of one client."""

    client: Client
    name: str
    title: str
    action: str
    hidden: dict[str, str]
    rows: list[FieldRow]
    notice: str
    """What happened to the form that was sent; empty when it is new."""
    taken_back: str = ""
    """The address of the form that takes back what is changed; empty without one."""


@dataclass(frozen=True, slots=True)
class FormsPage:
    """The forms of a client, and what was recorded just now."""

    client: Client
    offered: list[OfferedForm]
    recorded: str
    """The title of the form that was recorded; empty without one."""
    withdraw: str
    """The address of the form that withdraws it."""


def form_page(
    form: Form,
    client: Client,
    typed: Typed,
    hidden: dict[str, str],
    days: Days,
    language: Language,
    said: Said,
    promises: Sequence[tuple[str, str]] = (),
) -> FormPage:
    """Return a form with what was typed into it; `promises` are those that can be settled."""
    lines = _Lines(form, typed, days, language, promises)
    return FormPage(
        client=client,
        name=form.name,
        title=language.forms[form.name],
        action=form_address(client.id, form.name, language.name),
        hidden=hidden | _carried(form, typed),
        rows=list(lines.rows(said.mistakes)),
        notice=said.notice,
        taken_back=_taking_back(form, client.id, typed, language.name),
    )


def _carried(form: Form, typed: Typed) -> dict[str, str]:
    names = (*KEPT_HIDDEN, *(field.name for field in form.carried))
    return {name: typed.first(name) for name in names if typed.first(name)}


def _taking_back(form: Form, client: str, typed: Typed, lang: str) -> str:
    """Return the address of the form that takes back what a form changes; empty without one."""
    kind, name = entry_of(form, typed)
    if form.name == CANCEL or not typed.first("base"):
        return ""
    made_on = typed.first("promise").partition(" ")[0]
    return cancel_address(client, lang, EntryName(kind, name, made_on))


def forms_page(client: Client, language: Language, receipt: Receipt | None = None) -> FormsPage:
    """Return the forms of a client, and what was recorded just now."""
    return FormsPage(
        client=client,
        offered=ClientForms(client.id, language).offered,
        recorded="" if receipt is None else language.forms[receipt.form],
        withdraw="" if receipt is None else withdrawal(client.id, receipt, language.name),
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    form: Form
    typed: Typed
    days: Days
    language: Language
    promises: Sequence[tuple[str, str]]

    def rows(self, mistakes: Mapping[str, Mistake]) -> Iterator[FieldRow]:
        language, days = self.language, self.days
        for field in self.form.shown:
            given = self.typed.all(field.name)
            mistake = mistakes.get(field.name)
            asked = field is HAPPENED_ON
            yield FieldRow(
                field=field,
                label=language.fields[f"{self.form.name}.{field.name}"],
                hint=_hint(field, language),
                mistake="" if mistake is None else language.text(mistake.key, count=mistake.number),
                value=", ".join(given) if field.kind == "lines" else next(iter(given), ""),
                choices=list(self._choices(field, given)),
                first=days.first.isoformat() if asked else "",
                last=days.last.isoformat() if asked else "",
            )

    def _choices(self, field: FormField, given: list[str]) -> Iterator[ChoiceRow]:
        """Yield the choices; one that a link filled in is among them, known here or not."""
        known = dict(self._labelled(field))
        if field.kind in ("promise", "select"):
            known = {value: value for value in given if value} | known
        if field.kind == "select":
            yield ChoiceRow("", self.language.text("choice_none"), not any(given))
        for value, label in known.items():
            yield ChoiceRow(value, label, value in given)
        optional = not field.is_required and field.name != "status"
        if field.kind in ("choice", "yes_no", "promise") and optional:
            yield ChoiceRow("", self.language.text("choice_none"), not any(given))

    def _labelled(self, field: FormField) -> Iterable[tuple[str, str]]:
        language = self.language
        if field.kind == "promise":
            return self.promises
        if field.name == "concern":
            return ((value, language.concerns[value]) for value in field.choices)
        if field.name == "stage":
            return zip(field.choices, language.stages, strict=True)
        return ((value, language.choices[f"{field.name}.{value}"]) for value in field.choices)


def _hint(field: FormField, language: Language) -> str:
    if field.kind == "lines":
        return language.text("hint_commas")
    if field.name in SLUGS and field.kind == "line":
        return language.text("hint_slug")
    if field.name == "link":
        return language.text("hint_link")
    if field.name in KEPT:
        return language.text("hint_kept")
    if field.name == "note":
        return language.text("hint_read_for_signals")
    return ""


def opened(form: Form, query: dict[str, str], today: date) -> Typed:
    """Return what a new form holds: today, and what a link fills in."""
    values = {name: [text] for name, text in query.items() if name in form.prefilled}
    for field in form.shown:
        if field.name in TODAY:
            values.setdefault(field.name, [today.isoformat()])
        elif field.name == "status":
            values.setdefault(field.name, [field.choices[0]])
    return Typed(values)


def filled(typed: Typed, present: Present, form: Form, query: dict[str, str], today: date) -> Typed:
    """Return a form with what was recorded last, and above that what a link fills in."""
    linked = {name: [text] for name, text in query.items() if name in form.prefilled}
    recorded = {} if form.name == CANCEL else present.typed()
    values = {**typed.values, **recorded, **linked}
    if form.id_field:
        values["entry"] = [present.entry_id]
    if query.get("status") and "done_on" not in linked:
        values["done_on"] = [today.isoformat()] if query["status"] == "done" else []
    values["base"] = [str(present.revision)]
    return Typed(values)
