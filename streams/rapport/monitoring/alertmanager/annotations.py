"""Fills the sentences of alerts: for Prometheus, for Grafana, and as a case says they must read."""

from collections.abc import Callable, Iterable
from typing import Final

from rapport.monitoring.alerts.alert import LANGUAGES, OWNED, Alert, Case, Figure, Text

DECIMAL_COMMA: Final = ' | reReplaceAll "[.]" ","'
FIRST_REF: Final = ord("C")
"""Grafana's A is the alert's expression and B its condition; figures come after."""
Filling = Callable[[Alert, str, str], str]


def prometheus_notes(alert: Alert) -> dict[str, str]:
    """Return an alert's annotations for Prometheus, in every language."""
    return _notes(alert, _prometheus_slot) | _links(alert, "{{ $labels.client }}")


def grafana_notes(alert: Alert) -> dict[str, str]:
    """Return an alert's annotations for Grafana, whose figures are queries of their own."""
    return _notes(alert, _grafana_slot) | _links(alert, "{{ $labels.client }}")


def expected_notes(alert: Alert, case: Case) -> dict[str, str]:
    """Return the annotations that an alert must have in a case that fires."""
    labels = dict(case.labels)

    def slot(_: Alert, name: str, language: str) -> str:
        said = case.says.get(name)
        if said is None:
            return labels[name]
        return said.replace(".", ",") if language == "nl" else said

    return _notes(alert, slot) | _links(alert, labels.get("client", ""))


def grafana_figures(alert: Alert) -> dict[str, tuple[str, str]]:
    """Return Grafana's extra queries: slot -> (letter of the query, query)."""
    queried = [(name, figure) for name, figure in alert.figures.items() if figure.metric]
    return {
        name: (chr(FIRST_REF + place), _grafana_query(alert, figure))
        for place, (name, figure) in enumerate(queried)
    }


def _notes(alert: Alert, slot: Filling) -> dict[str, str]:
    found = {}
    for language in LANGUAGES:
        suffix = "" if language == LANGUAGES[0] else f"_{language}"
        for name, text in (("summary", alert.summary), ("description", alert.description)):
            found[name + suffix] = _filled(alert, text, language, slot)
    return found


def _filled(alert: Alert, text: Text, language: str, slot: Filling) -> str:
    sentence: str = getattr(text, language)
    return sentence.format_map({name: slot(alert, name, language) for name in text.slots})


def _links(alert: Alert, client: str) -> dict[str, str]:
    path = alert.dashboard_path + client if alert.of_client else alert.dashboard_path
    return {"runbook_url": alert.runbook_url, "dashboard_url": path}


def _form(figure: Figure, language: str) -> str:
    comma = DECIMAL_COMMA if language == "nl" and figure.form != "%.0f" else ""
    return f'printf "{figure.form}"{comma}'


def _prometheus_slot(alert: Alert, name: str, language: str) -> str:
    figure = alert.figures.get(name)
    if figure is None:
        return f"{{{{ $labels.{name} }}}}"
    form = _form(figure, language)
    if figure.metric is None:
        return f"{{{{ $value | {form} }}}}"
    shared = [label for label in alert.by if label in figure.metric.labels]
    values = " ".join(f"$labels.{label}" for label in shared)
    query = _query(figure, [f"{label}=%q" for label in shared])
    asked = f"with printf `{query}` {values} | query"
    return f"{{{{ {asked} }}}}{{{{ . | first | value | {form} }}}}{{{{ end }}}}"


def _grafana_slot(alert: Alert, name: str, language: str) -> str:
    figure = alert.figures.get(name)
    if figure is None:
        return f"{{{{ $labels.{name} }}}}"
    letter = grafana_figures(alert)[name][0] if figure.metric else "A"
    form = _form(figure, language)
    return f"{{{{ with $values.{letter} }}}}{{{{ .Value | {form} }}}}{{{{ end }}}}"


def _grafana_query(alert: Alert, figure: Figure) -> str:
    query = f"max by ({', '.join(alert.by)}) ({_query(figure, [])})"
    return f"{query} {OWNED}" if alert.of_client else query


def _query(figure: Figure, matchers: Iterable[str]) -> str:
    name = figure.metric.series if figure.metric else ""
    matching = ",".join([*matchers, *filter(None, [figure.matching])])
    return (
        f"{figure.times} {name}{{{matching}}}".strip()
        if matching
        else f"{figure.times} {name}".strip()
    )
