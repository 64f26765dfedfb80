"""The annotations of alerts: texts with slots filled for Prometheus, Grafana or a test case."""

from collections.abc import Callable, Iterable
from typing import Final

from rapport.domain.ledger.activity import SOURCES
from rapport.language.language import find_language
from rapport.monitoring.alerts.alert import LANGUAGES, WITH_OWNER, Alert, Case, Slot

DECIMAL_COMMA: Final = ' | reReplaceAll "[.]" ","'
SOURCE_LABEL: Final = "source"
FIRST_REF: Final = ord("C")
"""Grafana's query A is the alert's expression and B its condition; the slots' queries follow."""
SlotText = Callable[[Alert, str, str], str]
"""An alert, a slot's name and a language -> the text in the slot."""


def prometheus_annotations(alert: Alert) -> dict[str, str]:
    """Return an alert's annotations for Prometheus, in every language."""
    return _texts(alert, _prometheus_slot) | _links(alert, "{{ $labels.client }}")


def grafana_annotations(alert: Alert) -> dict[str, str]:
    """Return an alert's annotations for Grafana, whose slots are separate queries."""
    return _texts(alert, _grafana_slot) | _links(alert, "{{ $labels.client }}")


def expected_annotations(alert: Alert, case: Case) -> dict[str, str]:
    """Return the annotations that an alert must have in a case that fires."""
    labels = dict(case.labels)

    def slot_text(_: Alert, name: str, language: str) -> str:
        text = case.slot_texts.get(name)
        if text is None:
            value = labels[name]
            is_source = name == SOURCE_LABEL and value in SOURCES
            return find_language(language).sources[value] if is_source else value
        return text.replace(".", ",") if language == "nl" else text

    return _texts(alert, slot_text) | _links(alert, labels.get("client", ""))


def grafana_queries(alert: Alert) -> dict[str, tuple[str, str]]:
    """Return Grafana's extra queries: slot -> (letter of the query, query)."""
    queried = [(name, slot) for name, slot in alert.slots.items() if slot.metric]
    return {
        name: (chr(FIRST_REF + index), _grafana_query(alert, slot))
        for index, (name, slot) in enumerate(queried)
    }


def _texts(alert: Alert, slot_text: SlotText) -> dict[str, str]:
    texts = {}
    for language in LANGUAGES:
        suffix = "" if language == LANGUAGES[0] else f"_{language}"
        for name, text in (("summary", alert.summary), ("description", alert.description)):
            sentence: str = getattr(text, language)
            slots = {slot: slot_text(alert, slot, language) for slot in text.slot_names}
            texts[name + suffix] = sentence.format_map(slots)
    return texts


def _links(alert: Alert, client: str) -> dict[str, str]:
    path = alert.dashboard_path + client if alert.is_per_client else alert.dashboard_path
    return {"runbook_url": alert.runbook_url, "dashboard_url": path}


def _format(slot: Slot, language: str) -> str:
    comma = DECIMAL_COMMA if language == "nl" and slot.format != "%.0f" else ""
    return f'printf "{slot.format}"{comma}'


def _prometheus_slot(alert: Alert, name: str, language: str) -> str:
    slot = alert.slots.get(name)
    if slot is None:
        return _label(name, language)
    number = _format(slot, language)
    if slot.metric is None:
        return f"{{{{ $value | {number} }}}}"
    shared = [label for label in alert.by if label in slot.metric.labels]
    values = " ".join(f"$labels.{label}" for label in shared)
    query = _query(slot, [f"{label}=%q" for label in shared])
    lookup = f"with printf `{query}` {values} | query"
    return f"{{{{ {lookup} }}}}{{{{ . | first | value | {number} }}}}{{{{ end }}}}"


def _grafana_slot(alert: Alert, name: str, language: str) -> str:
    slot = alert.slots.get(name)
    if slot is None:
        return _label(name, language)
    letter = grafana_queries(alert)[name][0] if slot.metric else "A"
    number = _format(slot, language)
    return f"{{{{ with $values.{letter} }}}}{{{{ .Value | {number} }}}}{{{{ end }}}}"


def _label(name: str, language: str) -> str:
    """Return the template of a label; a source of events has the name that people know."""
    if name != SOURCE_LABEL:
        return f"{{{{ $labels.{name} }}}}"
    labels = find_language(language).sources
    named = "".join(
        f' | reReplaceAll "^{one}$" "{labels[one]}"' for one in SOURCES if labels[one] != one
    )
    return f"{{{{ $labels.{name}{named} }}}}"


def _grafana_query(alert: Alert, slot: Slot) -> str:
    query = f"max by ({', '.join(alert.by)}) ({_query(slot, [])})"
    return f"{query} {WITH_OWNER}" if alert.is_per_client else query


def _query(slot: Slot, label_matchers: Iterable[str]) -> str:
    matchers = ",".join(filter(None, (*label_matchers, slot.matchers)))
    selector = f"{slot.metric}{{{matchers}}}" if matchers else str(slot.metric)
    return f"{slot.factor} {selector}".strip()
