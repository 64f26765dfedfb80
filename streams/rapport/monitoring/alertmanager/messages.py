"""Messages of Alertmanager: a template file for each language, with the texts of its catalogue."""

from importlib.resources import files
from string import Template
from typing import Final

from rapport.language.codes import DEFAULT
from rapport.language.language import Labels, Language

_TEMPLATES: Final = files("rapport.monitoring").joinpath("alertmanager", "templates")
SHARED: Final = "shared.tmpl"
"""The file that the messages of every language use."""
_MORE: Final = "{{ len (slice .Alerts 1) }}"
_OWNER: Final = "{{ .Labels.owner }}"
_TIME: Final = '{{ .StartsAt.Format "2006-01-02 15:04" }}'


def render_messages(language: Language) -> str:
    """Return the template file of a language."""
    texts = Labels("mail", language.translations)
    plain = ("resolved", "opportunity", "pipeline", "risk", "alert", "meaning", "page", "dashboard")
    return Template(_read("message.tmpl")).substitute(
        {name: texts[name] for name in plain},
        code=language.name,
        more=texts["more"].format(count=_MORE),
        addressee=texts["addressee"].format(owner=_OWNER, time=_TIME),
        since=texts["since"].format(time=_TIME),
        summary=_annotation("summary", language),
        description=_annotation("description", language),
    )


def shared_messages() -> str:
    """Return the template file that the messages of every language use."""
    return _read(SHARED)


def _annotation(name: str, language: Language) -> str:
    """Return an annotation in the language, else in English; a foreign alert may have neither."""
    own = () if language.name == DEFAULT else (f".Annotations.{name}_{language.name}",)
    fallback = (".Labels.alertname",) if name == "summary" else ()
    found = (*own, f".Annotations.{name}", *fallback)
    return found[0] if len(found) == 1 else f"(or {' '.join(found)})"


def _read(name: str) -> str:
    return _TEMPLATES.joinpath(name).read_text(encoding="utf-8")
