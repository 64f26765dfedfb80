"""Alertmanager's configuration: routes by owner and kind, receivers per team, and inhibitions.

Each route states all its settings: nothing is inherited but the default receiver. News is told
once: its repeat interval is longer than it stays. Alertmanager forgets after five days what it
told, so it has to be started with `--data.retention=960h`.
"""

from collections.abc import Iterator
from typing import Any, Final

import yaml

from rapport.domain.ledger.activity import SOURCES
from rapport.monitoring.alertmanager.routing import Routing, Team
from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.alerts.feeds import CLIENT_SILENT, FEED_BROKEN
from rapport.monitoring.alerts.intake import INTAKE_DOWN, INTAKE_NOT_READY
from rapport.monitoring.alerts.pipeline import CONSUMER_LAG
from rapport.monitoring.alerts.scores import CONCERN_OF_MOST_CLIENTS
from rapport.monitoring.alerts.worker import (
    KAFKA_UNREACHABLE,
    SCORES_MISSING,
    WORKER_DOWN,
    WORKER_NOT_READY,
)

_COLOR: Final = (
    '{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.kind "opportunity" }}#3274d9'
    "{{ else }}warning{{ end }}"
)
OPPORTUNITY: Final = 'kind="opportunity"'
PIPELINE: Final = 'kind="pipeline"'
NEWS: Final = 'severity="info"'
_CLIENT_GROUPING: Final = {
    "group_by": ["job", "client"],
    "group_wait": "5m",
    "group_interval": "1h",
    "repeat_interval": "4d",
}
_NEWS_GROUPING: Final = {**_CLIENT_GROUPING, "repeat_interval": "30d"}
"""News stays for 28 days."""
_PIPELINE_GROUPING: Final = {
    "group_by": ["job", "alertname", "source"],
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": "4h",
}


def alertmanager_config(routing: Routing) -> str:
    """Return alertmanager.yml; the folder `templates` belongs beside it."""
    document = {
        **_smtp(routing),
        "templates": ["templates/*.tmpl"],
        "route": _route(routing),
        "inhibit_rules": [*_inhibitions()],
        "receivers": [_receiver(routing, team) for team in routing.teams],
    }
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Writes values in full: anchors are hard to read in a configuration."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class calls it by name
        return True


def _smtp(routing: Routing) -> dict[str, Any]:
    smtp = routing.smtp
    if smtp is None:
        return {}
    settings = {
        "smtp_smarthost": smtp.smarthost,
        "smtp_from": smtp.sender,
        "smtp_auth_username": smtp.username,
        "smtp_auth_password_file": smtp.password_file,
        "smtp_require_tls": smtp.require_tls,
    }
    return {"global": {key: value for key, value in settings.items() if value is not None}}


def _route(routing: Routing) -> dict[str, Any]:
    owned = [route for team in routing.teams if team.owners for route in _owned(team)]
    others = next(team for team in routing.teams if team.name == routing.others)
    return {
        "receiver": routing.others,
        **_CLIENT_GROUPING,
        "routes": [
            {"receiver": routing.pipeline, "matchers": [PIPELINE], **_PIPELINE_GROUPING},
            *owned,
            _opportunities(others, []),
            {"receiver": routing.others, "matchers": [NEWS], **_NEWS_GROUPING},
        ],
    }


def _owned(team: Team) -> Iterator[dict[str, Any]]:
    # Owners are words of letters, digits, dots and hyphens: only the dot is special in a pattern.
    names = "|".join(owner.replace(".", "\\.") for owner in team.owners)
    owner = [f'owner=~"{names}"'.replace("\\", "\\\\")]
    yield _opportunities(team, owner)
    yield {"receiver": team.name, "matchers": [*owner, NEWS], **_NEWS_GROUPING}
    yield {"receiver": team.name, "matchers": owner, **_CLIENT_GROUPING}


def _opportunities(team: Team, owner: list[str]) -> dict[str, Any]:
    receiver = team.opportunities or team.name
    return {"receiver": receiver, "matchers": [*owner, OPPORTUNITY], **_NEWS_GROUPING}


