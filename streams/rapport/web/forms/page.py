"""Pages of the forms: one with a form, and one that leads to the forms of a client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote, urlencode

from rapport.domain.clients.registry import Client
from rapport.language.language import Language
from rapport.web.forms.fields import FormField
from rapport.web.forms.forms import CANCEL, FORMS, HAPPENED_ON, OFFERED, WITHDRAW, Form
from rapport.web.forms.submission import Days, Mistake, Typed

HIDDEN: Final = ("id", "hour", "seal")
SLUGS: Final = frozenset({"kind", "who", "concern"})
TODAY: Final = frozenset({"happened_on", "made_on"})
"""Days that are most often today."""
KEPT: Final = frozenset({"statement", "what", "text"})
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


@dataclass(frozen=True, slots=True)
class OfferedForm:
    """A link to a form."""

    label: str
    address: str


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
    mistakes: Mapping[str, Mistake],
    notice: str,
) -> FormPage:
    """Return a form with what was typed into it."""
    return FormPage(
        client=client,
        name=form.name,
        title=language.forms[form.name],
        action=form_address(client.id, form.name, language.name),
        hidden=hidden,
        rows=list(_rows(form, typed, days, language, mistakes)),
        notice=notice,
    )


def forms_page(
    client: Client, language: Language, recorded: str = "", event_id: str = "", at: str = ""
) -> FormsPage:
    """Return the forms of a client; `recorded` is the form that was sent, `at` its time."""
    return FormsPage(
        client=client,
        offered=offered_forms(client.id, language),
        recorded=language.forms[recorded] if recorded else "",
        withdraw=_withdrawal(client.id, recorded, event_id, at, language.name),
    )


def offered_forms(client: str, language: Language) -> list[OfferedForm]:
    """Return the links to the forms of a client."""
    return [
        OfferedForm(language.forms[name], form_address(client, name, language.name))
        for name in OFFERED
    ]


def form_address(client: str, form: str, lang: str, **query: str) -> str:
    """Return the address of a form, or without a form that of all forms of a client."""
    path = f"/pages/{quote(client, safe='')}/record" + (f"/{form}" if form else "")
    return f"{path}?{urlencode({'lang': lang, **query})}"


def _withdrawal(client: str, form: str, event_id: str, at: str, lang: str) -> str:
    """Return the address of the form that takes back what was recorded; empty without one."""
    if form not in OFFERED:
        return ""
    if FORMS[form].id_field:
        return form_address(client, CANCEL, lang, kind=form, entry_id=event_id)
    day = datetime.fromisoformat(at).date().isoformat()
    return form_address(client, WITHDRAW, lang, event_id=event_id, occurred_on=day)


def _rows(
    form: Form, typed: Typed, days: Days, language: Language, mistakes: Mapping[str, Mistake]
) -> Iterator[FieldRow]:
    for field in form.fields:
        given = typed.all(field.name)
        mistake = mistakes.get(field.name)
        asked = field is HAPPENED_ON
        yield FieldRow(
            field=field,
            label=language.fields[f"{form.name}.{field.name}"],
            hint=_hint(field, language),
            mistake="" if mistake is None else language.text(mistake.key, count=mistake.number),
            value=", ".join(given) if field.kind == "lines" else next(iter(given), ""),
            choices=list(_choices(field, given, language)),
            first=days.first.isoformat() if asked else "",
            last=days.last.isoformat() if asked else "",
        )


def _choices(field: FormField, given: list[str], language: Language) -> Iterator[ChoiceRow]:
    for value in field.choices:
        label = language.choices[f"{field.name}.{value}"]
        yield ChoiceRow(value, label, value in given)
    if field.kind in ("choice", "yes_no") and not field.is_required and field.name != "status":
        yield ChoiceRow("", language.text("choice_none"), not any(given))


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
    for field in form.fields:
        if field.name in TODAY:
            values[field.name] = [today.isoformat()]
        elif field.name == "status":
            values[field.name] = [field.choices[0]]
    return Typed(values)
