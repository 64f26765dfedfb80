"""Alertmanager's configuration: routes by owner and kind, receivers per team, and inhibitions.

Every part of a route is written out: nothing is inherited but the default receiver, so one route
can be read alone. Repeats stay below Alertmanager's own retention of five days.
"""

from collections.abc import Iterator
from typing import Any, Final

import yaml

from rapport.domain.ledger.activity import SOURCES
from rapport.monitoring.alertmanager.routing import Routing, Team
from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.alerts.feeds import CLIENT_SILENT, SOURCE_BROKEN
from rapport.monitoring.alerts.pipeline import INTAKE, LAG
from rapport.monitoring.alerts.worker import KAFKA_AWAY, RECOVERING, UNSCORED, WORKER_AWAY

_COLOR: Final = (
    '{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.kind "opportunity" }}#3274d9'
    "{{ else }}warning{{ end }}"
)
OPPORTUNITY: Final = 'kind="opportunity"'
PIPELINE: Final = 'kind="pipeline"'
_OF_A_CLIENT: Final = {
    "group_by": ["client"],
    "group_wait": "5m",
    "group_interval": "1h",
    "repeat_interval": "4d",
}
_OF_THE_PIPELINE: Final = {
    "group_by": ["alertname", "source"],
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": "4h",
}


def alertmanager_config(routing: Routing) -> str:
    """Return alertmanager.yml, which stands beside the folder `templates`."""
    document = {
        **_smtp(routing),
        "templates": ["templates/*.tmpl"],
        "route": _route(routing),
        "inhibit_rules": [*_inhibitions()],
        "receivers": [_receiver(routing, team) for team in routing.teams],
    }
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)


class _Plain(yaml.SafeDumper):
    """Writes every value out: anchors are hard to read in a configuration."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class calls it by name
        return True


def _smtp(routing: Routing) -> dict[str, Any]:
    smtp = routing.smtp
    if smtp is None:
        return {}
    found = {
        "smtp_smarthost": smtp.smarthost,
        "smtp_from": smtp.sender,
        "smtp_auth_username": smtp.username,
        "smtp_auth_password_file": smtp.password_file,
        "smtp_require_tls": smtp.require_tls,
    }
    return {"global": {key: value for key, value in found.items() if value is not None}}


def _route(routing: Routing) -> dict[str, Any]:
    owned = [route for team in routing.teams if team.owners for route in _owned(team)]
    others = next(team for team in routing.teams if team.name == routing.others)
    return {
        "receiver": routing.others,
        **_OF_A_CLIENT,
        "routes": [
            {"receiver": routing.pipeline, "matchers": [PIPELINE], **_OF_THE_PIPELINE},
            *owned,
            _opportunities(others, []),
        ],
    }


def _owned(team: Team) -> Iterator[dict[str, Any]]:
    # Owners are words of letters, digits, dots and hyphens: only the dot means more in a pattern.
    names = "|".join(owner.replace(".", "\\.") for owner in team.owners)
    owner = [f'owner=~"{names}"'.replace("\\", "\\\\")]
    yield _opportunities(team, owner)
    yield {"receiver": team.name, "matchers": owner, **_OF_A_CLIENT}


def _opportunities(team: Team, owner: list[str]) -> dict[str, Any]:
    receiver = team.opportunities or team.name
    return {"receiver": receiver, "matchers": [*owner, OPPORTUNITY], **_OF_A_CLIENT}


def _inhibitions() -> Iterator[dict[str, Any]]:
    """Yield what follows from something worse, and is held back while that fires."""
    seen = f"{WORKER_AWAY.name}|{INTAKE.name}"
    yield _inhibition(WORKER_AWAY.name, ['alertname=~"Rapport.+"', f'alertname!~"{seen}"'])
    yield _inhibition(RECOVERING.name, [f'alertname="{UNSCORED.name}"'])
    for source in SOURCES:
        following = "|".join(alert.name for alert in ALERTS if source in alert.depends_on)
        rule = _inhibition(SOURCE_BROKEN.name, [f'alertname=~"{following}"'])
        rule["source_matchers"].append(f'source="{source}"')
        yield rule
    silent = f'alertname=~"{SOURCE_BROKEN.name}|{CLIENT_SILENT.name}"'
    yield _inhibition(KAFKA_AWAY.name, [silent])
    yield _inhibition(LAG.name, [silent]) | {"equal": ["source"]}
    yield _inhibition(SOURCE_BROKEN.name, [f'alertname="{CLIENT_SILENT.name}"']) | {
        "equal": ["source"]
    }


def _inhibition(cause: str, targets: list[str]) -> dict[str, Any]:
    return {"source_matchers": [f'alertname="{cause}"'], "target_matchers": targets}


def _receiver(routing: Routing, team: Team) -> dict[str, Any]:
    language = routing.language_of(team)
    found: dict[str, Any] = {"name": team.name}
    if team.email:
        found["email_configs"] = [_email(routing, team.email, language)]
    if team.slack_url_file:
        found["slack_configs"] = [_slack(routing, team, language)]
    if team.teams_url_file:
        found["msteamsv2_configs"] = [
            {
                "webhook_url_file": team.teams_url_file,
                "title": _say(routing, f"rapport.{language}.subject"),
                "text": _say(routing, f"rapport.{language}.teams.text"),
            }
        ]
    if team.webhook_url:
        found["webhook_configs"] = [_webhook(team)]
    return found


def _say(routing: Routing, template: str) -> str:
    """Return a call of a template that knows where Grafana is."""
    site = f'{{{{ define "rapport.site" }}}}{routing.grafana_url.rstrip("/")}{{{{ end }}}}'
    return f'{site}{{{{ template "{template}" . }}}}'


def _email(routing: Routing, address: str, language: str) -> dict[str, Any]:
    return {
        "to": address,
        "send_resolved": True,
        "headers": {"Subject": _say(routing, f"rapport.{language}.subject")},
        "text": _say(routing, f"rapport.{language}.text"),
        "html": _say(routing, f"rapport.{language}.html"),
    }


def _slack(routing: Routing, team: Team, language: str) -> dict[str, Any]:
    return {
        "api_url_file": team.slack_url_file,
        "channel": team.slack_channel,
        "send_resolved": True,
        "color": _COLOR,
        "title": _say(routing, f"rapport.{language}.slack.title"),
        "title_link": "{{ (index (or .Alerts.Firing .Alerts) 0).Annotations.runbook_url }}",
        "text": _say(routing, f"rapport.{language}.slack.text"),
        "fallback": _say(routing, f"rapport.{language}.slack.title"),
    }


def _webhook(team: Team) -> dict[str, Any]:
    found: dict[str, Any] = {"url": team.webhook_url, "send_resolved": True}
    if team.webhook_token_file:
        credentials = {"credentials_file": team.webhook_token_file}
        found["http_config"] = {"authorization": credentials}
    return found