def _inhibitions() -> Iterator[dict[str, Any]]:
    """Yield the inhibition rules: an alert is held back while its cause fires."""
    independent = "|".join(one.name for one in (WORKER_DOWN, INTAKE_DOWN, INTAKE_NOT_READY))
    yield _inhibition(WORKER_DOWN.name, ['alertname=~"Rapport.+"', f'alertname!~"{independent}"'])
    yield _inhibition(WORKER_NOT_READY.name, [f'alertname="{SCORES_MISSING.name}"'])
    for source in SOURCES:
        dependent = "|".join(alert.name for alert in ALERTS if source in alert.depends_on)
        rule = _inhibition(FEED_BROKEN.name, [f'alertname=~"{dependent}"'])
        rule["source_matchers"].append(f'source="{source}"')
        yield rule
    silent = f'alertname=~"{FEED_BROKEN.name}|{CLIENT_SILENT.name}"'
    yield _inhibition(KAFKA_UNREACHABLE.name, [silent])
    yield _inhibition(CONSUMER_LAG.name, [f'alertname="{CLIENT_SILENT.name}"'])
    yield _inhibition(CONSUMER_LAG.name, [f'alertname="{FEED_BROKEN.name}"'], "source")
    common = CONCERN_OF_MOST_CLIENTS.name
    yield _inhibition(common, [f'alertname!="{common}"'], "concern")


def _inhibition(cause: str, targets: list[str], *equal: str) -> dict[str, Any]:
    """Return a rule: of the same installation, and alike in further labels."""
    return {
        "source_matchers": [f'alertname="{cause}"'],
        "target_matchers": targets,
        "equal": ["job", *equal],
    }


def _receiver(routing: Routing, team: Team) -> dict[str, Any]:
    language = routing.language_of(team)
    receiver: dict[str, Any] = {"name": team.name}
    if team.email:
        receiver["email_configs"] = [_email(routing, team.email, language)]
    if team.slack_url_file:
        receiver["slack_configs"] = [_slack(routing, team, language)]
    if team.teams_url_file:
        receiver["msteamsv2_configs"] = [
            {
                "webhook_url_file": team.teams_url_file,
                "title": _template(routing, f"rapport.{language}.subject"),
                "text": _template(routing, f"rapport.{language}.teams.text"),
            }
        ]
    if team.webhook_url:
        receiver["webhook_configs"] = [_webhook(team)]
    return receiver


def _template(routing: Routing, name: str) -> str:
    """Return a call of a template, with Grafana's address defined for it."""
    site = f'{{{{ define "rapport.site" }}}}{routing.grafana_url.rstrip("/")}{{{{ end }}}}'
    return f'{site}{{{{ template "{name}" . }}}}'


def _email(routing: Routing, address: str, language: str) -> dict[str, Any]:
    return {
        "to": address,
        "send_resolved": True,
        "headers": {"Subject": _template(routing, f"rapport.{language}.subject")},
        "text": _template(routing, f"rapport.{language}.text"),
        "html": _template(routing, f"rapport.{language}.html"),
    }


def _slack(routing: Routing, team: Team, language: str) -> dict[str, Any]:
    return {
        "api_url_file": team.slack_url_file,
        "channel": team.slack_channel,
        "send_resolved": True,
        "color": _COLOR,
        "title": _template(routing, f"rapport.{language}.slack.title"),
        "title_link": "{{ (index (or .Alerts.Firing .Alerts) 0).Annotations.runbook_url }}",
        "text": _template(routing, f"rapport.{language}.slack.text"),
        "fallback": _template(routing, f"rapport.{language}.slack.title"),
    }


def _webhook(team: Team) -> dict[str, Any]:
    config: dict[str, Any] = {"url": team.webhook_url, "send_resolved": True}
    if team.webhook_token_file:
        credentials = {"credentials_file": team.webhook_token_file}
        config["http_config"] = {"authorization": credentials}
    return config
