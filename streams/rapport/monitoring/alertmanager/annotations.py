"""The annotations of alerts: texts with slots filled for Prometheus, Grafana or a test case.

In Prometheus a slot asks for the series of its own client. Where these are gone, because the worker
is away, it asks for the last ones of three days: the second query is made only then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final
from urllib.parse import quote_plus

from rapport.domain.concerns.kinds import KINDS
from rapport.domain.ledger.activity import SOURCES
from rapport.language.language import Language, find_language
from rapport.monitoring.alerts.alert import LANGUAGES, OWNED_IN_GRAFANA, Alert, Case, PipelineAlert
from rapport.monitoring.alerts.cases import JOB
from rapport.monitoring.alerts.slots import DAY, HELD, NUMBER, Slot
from rapport.monitoring.metrics.catalogue import METRICS
from rapport.monitoring.rules.options import RuleOptions
from rapport.monitoring.rules.promql import over_time, with_matchers

DECIMAL_COMMA: Final = ' | reReplaceAll "[.]" ","'
FIRST_REF: Final = ord("C")
"""Grafana's query A is the alert's expression and B its condition; the slots' queries follow."""
_LABELS_OF: Final = {metric.series: metric.labels for metric in METRICS}
SlotText = Callable[[Alert, str, str], str]
"""An alert, a slot's name and a language -> the text in the slot."""


def prometheus_annotations(alert: Alert, options: RuleOptions) -> dict[str, str]:
    """Return an alert's annotations for Prometheus, in every language."""
    slot_text = partial(_prometheus_slot, options=options)
    return _texts(alert, slot_text) | _links(alert, _IN_LINK, options)


def grafana_annotations(alert: Alert, options: RuleOptions) -> dict[str, str]:
    """Return an alert's annotations for Grafana, whose slots are separate queries."""
    return _texts(alert, _grafana_slot) | _links(alert, _IN_LINK, options)


def expected_labels(case: Case, options: RuleOptions, place: int = 0) -> dict[str, str]:
    """Return the labels of the series that a case fires on, in this installation.

    Of several jobs it is the one in a place.
    """
    labels = {"job": JOB, **dict(case.labels)}
    labels["job"] = options.jobs(labels["job"])[place]
    return labels | dict(options.selected)


def expected_annotations(
    alert: Alert, case: Case, options: RuleOptions | None = None, place: int = 0
) -> dict[str, str]:
    """Return the annotations that an alert must have in a case that fires."""
    chosen = options or RuleOptions()
    labels = dict.fromkeys(chosen.kept, "") | expected_labels(case, chosen, place)

    def slot_text(_: Alert, name: str, language: str) -> str:
        text = case.slot_texts.get(name)
        if text is None:
            words = _words(name, find_language(language))
            return words.get(labels[name], labels[name])
        slot = alert.slots[name]
        if slot.each[0]:
            for value, word in _words(slot.each[0], find_language(language)).items():
                text = text.replace(value, word)
        return _with_comma(text) if language == "nl" and _has_decimals(slot) else text

    in_link = {name: quote_plus(value) for name, value in labels.items()}
    return _texts(alert, slot_text) | _links(alert, in_link, chosen)


def grafana_queries(alert: Alert, options: RuleOptions) -> dict[str, str]:
    """Return Grafana's extra queries: letter -> query."""
    shown = (slot for slot in alert.slots.values() if not slot.label)
    queries = (_grafana_query(alert, query) for slot in shown for query in _of(slot))
    return {chr(FIRST_REF + i): options.expression(query) for i, query in enumerate(queries)}


def _letters(alert: Alert, name: str) -> Iterator[str]:
    """Yield the letters of a slot's queries in Grafana."""
    place = FIRST_REF
    for slot_name, slot in alert.slots.items():
        for _ in () if slot.label else _of(slot):
            if slot_name == name:
                yield chr(place)
            place += 1


def _of(slot: Slot) -> Iterator[str]:
    """Yield the queries of a slot: one for each value that it lists, else its own."""
    label, values = slot.each
    for value in values:
        yield with_matchers(slot.query, lambda _, value=value: [f'{label}="{value}"'])  # type: ignore[misc] # mypy does not infer a lambda with a default
    if slot.query and not label:
        yield slot.query


class _LabelsInLink(dict[str, str]):
    """The labels of an alert in a template of an address, by their names."""

    def __missing__(self, name: str) -> str:
        # The id of a client needs no escape; the name of a job is any text.
        escaped = "" if name == "client" else " | urlquery"
        return f"{{{{ $labels.{name}{escaped} }}}}"


_IN_LINK: Final = _LabelsInLink()


def _texts(alert: Alert, slot_text: SlotText) -> dict[str, str]:
    texts = {}
    for language in LANGUAGES:
        suffix = "" if language == LANGUAGES[0] else f"_{language}"
        for name, text in (("summary", alert.summary), ("description", alert.description)):
            sentence: str = getattr(text, language)
            slots = {slot: slot_text(alert, slot, language) for slot in text.slot_names}
            texts[name + suffix] = sentence.format_map(slots)
    return texts


