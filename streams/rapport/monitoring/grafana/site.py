"""Fits a dashboard to a site: the installation that is chosen, and where the links lead.

The dashboards' queries name no installation. Here each series in a query gets the label `job`, and
those that a site adds, with the values that are chosen above the dashboard.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from rapport.monitoring.rules.options import PAGES_URL, RUNBOOK_URL

JOB_PARAMETER: Final = "${job:queryparam}"
_SELECTOR: Final = re.compile(
    r"(?<![\w:\"$])(rapport[_:][a-z_:]+|(?:process|python)_[a-z_]+|up|ALERTS(?:_FOR_STATE)?)(?![\w:\"(])(?:\{([^}]*)\})?"
)


@dataclass(frozen=True, slots=True)
class Site:
    """What differs between installations."""

    pages_url: str = PAGES_URL
    """The address of the worker's pages, for a person's browser."""
    runbook_url: str = RUNBOOK_URL
    labels: tuple[str, ...] = ()
    """Labels beside `job` that tell installations apart, such as `cluster`."""


def for_site(document: Any, site: Site) -> Any:
    """Return a dashboard's JSON document with its queries and links for a site."""
    if isinstance(document, list):
        return [for_site(one, site) for one in document]
    if not isinstance(document, dict):
        return document
    return {name: _value(name, one, site) for name, one in document.items()}


def _value(name: str, value: Any, site: Site) -> Any:
    if name == "expr" and isinstance(value, str):
        return selected(value, site.labels)
    if name == "url" and isinstance(value, str):
        others = "".join(f"&${{{label}:queryparam}}" for label in site.labels)
        value = value.replace(RUNBOOK_URL, site.runbook_url)
        value = value.replace(f"{PAGES_URL}/", f"{site.pages_url.rstrip('/')}/")
        return value.replace(JOB_PARAMETER, JOB_PARAMETER + others)
    return for_site(value, site)


def selected(expr: str, labels: tuple[str, ...] = ()) -> str:
    """Return a query whose every series is of the chosen installation.

    A selector that names a job keeps it. Alerts may have no job: not every rule keeps it.

    >>> selected('sum(rapport_ready) / up{instance="a"}')
    'sum(rapport_ready{job="$job"}) / up{instance="a", job="$job"}'
    >>> selected("rapport_intake_ready", ("cluster",))
    'rapport_intake_ready{job="$intake", cluster="$cluster"}'
    """
    return _SELECTOR.sub(lambda found: _with_labels(found, labels), expr)


def _with_labels(found: re.Match[str], labels: tuple[str, ...]) -> str:
    series, given = found[1], found[2] or ""
    matchers = [given] if given else []
    if not re.search(r"\bjob\s*[=!]", given):
        matchers.append(_job(series))
    matchers += [f'{label}="${label}"' for label in labels]
    return f"{series}{{{', '.join(matchers)}}}"


def _job(series: str) -> str:
    if series.startswith("ALERTS"):
        return 'job=~"$job|"'
    return f'job="{"$intake" if series.startswith("rapport_intake_") else "$job"}"'