def _links(alert: Alert, labels: Mapping[str, str], options: RuleOptions) -> dict[str, str]:
    of_intake = isinstance(alert, PipelineAlert) and alert.of_intake
    chosen = [f"var-{'intake' if of_intake else 'job'}={labels['job']}"]
    chosen += [f"var-{name}={labels[name]}" for name in options.labels]
    if alert.is_per_client:
        chosen.append(f"var-client={labels['client']}")
    page = {"page_url": f"{options.pages_url}{_page(alert, labels)}"}
    return {
        **({} if alert.kind == "pipeline" else page),
        "runbook_url": f"{options.runbook_url}#{alert.name.lower()}",
        "dashboard_url": f"{options.grafana_url}{alert.dashboard_path}?{'&'.join(chosen)}",
    }


def _page(alert: Alert, labels: Mapping[str, str]) -> str:
    """Return the path of the page about what an alert is about: of its client, or of all."""
    return f"/pages/{labels['client']}" if alert.is_per_client else "/"


def _prometheus_slot(alert: Alert, name: str, language: str, options: RuleOptions) -> str:
    slot = alert.slots.get(name)
    if slot is None:
        return _label(name, language)
    if not slot.query:
        return f"{{{{ $value | {_format(slot, language)} }}}}"
    lookups = [_lookup(alert, query, options) for query in _of(slot)]
    return _listed(slot, lookups, ". | first | value", language)


def _grafana_slot(alert: Alert, name: str, language: str) -> str:
    slot = alert.slots.get(name)
    if slot is None:
        return _label(name, language)
    if slot.label:
        return ""
    lookups = [f"$values.{letter}" for letter in _letters(alert, name)] or ["$values.A"]
    return _listed(slot, lookups, ".Value", language)


def _listed(slot: Slot, lookups: list[str], value: str, language: str) -> str:
    """Return the template of a slot, given a lookup for each number in it."""
    number = f"{value} | {_format(slot, language)}"
    shown = f". | first | label `{slot.label}`" if slot.label else number
    label, values = slot.each
    if not label:
        return f"{{{{ with {lookups[0]} }}}}{{{{ {shown} }}}}{{{{ end }}}}"
    words = _words(label, find_language(language))
    pieces = (
        f"{{{{ with {lookup} }}}}{{{{ $comma }}}}{words[one]} {{{{ {shown} }}}}"
        f'{{{{ $comma = ", " }}}}{{{{ end }}}}'
        for one, lookup in zip(values, lookups, strict=True)
    )
    return f'{{{{ $comma := "" }}}}{"".join(pieces)}'


def _format(slot: Slot, language: str) -> str:
    if slot.format == DAY:
        return 'humanizeTimestamp | reReplaceAll " .*" ""'
    comma = DECIMAL_COMMA if language == "nl" and _has_decimals(slot) else ""
    return f'printf "{slot.format}"{comma}'


def _has_decimals(slot: Slot) -> bool:
    return slot.format not in {DAY, NUMBER}


def _with_comma(number: str) -> str:
    return number.replace(".", ",")


def _lookup(alert: Alert, query: str, options: RuleOptions) -> str:
    """Return the template's query of a slot; of a client also what was last known."""
    now = _ask(alert, query, options)
    if alert.kind == "pipeline":
        return now
    return f"or ({now}) ({_ask(alert, over_time(query, HELD), options)})"


def _ask(alert: Alert, query: str, options: RuleOptions) -> str:
    """Return a query of the alert's own installation, and its own client."""
    used: list[str] = []

    def matchers(series: str) -> Iterable[str]:
        own = [label for label in alert.by if label in _LABELS_OF.get(series, ())]
        used.extend((*options.kept, *own))
        return [f"{label}=%q" for label in (*options.kept, *own)]

    asked = options.select(with_matchers(query, matchers))
    values = " ".join(f"$labels.{label}" for label in used)
    return f"printf `{asked}` {values} | query"


def _label(name: str, language: str) -> str:
    """Return the template of a label; a source or a concern has the name that people know."""
    words = _words(name, find_language(language))
    named = "".join(
        f' | reReplaceAll "^{one}$" "{word}"' for one, word in words.items() if word != one
    )
    return f"{{{{ $labels.{name}{named} }}}}"


def _words(label: str, language: Language) -> Mapping[str, str]:
    """Return the words for the values of a label, where people use others than the program."""
    match label:
        case "source":
            return {source: language.sources[source] for source in SOURCES}
        case "concern":
            return {kind.name: language.concerns[kind.name] for kind in KINDS if kind.is_shared}
        case _:
            return {}


def _grafana_query(alert: Alert, query: str) -> str:
    return f"{query} {OWNED_IN_GRAFANA}" if alert.is_per_client else query
